"""The rows that statements return; times are aware and in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Clock(NamedTuple):
    """The database's clock."""

    now: datetime


class Revision(NamedTuple):
    """alembic_version."""

    version_num: str


class Server(NamedTuple):
    """The server's own version."""

    version: str


class Heartbeat(NamedTuple):
    """The job of its type with the newest heartbeat."""

    job_type: str
    state: str | None
    heartbeat: datetime


class Alive(NamedTuple):
    """Fresh jobs by type."""

    job_type: str
    jobs: int


class ActiveTasks(NamedTuple):
    """Unfinished task instances that have a state."""

    state: str
    pool: str
    queue: str
    tasks: int
    slots: int
    oldest_queued: datetime | None
    oldest_scheduled: datetime | None
    stuck: int


class Waiting(NamedTuple):
    """How many task instances have no state."""

    waiting: int


class NewestRun(NamedTuple):
    """The highest serial id, None in an empty table."""

    newest: int | None


class Pool(NamedTuple):
    """slot_pool; -1 slots mean no limit."""

    pool: str
    slots: int
    include_deferred: bool


class Start(NamedTuple):
    """The last start on a queue."""

    queue: str
    started: datetime


class JobId(NamedTuple):
    """The id of a job."""

    id: int


class Dag(NamedTuple):
    """dag, as both majors have it."""

    dag_id: str
    paused: bool
    stale: bool
    owners: str | None
    schedule: str | None
    next_run: datetime | None
    create_after: datetime | None
    interval_end: datetime | None
    exceeds_max_active_runs: bool
    import_errors: bool
    file: str | None


class Tag(NamedTuple):
    """dag_tag."""

    dag_id: str
    name: str


class ActiveRun(NamedTuple):
    """A queued or running run."""

    dag_id: str
    run_id: str
    run_type: str
    state: str
    due: datetime
    queued_at: datetime | None
    start: datetime | None


class NewRun(NamedTuple):
    """A run by its serial id."""

    id: int
    dag_id: str
    run_type: str
    created: datetime | None


class Run(NamedTuple):
    """A run, for results and SLAs."""

    dag_id: str
    run_id: str
    run_type: str
    state: str
    due: datetime
    logical: datetime | None
    start: datetime | None
    end: datetime | None


class DagTasks(NamedTuple):
    """Unfinished task instances of one DAG."""

    dag_id: str
    state: str
    pool: str
    queue: str
    tasks: int


class ImportError_(NamedTuple):  # noqa: N801 (ImportError is taken)
    """import_error without its stack trace."""

    bundle: str
    file: str


class Triggers(NamedTuple):
    """Triggers by triggerer, which is a job; None for those that no triggerer has taken."""

    triggerer: int | None
    triggers: int
    oldest: datetime


class TaskCount(NamedTuple):
    """How many task instances."""

    tasks: int


class Warnings(NamedTuple):
    """dag_warning by type."""

    warning_type: str
    warnings: int


class Bundle(NamedTuple):
    """An active bundle; never refreshed: None."""

    bundle: str
    refreshed: datetime | None


class Backfills(NamedTuple):
    """Backfills of a DAG that are not completed."""

    dag_id: str
    backfills: int


class AssetQueue(NamedTuple):
    """Asset events that a DAG holds while it waits for the rest of its assets."""

    dag_id: str
    events: int
    oldest: datetime


class Callbacks(NamedTuple):
    """Callbacks that nobody has finished."""

    type: str
    state: str
    callbacks: int


class Question(NamedTuple):
    """A question to a human that has no answer, and the task instance that asks it."""

    task: str
    asked: datetime


class TaskId(NamedTuple):
    """The id of a task instance of 3.x."""

    task: str


class Deadlines(NamedTuple):
    """Deadlines of a run that are neither met nor missed."""

    run: int | None
    deadlines: int
    overdue: int
    next: datetime


class RunDag(NamedTuple):
    """The DAG of a run, by the run's serial id."""

    run: int
    dag_id: str


class TableSize(NamedTuple):
    """A table as PostgreSQL's statistics know it; -1 rows before the first ANALYZE."""

    table: str
    rows: int
    bytes: int
    dead: int


class Oldest(NamedTuple):
    """The time of the row with the lowest id."""

    oldest: datetime | None
