"""DAGs as they are read: when they are due on each major, and what is read each time or in turn."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.metadb import CONTEXT, at, make_sqlite, source
from tests.support.seed import insert
from windsock.collect.collector import Reader
from windsock.collect.dags.dag_row import Dag
from windsock.collect.dags.dags import DagsCollector
from windsock.metadb.source import Source

NOW = at("2026-01-10 12:00")
TEN, ELEVEN, LATER = (f"2026-01-10 {time}+00" for time in ("10:00", "11:00", "11:05"))
CYCLES = 4


class _World:
    def __init__(self, path: Path, version: str) -> None:
        url = make_sqlite(path, version)
        self.connection = sqlite3.connect(path, isolation_level=None)
        if version == "3.3":
            insert(self.connection, "dag_bundle", name="main", active=True)
        self.source: Source = source(url)
        self.collector = DagsCollector(CONTEXT)

    def dag(self, dag_id: str, **values: object) -> None:
        insert(
            self.connection,
            "dag",
            dag_id=dag_id,
            bundle_name="main",
            owners="a",
            is_active=True,
            is_stale=False,
            **values,
        )

    def read(self) -> dict[str, Dag]:
        reader = Reader(database=self.source.database, statements=self.source.statements, now=NOW)
        return {row.dag_id: row for row in self.collector.read(reader)}

    def close(self) -> None:
        self.connection.close()
        self.source.close()


@pytest.fixture
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[_World]:
    made = _World(tmp_path / "airflow.db", getattr(request, "param", "3.3"))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("world", "next_run", "create_after", "interval_end", "due"),
    [
        pytest.param("2.11", TEN, LATER, ELEVEN, "2026-01-10 11:00", id="2.x: interval end"),
        pytest.param("2.11", TEN, None, ELEVEN, "2026-01-10 11:00", id="2.x at max_active_runs"),
        pytest.param("2.11", None, None, None, None, id="2.x: ended"),
        pytest.param("3.3", TEN, LATER, ELEVEN, "2026-01-10 11:05", id="3.x: run_after"),
        pytest.param("3.3", TEN, None, ELEVEN, "2026-01-10 11:00", id="3.x without create_after"),
        pytest.param("3.3", None, None, ELEVEN, None, id="3.x without a next run"),
        pytest.param("3.3", None, None, None, None, id="3.x: ended"),
    ],
    indirect=["world"],
)
def test_due_is_what_the_version_calls_due(
    world: _World, next_run: str | None, create_after: str | None, interval_end: str | None, due: str | None
) -> None:
    world.dag(
        "a",
        next_dagrun=next_run,
        next_dagrun_create_after=create_after,
        next_dagrun_data_interval_end=interval_end,
    )
    assert world.read()["a"].due == (at(due) if due else None)


@pytest.mark.parametrize(
    ("world", "exceeds"),
    [pytest.param("2.11", None, id="2.11"), pytest.param("3.3", True, id="3.3")],
    indirect=["world"],
)
def test_of_a_dag_at_max_active_runs_the_interval_of_its_next_run_is_known(
    world: _World, exceeds: bool | None
) -> None:
    world.dag("a", next_dagrun=TEN, exceeds_max_non_backfill=exceeds)
    seen = world.read()["a"]
    assert seen.exceeds_max_active_runs
    assert seen.next_run == at("2026-01-10 10:00")


def test_what_runs_change_is_seen_at_once(world: _World) -> None:
    world.dag("a")
    world.read()
    world.connection.execute("UPDATE dag SET is_paused = 1, has_import_errors = 1")
    seen = world.read()["a"]
    assert seen.paused
    assert seen.import_errors


def test_a_new_dag_is_complete_at_once(world: _World) -> None:
    world.dag("a")
    world.read()
    world.dag("b", timetable_summary="@daily")
    assert world.read()["b"].schedule == "@daily"


@pytest.mark.parametrize("dags", [1, 3, 4, 5, 11])
def test_what_a_file_says_is_seen_within_four_cycles(world: _World, dags: int) -> None:
    for number in range(dags):
        world.dag(f"dag_{number}")
    world.read()
    world.connection.execute("UPDATE dag SET owners = 'b'")
    seen = [sum(row.owners == "b" for row in world.read().values()) for _ in range(CYCLES)]
    assert seen[-1] == dags
    assert seen == sorted(seen)


def test_a_dag_that_is_gone_is_forgotten_and_the_others_stay(world: _World) -> None:
    for dag_id in "abc":
        world.dag(dag_id)
    world.read()
    world.connection.execute("DELETE FROM dag WHERE dag_id = 'b'")
    assert [sorted(world.read()) for _ in range(CYCLES)] == [["a", "c"]] * CYCLES


def test_without_dags_there_is_nothing(world: _World) -> None:
    assert world.read() == {}
    assert world.read() == {}
