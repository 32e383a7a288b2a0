"""An Airflow that a test of the feeds writes to, and an exporter that counts what happens in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.metadb import at, make_sqlite
from tests.support.seed import insert
from windsock.cardinality import Cardinality, Preset
from windsock.collect.collector import Collector, Context, Reader, Scene
from windsock.collect.default import wanted
from windsock.collect.runs.run_feed import RunFeedCollector
from windsock.collect.runs.run_memo import RunMemo, load
from windsock.collect.runs.runs import RunsCollector
from windsock.collect.tasks.attempts import AttemptsCollector
from windsock.collect.tasks.starts import StartsCollector
from windsock.collect.tasks.tasks import TaskGroup, TasksCollector, active_tasks
from windsock.counters import Counters
from windsock.figures import Figures
from windsock.metadb.database import Database
from windsock.metadb.source import Source
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
            Database(parse(url, origin="test")),
            wanted((TasksCollector, StartsCollector, RunsCollector, RunFeedCollector, AttemptsCollector)),
        )
        self.three = version == "3.3"
        self._folder = folder / "state"
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        self._collectors: dict[type[Any], Collector[Any]] = {}
        self._values: dict[str, Any] = {}

    def restart(self) -> None:
        """Nothing is left of the exporter but its state directory."""
        self._collectors, self._values = {}, {}

    def read(
        self, kind: type[Collector[Any]] = RunFeedCollector, now: datetime = NOW, *, running: int = 0
    ) -> Figures:
        """One cycle, whose figures may also be of what other collectors read before; so many tasks run."""
        if kind not in self._collectors:
            context = Context(state=State(None), counters=Counters(self._folder))
            self._collectors[kind] = kind(context)
        reader = Reader(database=self.source.database, statements=self.source.statements, now=now)
        reader.share(active_tasks, [TaskGroup("running", "p", "q", None, running, running, now, 0)])
        figures = Figures(Cardinality(preset=Preset.FULL))
        collector = self._collectors[kind]
        self._values[kind.name] = collector.read(reader)
        collector.add(figures, self._values[kind.name], Scene(now=now, values=self._values))
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
        insert(self.connection, "dag_run", **texts(row | values))

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
        insert(self.connection, "task_instance", **texts(row | values))

    def sql(self, statement: str, *values: object) -> None:
        self.connection.execute(statement, [_text(value) for value in values])

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
        self.connection.close()
        self.source.database.close()


def texts(row: Mapping[str, object]) -> dict[str, object]:
    return {name: _text(value) for name, value in row.items()}


def _text(value: object) -> object:
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value


def total(figures: Figures, metric: Metric, **labels: str) -> float:
    """The sum of the series that have these labels."""
    names = metric.all_labels
    return sum(
        value
        for values, value in figures.family(metric).items()
        if labels.items() <= dict(zip(names, values, strict=True)).items()
    )
