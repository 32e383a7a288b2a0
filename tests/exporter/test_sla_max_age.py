"""`max_age`, sentence by sentence of the design's meanings."""

from __future__ import annotations

import pytest

from tests.exporter.sla_world import World, at, dag, run, runs
from windsock.sla import Cause, Standing

TEXT = "slas: [{dag: finance_daily, max_age: 26h}]"
DONE = run("2026-03-01 02:00", end="2026-03-01 03:00")


def test_deadline_is_end_of_last_success_plus_max_age() -> None:
    status = World(TEXT).one("2026-03-01 12:00", dag(runs=(DONE,)))
    assert (status.standing, status.deadline) == (Standing.OK, at("2026-03-02 05:00"))
    assert status.deadline_text == "26h after last success"


def test_older_success_than_the_limit_is_breached_at_first_sight() -> None:
    status = World(TEXT).one("2026-03-02 06:00", dag(runs=(DONE,)))
    assert (status.standing, status.deadline, status.late) == (
        Standing.BREACHED,
        at("2026-03-02 05:00"),
        3600,
    )


def test_newest_due_time_decides_which_success_is_last() -> None:
    rerun = run("2026-02-20 02:00", end="2026-03-01 11:00")
    status = World(TEXT).one("2026-03-01 12:00", dag(runs=runs(DONE, rerun)))
    assert status.deadline == at("2026-03-02 05:00")


def test_rerun_of_an_older_run_does_not_end_a_breach() -> None:
    world = World(TEXT)
    world.one("2026-03-02 06:00", dag(runs=(DONE,)))
    rerun = run("2026-02-20 02:00", end="2026-03-02 06:30")
    assert world.one("2026-03-02 06:31", dag(runs=runs(DONE, rerun))).standing is Standing.BREACHED


def test_newer_success_ends_a_breach() -> None:
    world = World(TEXT)
    world.one("2026-03-02 06:00", dag(runs=(DONE,)))
    new = run("2026-03-02 02:00", end="2026-03-02 06:30")
    status = world.one("2026-03-02 06:31", dag(runs=(new, DONE)))
    assert (status.standing, status.deadline) == (Standing.OK, at("2026-03-03 08:30"))


def test_newer_success_that_is_itself_too_old_keeps_the_breach() -> None:
    world = World(TEXT)
    world.one("2026-03-02 06:00", dag(runs=(DONE,)))
    new = run("2026-03-02 02:00", end="2026-03-02 06:30")
    status = world.one("2026-03-04 06:30", dag(runs=(new, DONE)))
    assert (status.standing, status.deadline) == (Standing.BREACHED, at("2026-03-03 08:30"))


def test_success_that_is_cleared_stays_the_last_one() -> None:
    world = World(TEXT)
    world.one("2026-03-01 04:00", dag(runs=(DONE,)))
    cleared = run("2026-03-01 02:00", state="running")
    older = run("2026-02-20 02:00", end="2026-02-20 03:00")
    assert world.one("2026-03-01 05:00", dag(runs=(cleared, older))).deadline == at("2026-03-02 05:00")


def test_without_success_the_age_counts_from_first_seen() -> None:
    world = World(TEXT)
    assert world.one("2026-03-01 12:00", dag()).deadline == at("2026-03-02 14:00")
    assert world.one("2026-03-02 13:59", dag()).standing is Standing.OK
    assert world.one("2026-03-02 14:00", dag()).standing is Standing.BREACHED


def test_without_success_the_age_counts_from_unpausing_if_that_is_later() -> None:
    world = World(TEXT)
    world.one("2026-03-01 12:00", dag(paused=True))
    assert world.one("2026-03-02 12:00", dag()).deadline == at("2026-03-03 14:00")


def test_unpausing_changes_nothing_once_there_was_a_success() -> None:
    world = World(TEXT)
    world.one("2026-03-01 12:00", dag(paused=True, runs=(DONE,)))
    assert world.one("2026-03-02 04:00", dag(runs=(DONE,))).deadline == at("2026-03-02 05:00")


def test_unpausing_does_not_end_a_breach() -> None:
    world = World(TEXT)
    world.one("2026-03-01 12:00", dag(paused=True))
    status = world.one("2026-03-02 15:00", dag(paused=True))
    assert (status.standing, status.cause) == (Standing.BREACHED, Cause.PAUSED)
    assert world.one("2026-03-02 15:01", dag()).standing is Standing.BREACHED
    done = run("2026-03-02 15:00", end="2026-03-02 15:30", kind="manual")
    assert world.one("2026-03-02 15:31", dag(runs=(done,))).standing is Standing.OK


def test_wider_limit_does_not_end_a_breach() -> None:
    world = World(TEXT)
    world.one("2026-03-02 06:00", dag(runs=(DONE,)))
    world.restart("slas: [{dag: finance_daily, max_age: 100h}]")
    assert world.one("2026-03-02 06:01", dag(runs=(DONE,))).standing is Standing.BREACHED


@pytest.mark.parametrize("kind", ["scheduled", "manual", "asset_triggered"])
def test_runs_of_every_type_count(kind: str) -> None:
    done = run("2026-03-01 02:00", end="2026-03-01 03:00", kind=kind)
    assert World(TEXT).one("2026-03-01 12:00", dag(runs=(done,))).deadline == at("2026-03-02 05:00")


def test_dag_without_schedule_can_have_a_max_age() -> None:
    assert World(TEXT).one("2026-03-01 12:00", dag(scheduled=False, runs=(DONE,))).standing is Standing.OK
