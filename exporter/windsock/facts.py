"""What the metadata database says at one moment: read by `metadb`, used by `sla` and the pages.

All times are aware datetimes in UTC. `now` is the database's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from windsock.sla.flight import Flight


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One DAG run other than a backfill.

    Attributes:
        due: `run_after` on 3.x, `data_interval_end` on 2.x.
        state: queued, running, success or failed.
        start: None too for a run of `airflow dags test`, which writes another time there.
        asked_later: it was asked for after it was due, as manual runs of 2.x are: they share their due time
            with the scheduled run before.
    """

    run_id: str
    run_type: str
    state: str
    due: datetime
    start: datetime | None
    end: datetime | None
    asked_later: bool = False


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
        runs: newest due first, the newest 20 of any state and older ones that are active; empty unless an SLA
            speaks of the DAG.
        tasks: unfinished task instances; empty unless an SLA speaks of the DAG.
        history: finished runs, the newest hundred as of some minutes ago; empty unless an SLA counts them.
        usual: seconds that half of its runs take at most; None while that is not known.
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
    history: tuple[Run, ...] = ()
    usual: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool; `limit` is None where it has none."""

    limit: int | None
    occupied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSeen:
    """A task instance that keeps a run from succeeding.

    Attributes:
        task_id: with `[map index]` where it is mapped; empty where it stands for any of that state and place.
        since: when it began to wait in its state, or its last try began.
        until: when that ended.
        tries: begun, the last one included.
        most_tries: that it has.
        is_sensor: it waits for something else.
    """

    state: str
    pool: str
    queue: str
    task_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    tries: int = 1
    most_tries: int = 1
    is_sensor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingAsset:
    """An asset that a DAG waits for; `producer` is a DAG that makes it, empty if none is known."""

    asset: str
    producer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPromise:
    """A deadline, or a missed SLA of 2.x, that Airflow itself holds, of a run that has not succeeded.

    Attributes:
        kind: `airflow_deadline` or `airflow_sla_miss`.
        state, due: of the run.
        deadline: of a missed SLA, when Airflow noticed it.
        missed: Airflow says so; a deadline that has passed may still be to be seen by the scheduler.
        task_id: of a missed SLA.
    """

    kind: str
    dag_id: str
    run_id: str
    state: str
    due: datetime
    deadline: datetime
    missed: bool
    task_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything of one cycle.

    Attributes:
        watched: the DAGs whose runs and tasks were read; None stands for all.
        tags_known: whether `tags` of the DAGs, and teams that follow from them, are fresh.
        flights: of DAGs with a run under way, as far as that is known.
        scheduler_alive: whether one had a heartbeat in the last half minute; True while that is unknown.
        tasks_of_runs: unfinished and failed ones, by DAG and run, where they keep an SLA from being met.
        missing_assets: by DAG, of those whose SLA is not kept only.
        task_runs: by DAG and task of which an SLA speaks, the DAG's runs with the task's state and times.
        asset_events: by DAG and asset of which an SLA speaks, when the DAG updated it: the last 20 times.
        own: what Airflow itself holds of deadlines; None while that is not known.
        broken: the file of each DAG that is gone because its file has an import error.
        last_failed: DAGs whose newest finished run failed.
        waits: by pool and queue, for how many seconds the task instance has waited there that waits longest.
    """

    now: datetime
    dags: Mapping[str, Dag] = field(default_factory=dict)
    pools: Mapping[str, Pool] = field(default_factory=dict)
    watched: frozenset[str] | None = None
    tags_known: bool = True
    flights: Mapping[str, Flight] = field(default_factory=dict)
    waits: Mapping[tuple[str, str], float] = field(default_factory=dict)
    scheduler_alive: bool = True
    tasks_of_runs: Mapping[tuple[str, str], tuple[TaskSeen, ...]] = field(default_factory=dict)
    missing_assets: Mapping[str, tuple[MissingAsset, ...]] = field(default_factory=dict)
    task_runs: Mapping[tuple[str, str], tuple[Run, ...]] = field(default_factory=dict)
    asset_events: Mapping[tuple[str, str], tuple[datetime, ...]] = field(default_factory=dict)
    own: tuple[OwnPromise, ...] | None = None
    broken: Mapping[str, str] = field(default_factory=dict)
    last_failed: frozenset[str] = frozenset()
