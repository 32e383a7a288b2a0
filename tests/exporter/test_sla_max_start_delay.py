"""`max_start_delay`, sentence by sentence of docs/slas.md. 2026-03-02 is a Monday."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.exporter.sla_world import World, at, dag, run, runs
from windsock.facts import Run
from windsock.sla import Cause, Standing

TEXT = "slas: [{dag: finance_daily, max_start_delay: 10m}]"
SUNDAY = run("2026-03-01 02:00", end="2026-03-01 03:00")
QUEUED = replace(run("2026-03-02 02:00", state="queued"), start=None)
TUESDAY = at("2026-03-03 02:00")


def _started(start: str, *, state: str = "running", due: str = "2026-03-02 02:00") -> Run:
    return replace(run(due, state=state), start=at(start))


def _world(text: str = TEXT) -> World:
    world = World(text)
    world.one("2026-03-01 12:00", dag(next_due=at("2026-03-02 02:00"), runs=(SUNDAY,)))
    return world


def test_deadline_is_the_next_due_time_and_the_delay() -> None:
    status = _world().one("2026-03-02 01:00", dag(next_due=at("2026-03-02 02:00"), runs=(SUNDAY,)))
    assert (status.standing, status.deadline) == (Standing.OK, at("2026-03-02 02:10"))
    assert status.deadline_text == "start 10m after due"


def test_run_that_started_in_time_keeps_it() -> None:
    status = _world().one("2026-03-02 02:11", dag(next_due=TUESDAY, runs=(_started("2026-03-02 02:10"),)))
    assert (status.standing, status.deadline) == (Standing.OK, at("2026-03-03 02:10"))


def test_run_that_is_still_queued_at_its_deadline_breaks_it() -> None:
    status = _world().one("2026-03-02 02:12", dag(next_due=TUESDAY, runs=(QUEUED, SUNDAY)))
    assert (status.standing, status.deadline, status.late) == (
        Standing.BREACHED,
        at("2026-03-02 02:10"),
        120,
    )


def test_run_that_was_never_created_breaks_it() -> None:
    status = _world().one("2026-03-02 02:12", dag(next_due=at("2026-03-02 02:00"), runs=(SUNDAY,)))
    assert (status.standing, status.cause) == (Standing.BREACHED, Cause.NOT_SCHEDULED)


def test_paused_dag_breaks_it_with_cause_paused() -> None:
    status = _world().one("2026-03-02 02:12", dag(next_due=at("2026-03-02 02:00"), paused=True))
    assert (status.standing, status.cause) == (Standing.BREACHED, Cause.PAUSED)


def test_breach_ends_when_the_run_starts() -> None:
    world = _world()
    world.one("2026-03-02 02:12", dag(next_due=TUESDAY, runs=(QUEUED, SUNDAY)))
    late = _started("2026-03-02 02:20")
    assert world.one("2026-03-02 02:21", dag(next_due=TUESDAY, runs=(late, SUNDAY))).standing is Standing.OK


def test_breach_ends_when_a_run_due_later_starts() -> None:
    world = _world()
    world.one("2026-03-02 02:12", dag(next_due=TUESDAY, runs=(QUEUED, SUNDAY)))
    manual = _started("2026-03-02 02:30", due="2026-03-02 02:29")
    status = world.one("2026-03-02 02:31", dag(next_due=TUESDAY, runs=runs(manual, QUEUED)))
    assert status.standing is Standing.OK


def test_run_that_is_cleared_later_is_not_judged_again() -> None:
    world = _world()
    world.one("2026-03-02 02:12", dag(next_due=TUESDAY, runs=(_started("2026-03-02 02:05"), SUNDAY)))
    assert world.one("2026-03-02 08:00", dag(next_due=TUESDAY, runs=(QUEUED,))).standing is Standing.OK


def test_run_that_waited_too_long_before_the_sla_was_first_seen_does_not_count() -> None:
    assert World(TEXT).one("2026-03-02 08:00", dag(next_due=TUESDAY, runs=(QUEUED,))).standing is Standing.OK


def test_run_that_is_overdue_when_the_sla_is_first_seen_waits_since_then() -> None:
    world, overdue = World(TEXT), dag(next_due=at("2026-03-02 02:00"), paused=True)
    status = world.one("2026-03-02 08:00", overdue)
    assert (status.standing, status.deadline) == (Standing.OK, at("2026-03-02 08:10"))
    assert world.one("2026-03-02 08:11", overdue).standing is Standing.BREACHED


def test_backlog_that_waits_for_a_place_is_late() -> None:
    working = _started("2026-03-02 02:01")
    waiting = replace(run("2026-03-02 03:00", state="queued"), start=None)
    status = _world().one("2026-03-02 03:11", dag(next_due=TUESDAY, runs=runs(working, waiting)))
    assert (status.standing, status.cause) == (Standing.BREACHED, Cause.MAX_ACTIVE_RUNS)


def test_run_that_was_asked_for_after_it_was_due_does_not_count() -> None:
    manual = replace(QUEUED, run_type="manual", asked_later=True)
    status = _world().one("2026-03-02 08:00", dag(next_due=TUESDAY, runs=(manual, SUNDAY)))
    assert status.standing is Standing.OK


def test_dag_that_vanishes_owes_its_next_run() -> None:
    world = _world()
    status = world.one("2026-03-02 02:11")
    assert (status.standing, status.cause) == (Standing.BREACHED, Cause.DAG_MISSING)


@pytest.mark.parametrize(
    ("now", "standing"), [("2026-03-02 02:14", Standing.OK), ("2026-03-02 02:15", Standing.BREACHED)]
)
def test_within_grace_nothing_is_broken_and_lateness_counts_from_the_deadline(
    now: str, standing: Standing
) -> None:
    world = _world("slas: [{dag: finance_daily, max_start_delay: 10m, grace: 5m}]")
    status = world.one(now, dag(next_due=TUESDAY, runs=(QUEUED,)))
    assert (status.standing, status.deadline) == (standing, at("2026-03-02 02:10"))
