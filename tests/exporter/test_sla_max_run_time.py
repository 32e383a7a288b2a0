"""`max_run_time`, sentence by sentence of docs/slas.md."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.exporter.sla_world import World, at, dag, run, runs
from windsock.facts import ActiveTasks
from windsock.sla import Cause, Standing

FIXED = "slas: [{dag: finance_daily, max_run_time: 45m}]"
USUAL = "slas: [{dag: finance_daily, max_run_time: 2x}]"
RUNNING = run("2026-03-02 02:00", state="running")
NEXT = at("2026-03-03 02:00")


@pytest.mark.parametrize("end", ["success", "failed", "running"])
def test_run_that_ends_in_time_keeps_it_whatever_its_result(end: str) -> None:
    world = World(FIXED)
    status = world.one("2026-03-02 02:30", dag(next_due=NEXT, runs=(RUNNING,)))
    assert (status.standing, status.deadline) == (Standing.OK, at("2026-03-02 02:45"))
    assert status.deadline_text == "45m after start"
    done = run("2026-03-02 02:00", state=end, end="2026-03-02 02:40")
    assert world.one("2026-03-02 02:44", dag(next_due=NEXT, runs=(done,))).standing is Standing.OK


def test_run_that_takes_longer_breaks_it_until_it_has_ended() -> None:
    world = World(FIXED)
    tasks = (ActiveTasks(state="running", pool="default_pool", queue="default", count=1),)
    status = world.one("2026-03-02 02:50", dag(next_due=NEXT, runs=(RUNNING,), tasks=tasks))
    assert (status.standing, status.deadline, status.late) == (
        Standing.BREACHED,
        at("2026-03-02 02:45"),
        300,
    )
    assert status.cause is Cause.RUNNING_LONG
    failed = run("2026-03-02 02:00", state="failed", end="2026-03-02 03:00")
    status = world.one("2026-03-02 03:01", dag(next_due=NEXT, runs=(failed,)))
    assert (status.standing, status.deadline) == (Standing.OK, None)


def test_run_that_is_too_long_already_is_breached_at_first_sight() -> None:
    assert World(FIXED).one("2026-03-02 08:00", dag(runs=(RUNNING,))).standing is Standing.BREACHED


def test_time_in_the_queue_does_not_count() -> None:
    queued = replace(run("2026-03-02 02:00", state="queued"), start=None)
    assert World(FIXED).one("2026-03-02 08:00", dag(runs=(queued,))).standing is Standing.OK


def test_every_run_that_runs_is_looked_at_and_the_oldest_miss_is_shown() -> None:
    older = replace(RUNNING, due=at("2026-03-01 02:00"), start=at("2026-03-01 02:00"))
    status = World(FIXED).one("2026-03-02 02:10", dag(runs=runs(RUNNING, older)))
    assert (status.standing, status.deadline) == (Standing.BREACHED, at("2026-03-01 02:45"))


def test_multiple_counts_from_the_usual_run_time() -> None:
    status = World(USUAL).one("2026-03-02 02:10", dag(runs=(RUNNING,), usual=1200.0))
    assert (status.standing, status.deadline) == (Standing.OK, at("2026-03-02 02:40"))
    assert status.deadline_text == "2x usual after start"


def test_without_a_usual_run_time_a_multiple_is_unknown() -> None:
    status = World(USUAL).one("2026-03-02 08:00", dag(runs=(RUNNING,)))
    assert (status.standing, status.deadline) == (Standing.UNKNOWN, None)
    assert status.warning == "its usual run time is not known (yet): that needs 5 successes"


def test_usual_run_time_is_remembered_while_it_cannot_be_read() -> None:
    world = World(USUAL)
    world.one("2026-03-02 02:10", dag(runs=(RUNNING,), usual=1200.0))
    world.restart()
    assert world.one("2026-03-02 02:41", dag(runs=(RUNNING,))).standing is Standing.BREACHED


def test_usual_time_that_grows_does_not_end_a_breach() -> None:
    world = World(USUAL)
    world.one("2026-03-02 02:41", dag(runs=(RUNNING,), usual=1200.0))
    status = world.one("2026-03-02 02:42", dag(runs=(RUNNING,), usual=6000.0))
    assert (status.standing, status.deadline) == (Standing.BREACHED, at("2026-03-02 02:40"))


def test_breach_of_a_dag_that_vanishes_goes_on() -> None:
    world = World(FIXED)
    world.one("2026-03-02 08:00", dag(runs=(RUNNING,)))
    status = world.one("2026-03-02 08:01")
    assert (status.standing, status.cause) == (Standing.BREACHED, Cause.DAG_MISSING)


def test_grace_postpones_the_breach_not_the_deadline() -> None:
    world = World("slas: [{dag: finance_daily, max_run_time: 45m, grace: 15m}]")
    assert world.one("2026-03-02 02:59", dag(runs=(RUNNING,))).standing is Standing.OK
    status = world.one("2026-03-02 03:00", dag(runs=(RUNNING,)))
    assert (status.standing, status.late) == (Standing.BREACHED, 900)
