"""What the simulated Airflow has: runs, task instances, and the kinds of tasks in its DAGs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

FINAL = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a task is.

    Attributes:
        way: how it ends: `run`, `empty`, `skip` (by a branch), `skip_itself`, `defer`, `remove`.
        after: the task that it waits for.
    """

    task_id: str
    operator: str
    label: str = ""
    isolation: str = "shared"
    way: str = "run"
    after: str = ""
    mapped: int = 0
    pool: str = "default_pool"
    slots: int = 1
    queue: str = "default"
    retries: int = 2


@dataclass(slots=True, kw_only=True, eq=False)
class Task:
    """A task instance as it stands in the table.

    Attributes:
        fresh: ended since its run's last finish that could be seen.
        attempt: what the exporter knows the last attempt by; empty if there was none since it was cleared.
        retries: attempts after the first, as of its run's last finish that could be seen.
    """

    kind: Kind
    map_index: int
    key: str
    state: str | None = None
    try_number: int = 0
    start: datetime | None = None
    end: datetime | None = None
    queued: datetime | None = None
    scheduled: datetime | None = None
    resumed: bool = False
    fresh: bool = False
    attempt: str = ""
    retries: int = 0

    @property
    def duration(self) -> float:
        """Seconds from the start to the end."""
        return (self.end - self.start).total_seconds() if self.start and self.end else 0.0


@dataclass(slots=True, kw_only=True, eq=False)
class Run:
    """A run as it stands in the table."""

    id: int
    dag_id: str
    run_id: str
    run_type: str
    due: datetime
    state: str = "queued"
    queued: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None
    cleared: int = 0
    tasks: list[Task] = field(default_factory=list)
    finishes: int = 0


# A DAG with everything: retries, what follows on success only, mapped tasks, and what never runs on a worker.
SHOP = (
    Kind(task_id="extract", operator="BashOperator"),
    Kind(task_id="start", operator="EmptyOperator", way="empty"),
    Kind(task_id="wait", operator="DateTimeSensorAsync", way="defer", after="start"),
    Kind(task_id="load", operator="_VenvOperator", label="@task.virtualenv", isolation="isolated", mapped=3),
    Kind(task_id="gone", operator="BashOperator", way="remove", mapped=2),
    Kind(task_id="not_today", operator="BashOperator", way="skip", after="extract"),
    Kind(task_id="maybe", operator="PythonOperator", way="skip_itself", after="extract"),
    Kind(
        task_id="report",
        operator="KubernetesPodOperator",
        isolation="isolated",
        after="extract",
        pool="reports",
        slots=2,
        queue="k8s",
        retries=1,
    ),
)
# The same for the DAGs about which nothing exact can be said.
HASTY = (Kind(task_id="hurry", operator="HastyOperator", pool="hasty", queue="hasty", retries=0),)
