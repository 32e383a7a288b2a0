"""What the attempt feed counts, one fact each; that it stays exact under kills is tested apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.feed_world import MINUTE, NOW, SECOND, World, texts, total
from tests.support.seed import insert
from windsock.catalog import outcomes
from windsock.collect.tasks.attempts import AttemptsCollector
from windsock.figures import Figures


@pytest.fixture(params=["2.11", "3.3"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    made = World(tmp_path, request.param)
    yield made
    made.close()


def _attempt(world: World, state: str, *, number: int = 1, beat: datetime = NOW, **values: object) -> None:
    """One that ended just now."""
    row = {"start_date": NOW - 4 * MINUTE, "end_date": NOW, "queued_dttm": NOW - 5 * MINUTE, **values}
    if not world.three:
        insert(
            world.connection,
            "job",
            **texts(
                {
                    "id": number,
                    "job_type": "LocalTaskJob",
                    "state": "running" if beat < NOW - MINUTE else "success",
                    "start_date": NOW - 4 * MINUTE,
                    "latest_heartbeat": beat,
                }
            ),
        )
    world.task(number, "t", state, job_id=number, last_heartbeat_at=beat, **row)


def _attempts(figures: Figures, **labels: str) -> float:
    return total(figures, outcomes.ATTEMPTS_FINISHED, **labels)


@pytest.mark.parametrize("state", ["success", "failed", "up_for_retry"])
def test_an_attempt_is_counted_once_with_its_times(world: World, state: str) -> None:
    world.read(AttemptsCollector, NOW - MINUTE)
    _attempt(world, state)
    for restart in (False, True, False):
        if restart:
            world.restart()
        figures = world.read(AttemptsCollector)
        assert _attempts(figures, state=state, queue="default", pool="default_pool") == 1
        assert figures.histogram(outcomes.TASK_RUN_SECONDS)[("BashOperator",)][1] == 240
        assert figures.histogram(outcomes.QUEUE_WAIT)[("default",)][1] == 60
        assert (("default_pool",) in figures.histogram(outcomes.SCHEDULE_WAIT)) == world.three


def test_an_attempt_that_ended_before_the_first_start_is_not_counted(world: World) -> None:
    _attempt(world, "success")
    assert [_attempts(world.read(AttemptsCollector)) for _ in range(2)] == [0, 0]


@pytest.mark.parametrize("skew", [-5 * MINUTE, 5 * MINUTE], ids=["behind", "ahead"])
@pytest.mark.parametrize("seen", [False, True], ids=["the first of all", "not the first"])
def test_counting_starts_at_start_whatever_the_databases_clock_says(
    world: World, skew: timedelta, *, seen: bool
) -> None:
    if seen:
        _attempt(world, "success", beat=NOW - MINUTE, end_date=NOW - MINUTE)
    world.read(AttemptsCollector, NOW + skew)
    _attempt(world, "success", number=2)
    assert [_attempts(world.read(AttemptsCollector, NOW + skew)) for _ in range(2)] == [1, 1]


def test_an_attempt_of_the_downtime_is_counted(world: World) -> None:
    world.read(AttemptsCollector, NOW - timedelta(hours=5))
    world.restart()
    _attempt(world, "success")
    assert _attempts(world.read(AttemptsCollector, NOW + MINUTE)) == 1


@pytest.mark.parametrize(("running", "counts"), [(10_000, [1, 1, 1]), (10_001, [0, 0, 1])])
def test_where_very_many_tasks_run_one_look_a_minute_must_do(
    world: World, running: int, counts: list[int]
) -> None:
    world.read(AttemptsCollector, NOW - SECOND, running=running)
    _attempt(world, "success")
    looks = [
        world.read(AttemptsCollector, NOW + seconds * SECOND, running=running) for seconds in (15, 45, 60)
    ]
    assert [_attempts(figures) for figures in looks] == counts


def test_an_attempt_whose_worker_died_is_counted_when_the_scheduler_ends_it(world: World) -> None:
    world.read(AttemptsCollector, NOW - 2 * MINUTE)
    _attempt(world, "failed", beat=NOW - 300 * SECOND, start_date=NOW - 400 * SECOND)
    for minutes in range(4):
        assert _attempts(world.read(AttemptsCollector, NOW + minutes * MINUTE)) == 1


def test_a_task_that_goes_on_after_a_deferral_has_waited_in_no_queue(world: World) -> None:
    world.read(AttemptsCollector, NOW - MINUTE)
    _attempt(world, "success", queued_dttm=NOW - MINUTE)
    figures = world.read(AttemptsCollector)
    assert _attempts(figures) == 1
    assert figures.histogram(outcomes.QUEUE_WAIT) == {}


def test_an_attempt_that_goes_on_already_is_not_guessed_at(world: World) -> None:
    world.read(AttemptsCollector, NOW - MINUTE)
    _attempt(world, "queued")
    assert _attempts(world.read(AttemptsCollector)) == 0
