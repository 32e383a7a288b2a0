"""Runs under way as they are read for predictions: tasks, and the history that is learned from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.metadb import at, make_sqlite, source
from tests.support.seed import insert
from windsock.collect.collector import Context, Reader
from windsock.collect.runs.flights import FlightsCollector
from windsock.sla.flight import Flight
from windsock.sla.progress import TaskNow
from windsock.state import State

NOW = at("2026-01-10 02:30")
MINUTE = timedelta(minutes=1)


@dataclass
class Airflow:
    """A SQLite database with the DAG `late`, and the collector over it."""

    url: str
    connection: sqlite3.Connection
    collector: FlightsCollector
    ids: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def read(self, now: datetime = NOW) -> dict[str, Flight]:
        self.connection.commit()
        opened = source(self.url)
        try:
            reader = Reader(database=opened.database, statements=opened.statements, now=now)
            return dict(self.collector.read(reader))
        finally:
            opened.close()

    def run(self, due: datetime, state: str, end: datetime | None = None, run_type: str = "scheduled") -> str:
        run_id, text = f"{run_type}__{due:%Y-%m-%dT%H:%M}", _text(due)
        insert(
            self.connection,
            "dag_run",
            id=next(self.ids),
            dag_id="late",
            run_id=run_id,
            run_type=run_type,
            state=state,
            run_after=text,
            queued_at=text,
            data_interval_end=text,
            logical_date=_text(due - timedelta(days=1)),
            execution_date=_text(due - timedelta(days=1)),
            start_date=None if state == "queued" else text,
            end_date=None if end is None else _text(end),
        )
        return run_id

    def task(self, run_id: str, task_id: str, state: str | None, **fields: object) -> None:
        insert(
            self.connection,
            "task_instance",
            id=f"{next(self.ids):032x}",
            dag_id="late",
            run_id=run_id,
            task_id=task_id,
            state=state,
            pool="default_pool",
            **{"map_index": -1, "try_number": 1, **fields},
        )

    def past(self, days: int) -> None:
        """So many days before today: `a` for ten minutes, then `b` for twenty."""
        for day in range(1, days + 1):
            due = at("2026-01-10 02:00") - timedelta(days=day)
            run_id = self.run(due, "success", due + 30 * MINUTE)
            for name, since, until in (("a", 0, 10), ("b", 10, 30)):
                start, end = _text(due + since * MINUTE), _text(due + until * MINUTE)
                self.task(run_id, name, "success", start_date=start, end_date=end)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}+00"


@pytest.fixture(params=["2.11", "3.3"])
def airflow(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Airflow]:
    url = make_sqlite(tmp_path / "airflow.db", request.param)
    with closing(sqlite3.connect(tmp_path / "airflow.db")) as connection:
        insert(connection, "dag", dag_id="late", is_paused=False, is_active=True, is_stale=False)
        collector = FlightsCollector(Context(state=State(None), watched=lambda: ["late"]))
        yield Airflow(url, connection, collector)


def test_a_run_under_way_comes_with_its_tasks_and_what_is_usual(airflow: Airflow) -> None:
    airflow.past(10)
    run_id = airflow.run(at("2026-01-10 02:00"), "running")
    airflow.task(
        run_id,
        "a",
        "success",
        start_date=_text(at("2026-01-10 02:00")),
        end_date=_text(at("2026-01-10 02:20")),
    )
    airflow.task(run_id, "b", "running", start_date=_text(at("2026-01-10 02:20")), try_number=2)
    airflow.task(run_id, "c", None)
    (flight,) = airflow.read().values()
    assert len(flight.usual.days) == 10
    assert flight.usual.order == ("a", "b")
    assert flight.usual.after["b"] == ("a",)
    assert flight.tasks == {
        run_id: {
            "a": TaskNow(
                "success", at("2026-01-10 02:00").timestamp(), at("2026-01-10 02:20").timestamp(), 1
            ),
            "b": TaskNow("running", at("2026-01-10 02:20").timestamp(), None, 2),
        }
    }


def test_nothing_is_read_of_a_dag_that_rests(airflow: Airflow) -> None:
    airflow.past(10)
    assert airflow.read() == {}


def test_a_queued_run_has_no_tasks_yet(airflow: Airflow) -> None:
    airflow.past(5)
    run_id = airflow.run(at("2026-01-10 02:00"), "queued")
    (flight,) = airflow.read().values()
    assert flight.tasks == {run_id: {}}


def test_a_backfill_is_no_run_that_an_sla_waits_for(airflow: Airflow) -> None:
    airflow.past(5)
    airflow.run(at("2026-01-10 02:00"), "running", run_type="backfill")
    assert airflow.read() == {}


def test_mapped_tasks_are_not_followed_one_by_one(airflow: Airflow) -> None:
    airflow.past(5)
    run_id = airflow.run(at("2026-01-10 02:00"), "running")
    airflow.task(run_id, "many", "running", map_index=3, start_date=_text(at("2026-01-10 02:00")))
    (flight,) = airflow.read().values()
    assert flight.tasks == {run_id: {}}


def test_a_huge_run_is_followed_by_its_length_alone(airflow: Airflow) -> None:
    airflow.past(5)
    run_id = airflow.run(at("2026-01-10 02:00"), "running")
    for index in range(301):
        airflow.task(run_id, f"t{index}", "running", start_date=_text(at("2026-01-10 02:00")))
    (flight,) = airflow.read().values()
    assert flight.tasks == {run_id: {}}


def test_what_is_usual_is_learned_again_after_an_hour(airflow: Airflow) -> None:
    airflow.past(3)
    airflow.run(at("2026-01-10 02:00"), "running")
    first = airflow.read()["late"].usual
    due = at("2026-01-05 02:00")
    airflow.run(due, "success", due + 30 * MINUTE)
    assert airflow.read(NOW + 10 * MINUTE)["late"].usual is first
    assert len(airflow.read(NOW + 61 * MINUTE)["late"].usual.days) == 4


def test_a_failed_run_tells_which_task_failed(airflow: Airflow) -> None:
    airflow.past(5)
    due = at("2026-01-10 01:00")
    run_id = airflow.run(due, "failed", due + 5 * MINUTE)
    airflow.task(run_id, "a", "failed", start_date=_text(due), end_date=_text(due + 5 * MINUTE))
    airflow.run(at("2026-01-10 02:00"), "running")
    assert airflow.read()["late"].usual.fragile == ("a",)
