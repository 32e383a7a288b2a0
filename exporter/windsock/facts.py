"""What the metadata database says at one moment: read by `metadb`, used by `sla` and the pages.

All times are aware datetimes in UTC. `now` is the database's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One DAG run other than a backfill.

    Attributes:
        due: `run_after` on 3.x, `data_interval_end` on 2.x.
        state: queued, running, success or failed.
    """

    run_id: str
    run_type: str
    state: str
    due: datetime
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveTasks:
    """Unfinished task instances of one DAG that share state, pool and queue."""

    state: str
    pool: str
    queue: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dag:
    """One DAG that is not stale.

    Attributes:
        scheduled: has a time schedule (never None, asset-only, @once, @continuous).
        next_due: due time of the next run that does not exist yet; kept while paused or blocked.
        at_max_active_runs: the scheduler creates no run because of max_active_runs.
        runs: newest due first, at most 20, active and finished; empty unless an SLA names the DAG.
        tasks: unfinished task instances; empty unless an SLA names the DAG.
    """

    dag_id: str
    paused: bool
    import_error: bool
    scheduled: bool
    next_due: datetime | None
    at_max_active_runs: bool
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    file: str | None = None
    team: str = "default"
    schedule: str = ""
    runs: tuple[Run, ...] = ()
    tasks: tuple[ActiveTasks, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool; `limit` is None where it has none."""

    limit: int | None
    occupied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything of one cycle."""

    now: datetime
    dags: Mapping[str, Dag] = field(default_factory=dict)
    pools: Mapping[str, Pool] = field(default_factory=dict)
