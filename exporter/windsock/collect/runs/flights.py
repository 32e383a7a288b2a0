"""Runs under way of the DAGs that an SLA speaks of: their tasks, and how such runs went before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.collect.runs.active import ActiveRun, active_runs
from windsock.collect.runs.runs import tried
from windsock.figures import Figures
from windsock.metadb.dag_runs import FINISHED, Run, newest
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make
from windsock.sla.flight import Flight
from windsock.sla.progress import TaskNow
from windsock.sla.usual_path import MOST_RUNS, PastRun, PastTask, Usual, learn

# What has no run under way for so long is forgotten; what has is learned again after that time.
_KEPT = timedelta(hours=1)
# Learned in one cycle, the others in the next ones: a cycle stays short when many start at once.
_DAGS_PER_CYCLE = 20
_RUNS_PER_BATCH = 200
# A run with more task instances is followed by its length alone.
_MOST_TASKS = 300
_MOST_ROWS = 20_000

Key = tuple[str, str]


class RunTask(NamedTuple):
    """A task instance of a run that is not mapped; `tries` as the database counts them."""

    dag_id: str
    run_id: str
    task_id: str
    state: str
    tries: int
    start: datetime | None
    end: datetime | None


class Size(NamedTuple):
    """How many task instances a run has."""

    dag_id: str
    run_id: str
    tasks: int


def flight_runs(of: Flavour) -> Statement[Run]:
    """The newest finished ones of the given DAGs."""
    return newest(of, "flight_runs", where=FINISHED, limit=MOST_RUNS)


def flight_sizes(_of: Flavour) -> Statement[Size]:
    """Of the given runs [ti_dag_run]."""
    return make(
        "flight_sizes",
        Size,
        "SELECT dag_id, run_id, count(*) AS tasks FROM task_instance WHERE (dag_id, run_id) IN :runs"
        " GROUP BY dag_id, run_id",
        reads={"task_instance": ("dag_id", "run_id")},
        runs=[("-", "-")],
    )


def flight_tasks(_of: Flavour) -> Statement[RunTask]:
    """Those of the given runs that have a state [ti_dag_run]; mapped ones are left out."""
    return make(
        "flight_tasks",
        RunTask,
        "SELECT dag_id, run_id, task_id, state, COALESCE(try_number, 0) AS tries, start_date AS start,"
        ' end_date AS "end" FROM task_instance'
        f" WHERE (dag_id, run_id) IN :runs AND map_index < 0 AND state IS NOT NULL LIMIT {_MOST_ROWS}",
        reads={
            "task_instance": (
                *("dag_id", "run_id", "task_id", "map_index", "state"),
                *("try_number", "start_date", "end_date"),
            )
        },
        runs=[("-", "-")],
    )


class FlightsCollector(Collector[Mapping[str, Flight]]):
    """Reads `dag_run` and `task_instance`, of watched DAGs with a run under way only."""

    name = "sla_flights"
    tier = Tier.FAST
    reads = (active_runs, flight_runs, flight_sizes, flight_tasks)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._dag_ids = context.watched
        self._usual: dict[str, Usual] = {}
        self._learned: dict[str, datetime] = {}
        self._seen: dict[str, datetime] = {}
        self._sizes: dict[Key, int] = {}

    def read(self, reader: Reader) -> Mapping[str, Flight]:
        """By DAG; one that is not learned of yet is absent."""
        watched = frozenset(self._dag_ids())
        active = [
            run
            for run in reader.shared(active_runs)
            if run.dag_id in watched and run.run_type != "backfill" and not tried(run)
        ]
        under_way = {run.dag_id for run in active}
        self._seen |= dict.fromkeys(under_way, reader.now)
        self._forget(reader.now, watched)
        for dag_id in self._to_learn(under_way, reader.now):
            self._usual[dag_id] = self._learn(reader, dag_id)
            self._learned[dag_id] = reader.now
        tasks = self._tasks(reader, active)
        own: dict[str, dict[str, Mapping[str, TaskNow]]] = {}
        for run in active:
            own.setdefault(run.dag_id, {})[run.run_id] = tasks.get((run.dag_id, run.run_id), {})
        return {
            dag_id: Flight(usual=self._usual[dag_id], tasks=runs)
            for dag_id, runs in own.items()
            if dag_id in self._usual
        }

    def add(self, figures: Figures, value: Mapping[str, Flight], scene: Scene) -> None:
        """Nothing of their own: predictions are made of them."""

    def _forget(self, now: datetime, watched: frozenset[str]) -> None:
        """What was learned of a DAG that rests."""
        kept = {dag_id for dag_id, seen in self._seen.items() if dag_id in watched and now - seen < _KEPT}
        self._seen = {dag_id: self._seen[dag_id] for dag_id in kept}
        self._usual = {dag_id: usual for dag_id, usual in self._usual.items() if dag_id in kept}
        self._learned = {dag_id: self._learned[dag_id] for dag_id in self._usual}

    def _to_learn(self, under_way: Iterable[str], now: datetime) -> list[str]:
        """Those that nothing is known of, then those of which what is known is old."""
        old = [
            (self._learned.get(dag_id, datetime.min.replace(tzinfo=now.tzinfo)), dag_id)
            for dag_id in under_way
        ]
        return [dag_id for at, dag_id in sorted(old) if now - at >= _KEPT][:_DAGS_PER_CYCLE]

    def _learn(self, reader: Reader, dag_id: str) -> Usual:
        runs = [run for run in reader.rows(flight_runs, dag_ids=[dag_id]) if run.run_type != "backfill"]
        keys = [(dag_id, run.run_id) for run in runs]
        sizes = {
            row.run_id: row.tasks for batch in _batches(keys) for row in reader.rows(flight_sizes, runs=batch)
        }
        small = [key for key in keys if sizes.get(key[1], 0) <= _MOST_TASKS]
        rows: dict[str, list[RunTask]] = {}
        for batch in _batches(small, max(1, _MOST_ROWS // _MOST_TASKS)):
            for row in reader.rows(flight_tasks, runs=batch):
                rows.setdefault(row.run_id, []).append(row)
        return learn([found for run in runs if (found := past(run, rows.get(run.run_id, ())))])

    def _tasks(self, reader: Reader, active: Iterable[ActiveRun]) -> dict[Key, dict[str, TaskNow]]:
        """Of running runs that are small enough."""
        keys = [(run.dag_id, run.run_id) for run in active if run.state == "running"]
        keys = [key for key in keys if key[0] in self._usual and self._usual[key[0]].order]
        self._sizes = {key: self._sizes[key] for key in keys if key in self._sizes}
        for batch in _batches([key for key in keys if key not in self._sizes]):
            self._sizes |= {
                (row.dag_id, row.run_id): row.tasks for row in reader.rows(flight_sizes, runs=batch)
            }
        small = [key for key in keys if self._sizes.get(key, 0) <= _MOST_TASKS]
        found: dict[Key, dict[str, TaskNow]] = {}
        for batch in _batches(small, _MOST_ROWS // _MOST_TASKS):
            for row in reader.rows(flight_tasks, runs=batch):
                found.setdefault((row.dag_id, row.run_id), {})[row.task_id] = _now(row)
        return found


def past(run: Run, rows: Iterable[RunTask]) -> PastRun | None:
    """A finished run as it is learned from; None for one without a start or an end."""
    if run.start is None or run.end is None or run.start == run.logical:
        return None
    tasks = {
        row.task_id: PastTask(row.start.timestamp(), row.end.timestamp(), max(1, row.tries))
        for row in rows
        if row.state == "success" and row.start is not None and row.end is not None
    }
    return PastRun(
        due=run.due.timestamp(),
        start=run.start.timestamp(),
        end=run.end.timestamp(),
        succeeded=run.state == "success",
        tasks=tasks,
        failed=tuple(row.task_id for row in rows if row.state == "failed"),
    )


def _now(row: RunTask) -> TaskNow:
    return TaskNow(
        state=row.state,
        start=None if row.start is None else row.start.timestamp(),
        end=None if row.end is None else row.end.timestamp(),
        tries=max(1, row.tries),
    )


def _batches(keys: Sequence[Key], size: int = _RUNS_PER_BATCH) -> Iterator[list[Key]]:
    for first in range(0, len(keys), size):
        yield list(keys[first : first + size])
