"""What the feeds count, one fact each, on a real schema; that they stay exact under kills is tested apart."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.exporter_process import ExporterProcess
from tests.support.metadb import at, make_sqlite
from tests.support.seed import insert
from windsock.cardinality import Cardinality, Preset
from windsock.catalog import outcomes
from windsock.collect.collector import Collector, Context, Reader, Scene
from windsock.collect.default import wanted
from windsock.collect.runs.run_feed import RunFeedCollector
from windsock.collect.runs.run_memo import Finish, RunMemo, load
from windsock.collect.runs.runs import RunsCollector
from windsock.collect.tasks.attempts import AttemptsCollector
from windsock.counters import Counters
from windsock.figures import Figures
from windsock.metadb.database import Database
from windsock.metadb.source import Source
from windsock.metadb.trouble import ReadError
from windsock.metadb.url import parse
from windsock.metric import Metric
from windsock.state import State

NOW = at("2026-02-10 12:00")
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


class World:
    """An Airflow on SQLite that the test writes to, and an exporter that may be started anew."""

    def __init__(self, folder: Path, version: str) -> None:
        self.path = folder / "airflow.db"
        url = make_sqlite(self.path, version)
        self.source = Source(
            Database(parse(url, origin="test")), wanted((RunsCollector, RunFeedCollector, AttemptsCollector))
        )
        self.three = version == "3.3"
        self._folder = folder / "state"
        self._connection = sqlite3.connect(self.path, isolation_level=None)
        self._collectors: dict[type[Any], Collector[Any]] = {}

    def restart(self) -> None:
        """Nothing is left of the exporter but its state directory."""
        self._collectors = {}

    def read(self, kind: type[Collector[Any]] = RunFeedCollector, now: datetime = NOW) -> Figures:
        """One cycle."""
        if kind not in self._collectors:
            context = Context(state=State(None), counters=Counters(self._folder))
            self._collectors[kind] = kind(context)
        reader = Reader(database=self.source.database, statements=self.source.statements, now=now)
        figures = Figures(Cardinality(preset=Preset.FULL))
        collector = self._collectors[kind]
        collector.add(figures, collector.read(reader), Scene(now=now))
        return figures

    def memo(self) -> RunMemo:
        """What the run feed has on disk."""
        found = load(Counters(self._folder).book(RunFeedCollector.name, ()).memo)
        assert found is not None
        return found

    def run(self, run: int, state: str, **values: object) -> None:
        """A run, which began ten minutes ago and has just ended."""
        end = NOW if state in {"success", "failed"} else None
        row: dict[str, object] = {
            "id": run,
            "dag_id": "a",
            "run_id": f"r{run}",
            "run_type": "scheduled",
            "state": state,
            "queued_at": NOW - 10 * MINUTE,
            "start_date": NOW - 10 * MINUTE,
            "end_date": end,
            "execution_date": NOW + run * SECOND,
            "logical_date": NOW + run * SECOND,
            "data_interval_end": NOW - 11 * MINUTE,
            "run_after": NOW - 11 * MINUTE,
            "clear_number": 0,
        }
        insert(self._connection, "dag_run", **_texts(row | values))

    def task(self, run: int, task_id: str, state: str, **values: object) -> None:
        """A task instance, which ran for five minutes and ended a minute ago."""
        row: dict[str, object] = {
            "id": f"{run:08}00007000800000000000{task_id.encode().hex():0>4}",
            "dag_id": "a",
            "run_id": f"r{run}",
            "task_id": task_id,
            "map_index": -1,
            "state": state,
            "pool": "default_pool",
            "pool_slots": 2,
            "queue": "default",
            "operator": "BashOperator",
            "try_number": 1,
            "start_date": NOW - 6 * MINUTE,
            "end_date": NOW - MINUTE,
            "duration": 300.0,
            "queued_dttm": NOW - 7 * MINUTE,
            "scheduled_dttm": NOW - 8 * MINUTE,
        }
        insert(self._connection, "task_instance", **_texts(row | values))

    def sql(self, statement: str, *values: object) -> None:
        self._connection.execute(statement, [_text(value) for value in values])

    def finish(self, run: int, end: datetime = NOW, *, start: datetime = NOW - 10 * MINUTE) -> None:
        self.sql(
            "UPDATE dag_run SET state = 'success', start_date = ?, end_date = ? WHERE id = ?", start, end, run
        )

    def clear(self, run: int, queued: datetime) -> None:
        self.sql(
            "UPDATE dag_run SET state = 'queued', queued_at = ?, start_date = NULL, end_date = NULL,"
            " clear_number = clear_number + 1 WHERE id = ?",
            queued,
            run,
        )

    def close(self) -> None:
        self._connection.close()
        self.source.database.close()


def _texts(row: Mapping[str, object]) -> dict[str, object]:
    return {name: _text(value) for name, value in row.items()}


def _text(value: object) -> object:
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value


@pytest.fixture(params=["2.11", "3.3"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    made = World(tmp_path, request.param)
    yield made
    made.close()


def _total(figures: Figures, metric: Metric, **labels: str) -> float:
    names = metric.all_labels
    return sum(
        value
        for values, value in figures.family(metric).items()
        if labels.items() <= dict(zip(names, values, strict=True)).items()
    )


def _finished(figures: Figures) -> float:
    return _total(figures, outcomes.RUNS_FINISHED)


def test_counting_starts_at_start_and_history_is_never_counted(world: World) -> None:
    world.run(1, "success")
    world.task(1, "t", "success")
    assert _finished(world.read()) == 0
    assert _finished(world.read()) == 0


def test_a_run_that_was_active_is_counted_with_its_tasks_when_it_finishes(world: World) -> None:
    world.run(1, "running")
    world.read()
    world.task(1, "t", "success", try_number=3)
    world.task(1, "u", "skipped", start_date=NOW, duration=0.0, try_number=0, operator="EmptyOperator")
    world.task(1, "v", "upstream_failed", start_date=None, end_date=None, duration=None, try_number=0)
    world.finish(1)
    for _ in range(2):
        figures = world.read()
        assert _total(figures, outcomes.RUNS_FINISHED, state="success", run_type="scheduled", dag_id="a") == 1
        assert _total(figures, outcomes.OUTCOMES, state="success") == 1
        assert _total(figures, outcomes.OUTCOMES, state="skipped") == 1
        assert _total(figures, outcomes.OUTCOMES, state="upstream_failed") == 1
        assert _total(figures, outcomes.OPERATOR_OUTCOMES, operator="BashOperator", isolation="shared") == 2
        assert _total(figures, outcomes.RETRIES) == 2
        assert _total(figures, outcomes.SUCCESSES_AFTER_RETRY) == 1
        assert _total(figures, outcomes.SLOT_SECONDS, dag_id="a") == 600
        assert figures.histogram(outcomes.RUN_SECONDS)["success", "scheduled"][1] == 600
        assert figures.histogram(outcomes.START_DELAY)[("scheduled",)][1] == 60


def test_a_run_that_came_and_went_between_two_cycles_is_counted_once(world: World) -> None:
    world.read()
    world.run(1, "failed")
    assert [_finished(world.read()) for _ in range(3)] == [1, 1, 1]


def test_an_id_that_is_committed_late_is_counted(world: World) -> None:
    world.read()
    world.run(2, "success")
    assert _finished(world.read()) == 1
    world.run(1, "success")
    assert _finished(world.read()) == 2


def test_what_finished_while_the_exporter_was_down_is_counted_after_the_restart(world: World) -> None:
    world.run(1, "running")
    world.read()
    world.finish(1)
    world.run(2, "success")
    world.restart()
    assert _finished(world.read()) == 2
    world.restart()
    assert _finished(world.read()) == 2


def test_a_re_run_is_a_new_finish_and_counts_the_tasks_that_ended_since(world: World) -> None:
    world.run(1, "running")
    world.read()
    world.task(1, "t", "success")
    world.task(1, "u", "failed")
    world.finish(1)
    world.read()
    world.clear(1, NOW + MINUTE)
    figures = world.read(now=NOW + MINUTE)
    assert _finished(figures) == 1
    world.sql(
        "UPDATE task_instance SET state = 'success', try_number = 2, end_date = ? WHERE task_id = 'u'",
        NOW + 2 * MINUTE,
    )
    world.finish(1, NOW + 3 * MINUTE, start=NOW + 2 * MINUTE)
    world.restart()
    figures = world.read(now=NOW + 3 * MINUTE)
    assert _finished(figures) == 2
    assert _total(figures, outcomes.OUTCOMES, state="success") == 2
    assert _total(figures, outcomes.OUTCOMES, state="failed") == 1
    assert _total(figures, outcomes.RETRIES) == 1
    assert figures.histogram(outcomes.START_DELAY)[("scheduled",)][0][-1] == 1


def test_of_a_run_that_had_finished_before_us_only_what_ended_since_it_was_cleared_counts(
    world: World,
) -> None:
    world.run(1, "success")
    world.task(1, "t", "success")
    world.task(1, "u", "failed", end_date=NOW + 2 * MINUTE)
    world.clear(1, NOW + MINUTE)
    world.read()
    world.finish(1, NOW + 3 * MINUTE)
    figures = world.read(now=NOW + 3 * MINUTE)
    assert _total(figures, outcomes.OUTCOMES, state="success") == 0
    assert _total(figures, outcomes.OUTCOMES, state="failed") == 1


def test_a_finished_run_that_somebody_marks_by_hand_has_not_finished_again(world: World) -> None:
    world.read()
    world.run(1, "success")
    world.read()
    # On 2.7 with a new end.
    world.sql("UPDATE dag_run SET state = 'failed', end_date = ? WHERE id = 1", NOW + MINUTE)
    assert _finished(world.read(now=NOW + MINUTE)) == 1


def test_a_run_that_is_deleted_is_forgotten(world: World) -> None:
    world.run(1, "running")
    world.run(2, "running")
    world.read()
    world.finish(2)
    world.sql("DELETE FROM dag_run WHERE id = 1")
    assert _finished(world.read()) == 1
    world.sql("DELETE FROM dag_run WHERE id = 2")
    assert _finished(world.read()) == 1


def test_a_database_whose_ids_have_fallen_is_counted_from_there(world: World) -> None:
    world.run(9_000, "success")
    world.run(20_000, "success")
    world.read()
    world.sql("DELETE FROM dag_run WHERE id > 9000")
    assert _finished(world.read()) == 0
    world.run(9_001, "success")
    assert _finished(world.read()) == 1


def test_an_id_that_is_given_out_again_is_another_run(world: World) -> None:
    world.read()
    world.run(1, "success")
    world.task(1, "t", "success")
    world.read()
    world.sql("DELETE FROM task_instance")
    world.sql("DELETE FROM dag_run")
    world.run(1, "success", run_id="another", end_date=NOW + MINUTE)
    world.task(1, "t", "success", run_id="another")
    figures = world.read(now=NOW + MINUTE)
    assert _finished(figures) == 2
    assert _total(figures, outcomes.OUTCOMES) == 2


def test_another_database_with_far_higher_ids_is_not_counted_as_what_we_missed(world: World) -> None:
    world.run(1, "success")
    world.read()
    for run in range(5_000_000, 5_000_020):
        world.run(run, "success")
    assert _finished(world.read()) == 0
    world.run(5_000_020, "success", end_date=NOW + SECOND)
    assert _finished(world.read()) == 1


def test_ten_thousand_new_runs_are_counted_in_one_cycle(world: World) -> None:
    world.read()
    world.run(1, "success")
    world.sql(
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
        " INSERT INTO dag_run SELECT * FROM dag_run WHERE 0"
    )
    names = [row[1] for row in world._connection.execute("PRAGMA table_info(dag_run)")]
    other = {
        "id": "n.i",
        "run_id": "'r' || n.i",
        "execution_date": "'x' || n.i",
        "logical_date": "'x' || n.i",
    }
    world.sql(
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
        f" INSERT INTO dag_run SELECT {', '.join(other.get(name, 'd.' + name) for name in names)}"
        " FROM dag_run d, n WHERE d.id = 1"
    )
    assert [_finished(world.read()) for _ in range(2)] == [10_000, 10_000]


def test_a_run_that_finished_within_a_reading_is_not_forgotten_before_the_next(world: World) -> None:
    world.run(1, "running")
    world.read()
    memo = world.memo()
    memo.add(1, Finish(name=1, start=None, end=NOW - timedelta(hours=1)), NOW)
    for run in range(2, 6_000):
        memo.add(run, Finish(name=1, start=None, end=NOW - timedelta(hours=1)), NOW)
    memo.low, memo.latest = 10_000, NOW
    memo.forget()
    assert 1 in memo.finished
    assert len(memo.finished) == 5_000


def test_a_reading_that_fails_halfway_counts_nothing_twice(world: World) -> None:
    world.run(1, "running")
    world.read()
    world.finish(1)
    world.task(1, "t", "success")
    world.sql("ALTER TABLE task_instance RENAME TO elsewhere")
    with pytest.raises(ReadError):
        world.read()
    world.sql("ALTER TABLE elsewhere RENAME TO task_instance")
    figures = world.read()
    assert _finished(figures) == 1
    assert _total(figures, outcomes.OUTCOMES) == 1


@pytest.mark.parametrize(
    ("name", "isolation"),
    [
        pytest.param("KubernetesPodOperator", "isolated", id="pod"),
        pytest.param("@task.virtualenv", "isolated", id="by the decorator's name"),
        pytest.param("PythonOperator", "shared", id="in the worker"),
    ],
)
def test_operators_are_told_by_whether_they_isolate(world: World, name: str, isolation: str) -> None:
    world.read()
    world.task(1, "t", "success", operator="Whatever", custom_operator_name=name)
    world.run(1, "success")
    assert _total(world.read(), outcomes.OPERATOR_OUTCOMES, operator=name, isolation=isolation) == 1


# Attempts.


def _attempt(world: World, state: str, *, beat: datetime = NOW, **values: object) -> None:
    """One that ended just now."""
    row = {"start_date": NOW - 4 * MINUTE, "end_date": NOW, "queued_dttm": NOW - 5 * MINUTE, **values}
    if not world.three:
        insert(
            world._connection,
            "job",
            **_texts(
                {
                    "id": 1,
                    "job_type": "LocalTaskJob",
                    "state": "running" if beat < NOW - MINUTE else "success",
                    "start_date": NOW - 4 * MINUTE,
                    "latest_heartbeat": beat,
                }
            ),
        )
    world.task(1, "t", state, job_id=1, last_heartbeat_at=beat, **row)


def _attempts(figures: Figures, **labels: str) -> float:
    return _total(figures, outcomes.ATTEMPTS_FINISHED, **labels)


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


def test_an_attempt_of_the_downtime_is_counted(world: World) -> None:
    world.read(AttemptsCollector, NOW - timedelta(hours=5))
    world.restart()
    _attempt(world, "success")
    assert _attempts(world.read(AttemptsCollector, NOW + MINUTE)) == 1


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


# The state directory.


def test_a_full_disk_is_said_counting_goes_on_and_what_was_counted_is_written_once_there_is_room(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, "3.3")
    exporter = ExporterProcess(tmp_path, "--fast-interval", "300ms", "--slow-interval", "5s")
    try:
        exporter.start(f"sqlite:///{world.path}")
        exporter.until("windsock_state_saved 1.0\n")
        (tmp_path / "state" / "counters.json.new").symlink_to("/dev/full")
        now = datetime.now(NOW.tzinfo)
        world.run(1, "success", end_date=now)
        text = exporter.until("windsock_state_saved 0.0\n")
        assert "No space left on device" in exporter.log.read_text()
        assert _SUCCESS + " 1.0\n" in exporter.until(_SUCCESS + " 1.0\n"), text
        (tmp_path / "state" / "counters.json.new").unlink()
        exporter.until("windsock_state_saved 1.0\n")
        exporter.kill()
        exporter.start(f"sqlite:///{world.path}")
        exporter.until(_SUCCESS + " 1.0\n")
    finally:
        exporter.kill()
        world.close()


_SUCCESS = f'{outcomes.RUNS_FINISHED}{{run_type="scheduled",state="success"}}'
