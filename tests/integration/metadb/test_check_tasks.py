"""What is remembered of tasks that check data."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.metadb import at, make_sqlite, source
from tests.support.seed import insert
from windsock.catalog import practices
from windsock.collect.collector import Context, Reader, Scene
from windsock.collect.dags.choices import Choices
from windsock.collect.tasks.check_tasks import CheckTasksCollector
from windsock.figures import Figures
from windsock.state import State

NOON = at("2026-01-10 12:00")
HOUR = timedelta(hours=1)


class World:
    """An Airflow, and an exporter that may be started again."""

    def __init__(self, folder: Path, line: str) -> None:
        self._folder = folder
        self._path = folder / "airflow.db"
        self.source = source(make_sqlite(self._path, line))
        self._number = 0
        self.start("check_*")

    def start(self, *globs: str) -> None:
        context = Context(state=State(self._folder / "state"), choices=Choices(check_tasks=globs))
        self.collector = CheckTasksCollector(context)

    def green(self, task_id: str, time: datetime) -> None:
        self._number += 1
        number, moment = self._number, f"{time:%Y-%m-%d %H:%M}+00"
        with sqlite3.connect(self._path) as connection:
            insert(
                connection,
                "job",
                id=number,
                job_type="LocalTaskJob",
                state="success",
                latest_heartbeat=moment,
            )
            insert(
                connection,
                "task_instance",
                id=f"{number:032x}",
                dag_id="a",
                task_id=task_id,
                run_id=f"r{number}",
                state="success",
                job_id=number,
                end_date=moment,
                last_heartbeat_at=moment,
            )
        connection.close()

    def read(self, now: datetime) -> dict[str, datetime]:
        opened = self.source
        found = self.collector.read(Reader(database=opened.database, statements=opened.statements, now=now))
        return {task_id: ended for (_, task_id), ended in found.items()}


@pytest.fixture(params=["2.11", "3.3"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    return World(tmp_path, request.param)


def test_the_last_success_counts_and_is_known_after_a_restart(world: World) -> None:
    world.green("check_rows", NOON)
    world.green("check_rows", NOON - timedelta(minutes=5))
    assert world.read(NOON) == {"check_rows": NOON}
    world.start("check_*")
    assert world.read(NOON + 24 * HOUR) == {"check_rows": NOON}
    world.green("check_rows", NOON + 24 * HOUR)
    assert world.read(NOON + 24 * HOUR) == {"check_rows": NOON + 24 * HOUR}


def test_what_is_not_asked_for_any_more_is_not_shown(world: World) -> None:
    world.green("check_rows", NOON)
    world.read(NOON)
    world.start("other_*")
    reader = Reader(database=world.source.database, statements=world.source.statements, now=NOON)
    figures = Figures()
    world.collector.add(figures, world.collector.read(reader), Scene(now=NOON))
    assert figures.family(practices.CHECK_TASK_LAST_SUCCESS) == {}


def test_without_a_wish_nothing_is_read(world: World) -> None:
    assert world.collector.used(world.source.statements)
    world.start()
    assert world.collector.used(world.source.statements) == ()


def test_a_bad_entry_of_the_state_costs_itself_only(world: World, tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    state.put("check_tasks", {"green": [["a", "check_x"], 3, ["a", "check_y", NOON.timestamp()]]})
    world.start("check_*")
    assert world.read(NOON) == {"check_y": NOON}
