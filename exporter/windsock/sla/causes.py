"""The closed list of causes."""

from __future__ import annotations

from enum import Enum


class Cause(str, Enum):
    """The values of the label `cause`; `text` is what a page says."""

    DAG_MISSING = "dag_missing"
    PAUSED = "paused"
    IMPORT_ERROR = "import_error"
    SCHEDULER_DOWN = "scheduler_down"
    MAX_ACTIVE_RUNS = "max_active_runs"
    NOT_SCHEDULED = "not_scheduled"
    POOL_MISSING = "pool_missing"
    POOL_FULL = "pool_full"
    QUEUE = "queue"
    WAITING_UPSTREAM = "waiting_upstream"
    RETRYING = "retrying"
    RUNNING_LONG = "running_long"
    UPSTREAM_FAILED = "upstream_failed"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def text(self) -> str:
        """A few words for a person."""
        return _TEXTS[self]


_TEXTS = {
    Cause.DAG_MISSING: "the DAG is gone",
    Cause.PAUSED: "the DAG is paused",
    Cause.IMPORT_ERROR: "the DAG's file has an import error",
    Cause.SCHEDULER_DOWN: "no scheduler is alive",
    Cause.MAX_ACTIVE_RUNS: "blocked at max_active_runs",
    Cause.NOT_SCHEDULED: "no run was created",
    Cause.POOL_MISSING: "waiting for a pool that does not exist",
    Cause.POOL_FULL: "waiting for a full pool",
    Cause.QUEUE: "waiting in the queue",
    Cause.WAITING_UPSTREAM: "waiting for something upstream",
    Cause.RETRYING: "a task failed and tries again",
    Cause.RUNNING_LONG: "still running",
    Cause.UPSTREAM_FAILED: "something upstream failed",
    Cause.FAILED: "the run failed",
    Cause.UNKNOWN: "unknown",
}
