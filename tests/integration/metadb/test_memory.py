"""What collectors remember from one cycle to the next, on a real schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.metadb import CONTEXT, at, make_sqlite, source
from tests.support.seed import insert
from windsock.catalog import tasks
from windsock.collect.collector import Context, Reader, Scene
from windsock.collect.dags.dag_warnings import DagWarningsCollector
from windsock.collect.dags.import_errors import ImportErrorsCollector
from windsock.collect.runs.results import ResultsCollector
from windsock.collect.runs.runs import RunsCollector
from windsock.collect.tasks.requeues import RequeuesCollector
from windsock.collect.tasks.tasks import Tasks
from windsock.collect.waiting.deadlines import DeadlinesCollector
from windsock.figures import Figures
from windsock.metadb.source import Source
from windsock.state import State

NOW = at("2026-02-10 12:00")
DAY = timedelta(days=1)


class World:
    """An Airflow 3.3 on SQLite that the test writes to."""

    def __init__(self, path: Path) -> None:
        self.source: Source = source(make_sqlite(path, "3.3"))
        self._connection = sqlite3.connect(path, isolation_level=None)

    def reader(self, now: datetime = NOW) -> Reader:
        return Reader(database=self.source.database, statements=self.source.statements, now=now)

    def run(
        self, run_id: str, due: datetime, *, state: str = "success", kind: str = "manual", dag_id: str = "a"
    ) -> None:
        moment = due.strftime("%Y-%m-%d %H:%M:%S.%f")
        logical = moment if kind == "scheduled" else None
        self.sql(
            "INSERT INTO dag_run (dag_id, run_id, state, run_type, logical_date, run_after, created_at,"
            " queued_at, start_date, end_date, clear_number, span_status)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 'x')",
            (dag_id, run_id, state, kind, logical, *[moment] * 5),
        )

    def dag(self, dag_id: str) -> None:
        insert(self._connection, "dag", dag_id=dag_id, is_stale=False)

    def sql(self, statement: str, values: tuple[object, ...] = ()) -> None:
        self._connection.execute(statement, values)

    def close(self) -> None:
        self._connection.close()
        self.source.database.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "airflow.db")
    yield made
    made.close()


def _undated(collector: RunsCollector, reader: Reader) -> list[tuple[str, str]]:
    return [(run.run_id, run.state) for run in collector.read(reader).undated.get("a", ())]


def test_a_run_off_the_schedule_stays_known_beyond_the_look_back(world: World) -> None:
    collector = RunsCollector(CONTEXT)
    world.run("old", NOW - 20 * DAY)
    assert _undated(collector, world.reader()) == [("old", "success")]
    world.run("new", NOW + DAY)
    later = world.reader(NOW + 2 * DAY)
    assert _undated(collector, later) == [("new", "success"), ("old", "success")]
    assert later.count < 4  # the old one was not read again


def test_a_run_off_the_schedule_that_takes_days_is_seen_to_finish(world: World) -> None:
    collector = RunsCollector(CONTEXT)
    world.run("long", NOW - 5 * DAY, state="running")
    assert _undated(collector, world.reader()) == [("long", "running")]
    assert _undated(collector, world.reader(NOW + 4 * DAY)) == [("long", "running")]
    world.sql("UPDATE dag_run SET state = 'failed'")
    assert _undated(collector, world.reader(NOW + 5 * DAY)) == [("long", "failed")]


def test_the_last_failure_off_the_schedule_is_kept_behind_many_successes(world: World) -> None:
    world.run("bad", NOW - 29 * DAY, state="failed")
    for day in range(25):
        world.run(f"good {day}", NOW - day * DAY)
    known = _undated(RunsCollector(CONTEXT), world.reader())
    assert known[-1] == ("bad", "failed")
    assert len(known) == 21


def test_a_run_off_the_schedule_that_came_and_went_between_two_looks_is_found_by_its_id(world: World) -> None:
    collector = RunsCollector(CONTEXT)
    world.run("first", NOW - DAY)
    collector.read(world.reader())
    world.run("dated back", NOW - 3 * DAY, state="failed")
    later = world.reader(NOW + timedelta(seconds=15))
    assert _undated(collector, later) == [("first", "success"), ("dated back", "failed")]


def test_results_are_read_again_for_dags_with_new_or_ended_runs_only(world: World) -> None:
    for dag_id in "abcdefghijklmnopqrstuvwxyz":
        world.dag(dag_id)
        world.run("r1", NOW - DAY, dag_id=dag_id, kind="scheduled")
    world.run("r2", NOW, dag_id="b", state="running", kind="scheduled")
    collector = ResultsCollector(CONTEXT)
    first = world.reader()
    assert {dag_id: [run.run_id for run in each.runs] for dag_id, each in collector.read(first).items()} == {
        dag_id: ["r1"] for dag_id in "abcdefghijklmnopqrstuvwxyz"
    }
    world.sql("UPDATE dag_run SET state = 'failed' WHERE run_id = 'r2'")
    second = world.reader()
    read = collector.read(second)
    assert [(run.run_id, run.state) for run in read["b"].runs] == [("r2", "failed"), ("r1", "success")]
    assert sum(len(each.runs) for each in read.values()) == 27


def test_a_failed_run_that_somebody_marks_as_success_is_one_in_the_next_cycle(world: World) -> None:
    world.dag("a")
    world.run("r1", NOW, state="failed", kind="scheduled")
    collector = ResultsCollector(CONTEXT)
    assert [run.state for run in collector.read(world.reader())["a"].runs] == ["failed"]
    world.sql("UPDATE dag_run SET state = 'success'")
    assert [run.state for run in collector.read(world.reader())["a"].runs] == ["success"]


def test_what_is_marked_by_hand_is_seen_within_ten_cycles_and_a_dag_that_is_gone_is_forgotten(
    world: World,
) -> None:
    world.dag("a")
    world.run("r1", NOW, kind="scheduled")
    collector = ResultsCollector(CONTEXT)
    collector.read(world.reader())
    world.sql("UPDATE dag_run SET state = 'failed'")
    seen = {collector.read(world.reader())["a"].runs[0].state for _ in range(10)}
    assert "failed" in seen
    world.sql("UPDATE dag SET is_stale = 1")
    assert collector.read(world.reader()) == {}


def test_the_newest_creation_of_a_run_is_known_and_backfills_create_nothing(world: World) -> None:
    collector = RunsCollector(CONTEXT)
    world.run("first", NOW - timedelta(minutes=3), kind="scheduled")
    assert collector.read(world.reader()).created == {"a": NOW - timedelta(minutes=3)}
    world.run("second", NOW, kind="scheduled")
    world.run("other", NOW + timedelta(minutes=5), kind="backfill")
    assert collector.read(world.reader()).created == {"a": NOW}
    assert collector.read(world.reader(NOW + DAY)).created == {}


def test_a_broken_file_keeps_its_first_sighting_across_a_restart(world: World, tmp_path: Path) -> None:
    world.sql("INSERT INTO import_error (id, filename, bundle_name) VALUES (1, 'bad.py', 'main')")
    assert ImportErrorsCollector(Context(state=State(tmp_path))).read(world.reader()) == {
        ("main", "bad.py"): NOW
    }
    again = ImportErrorsCollector(Context(state=State(tmp_path)))
    assert again.read(world.reader(NOW + DAY)) == {("main", "bad.py"): NOW}


def test_a_file_that_was_repaired_and_breaks_again_starts_anew(world: World, tmp_path: Path) -> None:
    collector = ImportErrorsCollector(Context(state=State(tmp_path)))
    world.sql("INSERT INTO import_error (id, filename, bundle_name) VALUES (1, 'bad.py', 'main')")
    collector.read(world.reader())
    world.sql("DELETE FROM import_error")
    assert collector.read(world.reader()) == {}
    world.sql("INSERT INTO import_error (id, filename, bundle_name) VALUES (2, 'bad.py', 'main')")
    assert collector.read(world.reader(NOW + DAY)) == {("main", "bad.py"): NOW + DAY}


def test_a_sighting_that_somebody_edited_is_forgotten_alone(world: World, tmp_path: Path) -> None:
    state = State(tmp_path)
    good = {"bundle": "main", "file": "bad.py", "first_seen": NOW.timestamp()}
    state.put("import_errors", {"files": [{"file": 3}, good, "text"]})
    world.sql("INSERT INTO import_error (id, filename, bundle_name) VALUES (1, 'bad.py', 'main')")
    assert ImportErrorsCollector(Context(state=state)).read(world.reader(NOW + DAY)) == {
        ("main", "bad.py"): NOW
    }


def test_a_type_of_warning_that_was_seen_is_zero_when_it_is_gone(world: World) -> None:
    collector = DagWarningsCollector(CONTEXT)
    world.sql("INSERT INTO dag_warning VALUES ('a', 'asset conflict', 'm', '2026-02-10 11:00:00.000000')")
    assert collector.read(world.reader()) == {"asset conflict": 1, "non-existent pool": 0}
    world.sql("DELETE FROM dag_warning")
    assert collector.read(world.reader()) == {"asset conflict": 0, "non-existent pool": 0}


def test_the_dag_of_a_run_with_a_deadline_is_read_once(world: World) -> None:
    collector = DeadlinesCollector(CONTEXT)
    world.run("r", NOW)
    moment = (NOW + DAY).strftime("%Y-%m-%d %H:%M:%S.%f")
    world.sql(
        "INSERT INTO deadline (id, created_at, last_updated_at, dagrun_id, deadline_time, missed,"
        " callback_id) VALUES ('1', ?, ?, (SELECT id FROM dag_run), ?, 0, '1')",
        (moment,) * 3,
    )
    first, second = world.reader(), world.reader()
    assert collector.read(first) == collector.read(second)
    assert (first.count, second.count) == (2, 1)
    world.sql("UPDATE deadline SET missed = 1")
    assert collector.read(world.reader()).dag_ids == {}


def _stuck(world: World, number: int, task_id: str, event: str = "stuck in queued reschedule") -> None:
    world.sql(
        "INSERT INTO log (id, event, dag_id, task_id, run_id, map_index) VALUES (?, ?, 'a', ?, 'r', 0)",
        (number, event, task_id),
    )


def test_a_requeue_counts_once_by_the_queue_of_its_task(world: World) -> None:
    collector = RequeuesCollector(Context(state=State(None)))
    world.run("r", NOW)
    for number, (task_id, map_index) in enumerate((("t", 0), ("t", 1), ("other", 0))):
        world.sql(
            "INSERT INTO task_instance (id, dag_id, task_id, run_id, map_index, state, pool, pool_slots,"
            " queue, try_number, max_tries, span_status)"
            " VALUES (?, 'a', ?, 'r', ?, 'queued', 'default_pool', 1, ?, 1, 0, 'x')",
            (str(number), task_id, map_index, f"q{number}"),
        )
    _stuck(world, 1, "t")
    figures = Figures()
    collector.add(figures, collector.read(world.reader()), Scene(now=NOW))
    assert figures.family(tasks.REQUEUES) == {}
    _stuck(world, 2, "t")
    _stuck(world, 3, "deleted")
    _stuck(world, 4, "t", event="stuck in queued tries exceeded")
    seen = Tasks(
        active=(),
        pools=(),
        places=frozenset({("p", "q0", "default"), ("p", "q2", "default")}),
    )
    for _again in range(2):
        figures = Figures()
        read = collector.read(world.reader())
        collector.add(figures, read, Scene(now=NOW, values={"tasks": seen}))
        assert figures.family(tasks.REQUEUES) == {("q0",): 1, ("",): 1, ("q2",): 0}
