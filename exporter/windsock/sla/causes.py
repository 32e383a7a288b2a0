"""Why an SLA is breached: exactly one cause, the first that applies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum

from windsock.facts import ActiveTasks, Dag, Pool, Run


class Cause(str, Enum):
    """The values of the label `cause`; `text` is what a page says."""

    PAUSED = "paused"
    NOT_SCHEDULED = "not_scheduled"
    IMPORT_ERROR = "import_error"
    MAX_ACTIVE_RUNS = "max_active_runs"
    POOL_FULL = "pool_full"
    QUEUE = "queue"
    RUNNING_LONG = "running_long"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def text(self) -> str:
        """A few words for a person."""
        return _TEXTS[self]


_TEXTS = {
    Cause.PAUSED: "the DAG is paused",
    Cause.NOT_SCHEDULED: "no run was created",
    Cause.IMPORT_ERROR: "the DAG's file has an import error",
    Cause.MAX_ACTIVE_RUNS: "blocked at max_active_runs",
    Cause.POOL_FULL: "waiting for a full pool",
    Cause.QUEUE: "waiting in the queue",
    Cause.RUNNING_LONG: "still running",
    Cause.FAILED: "the run failed",
    Cause.UNKNOWN: "unknown",
}
_AT_WORK = frozenset({"running", "restarting", "deferred", "up_for_reschedule"})


def find(dag: Dag | None, floor: datetime | None, pools: Mapping[str, Pool]) -> Cause:
    """Why no run due after `floor` has succeeded; `dag` is None for one that is gone."""
    if dag is None:
        return Cause.NOT_SCHEDULED
    if dag.paused:
        return Cause.PAUSED
    runs = [run for run in dag.runs if floor is None or run.due > floor]
    states = {run.state for run in runs}
    if "running" in states:
        return _running(dag, pools)
    return _queued(dag) if "queued" in states else _idle(dag, runs)


def _idle(dag: Dag, runs: Sequence[Run]) -> Cause:
    if dag.import_error:
        return Cause.IMPORT_ERROR
    if runs:
        return Cause.FAILED if runs[0].state == "failed" else Cause.UNKNOWN
    return Cause.MAX_ACTIVE_RUNS if dag.at_max_active_runs else Cause.NOT_SCHEDULED


def _queued(dag: Dag) -> Cause:
    # A run waits in state queued for a free place among the DAG's runs, or for a scheduler.
    if dag.at_max_active_runs or any(run.state == "running" for run in dag.runs):
        return Cause.MAX_ACTIVE_RUNS
    return Cause.IMPORT_ERROR if dag.import_error else Cause.NOT_SCHEDULED


def _running(dag: Dag, pools: Mapping[str, Pool]) -> Cause:
    states = {tasks.state for tasks in dag.tasks if tasks.count > 0}
    if any(_waits_for_pool(tasks, pools) for tasks in dag.tasks if tasks.count > 0):
        return Cause.POOL_FULL
    if states & _AT_WORK:
        return Cause.RUNNING_LONG
    if states & {"scheduled", "queued"}:
        return Cause.QUEUE
    if "up_for_retry" in states:
        return Cause.FAILED
    return Cause.IMPORT_ERROR if dag.import_error else Cause.UNKNOWN


def _waits_for_pool(tasks: ActiveTasks, pools: Mapping[str, Pool]) -> bool:
    pool = pools.get(tasks.pool)
    full = pool is not None and pool.limit is not None and pool.occupied >= pool.limit
    return full and tasks.state == "scheduled"
