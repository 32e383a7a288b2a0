"""Tasks and assets that an SLA speaks of, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from windsock.collect.collector import Reader, batches
from windsock.facts import Run
from windsock.metadb import dag_runs
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

# Each asset is one statement.
_MOST_ASSETS = 200
_EVENTS = 20
_AT_WORK = frozenset(
    {"running", "restarting", "deferred", "up_for_reschedule", "up_for_retry", "awaiting_input"}
)
_FAILED = frozenset({"failed", "upstream_failed"})
# A task that was left out on purpose keeps nobody waiting.
_DONE = frozenset({"success", "skipped"})


class TaskState(NamedTuple):
    """Task instances of one task in one run that share a state; more than one if it is mapped."""

    dag_id: str
    task_id: str
    run_id: str
    state: str
    start: datetime | None
    end: datetime | None


class Event(NamedTuple):
    """An asset event."""

    at: datetime


def scoped_tasks(_of: Flavour) -> Statement[TaskState]:
    """Of the given DAGs, tasks and runs, by the primary key, on 3.x task_instance_composite_key."""
    return make(
        "scoped_tasks",
        TaskState,
        "SELECT dag_id, task_id, run_id, COALESCE(state, '') AS state, min(start_date) AS start,"
        ' max(end_date) AS "end" FROM task_instance WHERE (dag_id, task_id, run_id) IN :keys'
        " GROUP BY dag_id, task_id, run_id, COALESCE(state, '')",
        reads={"task_instance": ("dag_id", "task_id", "run_id", "state", "start_date", "end_date")},
        keys=[("-", "-", "-")],
    )


def scoped_events(of: Flavour) -> Statement[Event]:
    """The newest of an asset by name or URI [idx_asset_id_timestamp, on 2.x idx_dataset_id_timestamp]."""
    asset = "asset" if of.three else "dataset"
    named = "a.uri = :asset OR a.name = :asset" if of.three else "a.uri = :asset"
    columns = ("id", "uri", "name") if of.three else ("id", "uri")
    return make(
        "scoped_events",
        Event,
        f'SELECT e."timestamp" AS at FROM {asset} a JOIN {asset}_event e ON e.{asset}_id = a.id'
        f" WHERE ({named}) AND e.source_dag_id = :dag_id"
        f' ORDER BY e."timestamp" DESC LIMIT {_EVENTS}',
        reads={asset: columns, f"{asset}_event": (f"{asset}_id", "timestamp", "source_dag_id")},
        asset="-",
        dag_id="-",
    )


def read_tasks(
    reader: Reader, wanted: Iterable[tuple[str, str]], runs: Iterable[dag_runs.Run]
) -> dict[tuple[str, str], tuple[TaskState, ...]]:
    """By DAG and task, of the runs that were read."""
    found: dict[tuple[str, str], list[TaskState]] = {key: [] for key in wanted}
    run_ids: dict[str, list[str]] = {}
    for run in runs:
        run_ids.setdefault(run.dag_id, []).append(run.run_id)
    keys = [(dag_id, task, run_id) for dag_id, task in sorted(found) for run_id in run_ids.get(dag_id, ())]
    for batch in batches(keys):
        for row in reader.rows(scoped_tasks, keys=batch):
            found[row.dag_id, row.task_id].append(row)
    return {key: tuple(rows) for key, rows in found.items()}


def read_events(
    reader: Reader, wanted: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], tuple[datetime, ...]]:
    """By DAG and asset, the newest events."""
    return {
        (dag_id, asset): tuple(row.at for row in reader.rows(scoped_events, asset=asset, dag_id=dag_id))
        for dag_id, asset in sorted(wanted)[:_MOST_ASSETS]
    }


def runs_of(rows: Iterable[TaskState], runs: Iterable[Run]) -> tuple[Run, ...]:
    """The DAG's runs as one task sees them; a finished run that has no such task is left out."""
    by_run: dict[str, list[TaskState]] = {}
    for row in rows:
        by_run.setdefault(row.run_id, []).append(row)
    return tuple(found for run in runs if (found := _run_of(by_run.get(run.run_id, ()), run)) is not None)


def _run_of(rows: Iterable[TaskState], run: Run) -> Run | None:
    states: Mapping[str, TaskState] = {row.state: row for row in rows if row.state != "removed"}
    if not states:
        waits = run.state in {"queued", "running"}
        return replace(run, state="queued", start=None, end=None) if waits else None
    if states.keys() <= _DONE:
        state = "success"
    elif states.keys() & _AT_WORK:
        state = "running"
    else:
        state = "failed" if states.keys() <= _DONE | _FAILED else "queued"
    starts = [row.start for row in states.values() if row.start is not None]
    ends = [row.end for row in states.values() if row.end is not None]
    over = state in {"success", "failed"}
    return replace(
        run,
        state=state,
        start=None if state == "queued" else min(starts, default=run.start),
        end=max(ends, default=run.end) if over else None,
    )
