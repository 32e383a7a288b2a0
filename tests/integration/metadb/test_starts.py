"""When a task of each queue started last, whoever saw it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.support.feed_world import MINUTE, NOW, World, texts
from tests.support.seed import insert
from windsock.catalog import tasks
from windsock.collect.tasks.attempts import AttemptsCollector
from windsock.collect.tasks.starts import StartsCollector
from windsock.collect.tasks.tasks import TasksCollector


@pytest.fixture(params=["2.11", "3.3"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    made = World(tmp_path, request.param)
    yield made
    made.close()


def _task(world: World, number: int, state: str, start: datetime, end: datetime | None = None) -> None:
    """A task instance of queue `default` with its heartbeat, on 2.x in a job."""
    beat = end or start
    if not world.three:
        job = {
            "id": number,
            "job_type": "LocalTaskJob",
            "state": state,
            "start_date": start,
            "latest_heartbeat": beat,
        }
        insert(world.connection, "job", **texts(job))
    world.task(number, "t", state, job_id=number, last_heartbeat_at=beat, start_date=start, end_date=end)


def _last_start(world: World) -> float | None:
    return world.read(StartsCollector).value(tasks.QUEUE_LAST_START, queue="default")


def test_a_start_in_the_quarter_of_an_hour_before_the_exporter_began_stays_known(
    world: World,
) -> None:
    _task(world, 1, "success", NOW - 10 * MINUTE, NOW - 9 * MINUTE)
    assert _last_start(world) == (NOW - 10 * MINUTE).timestamp()
    world.sql("DELETE FROM task_instance")
    assert _last_start(world) == (NOW - 10 * MINUTE).timestamp()


def test_a_queue_without_a_start_since_then_has_none(world: World) -> None:
    _task(world, 1, "success", NOW - 20 * MINUTE, NOW - 19 * MINUTE)
    assert _last_start(world) is None


def test_a_later_start_is_seen_while_the_task_runs(world: World) -> None:
    assert _last_start(world) is None
    _task(world, 1, "running", NOW - MINUTE)
    world.read(TasksCollector)
    assert _last_start(world) == (NOW - MINUTE).timestamp()


def test_a_start_between_two_readings_is_seen_when_the_task_has_ended(world: World) -> None:
    world.read(TasksCollector)
    assert _last_start(world) is None
    _task(world, 1, "success", NOW - MINUTE, NOW)
    world.read(TasksCollector)
    world.read(AttemptsCollector)
    assert _last_start(world) == (NOW - MINUTE).timestamp()


def test_the_last_start_does_not_go_back_when_its_task_is_gone(world: World) -> None:
    _task(world, 1, "running", NOW - MINUTE)
    world.read(TasksCollector)
    world.sql("DELETE FROM task_instance")
    world.read(TasksCollector)
    assert _last_start(world) == (NOW - MINUTE).timestamp()
