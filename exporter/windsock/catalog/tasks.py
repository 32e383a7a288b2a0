"""Unfinished task instances, queues and pools."""

from __future__ import annotations

from windsock.metric import Database, Kind, Metric, Unit

SUBJECT = "Tasks, queues and pools"

_TI = Database(tables=("task_instance",))

TASK_INSTANCES = Metric(
    name="airflow_task_instances",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("state", "pool", "queue"),
    help="Unfinished task instances that have a state, zero-filled for pools and queues that have been seen.",
    subject=SUBJECT,
    source=_TI,
)
TASK_INSTANCES_WAITING = Metric(
    name="airflow_task_instances_waiting",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    help="Task instances without a state: created, waiting for upstream tasks.",
    subject=SUBJECT,
    source=_TI,
)
QUEUE_OLDEST_AGE = Metric(
    name="airflow_queue_oldest_task_age_seconds",
    kind=Kind.GAUGE,
    unit=Unit.SECONDS,
    labels=("queue", "state"),
    help="How long the oldest task instance of this queue has been scheduled or queued; 0 if there is none.",
    subject=SUBJECT,
    source=_TI,
)
QUEUE_LAST_START = Metric(
    name="airflow_queue_last_task_start_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("queue",),
    help="When a task of this queue started last; absent until the exporter has seen one.",
    subject=SUBJECT,
    source=_TI,
)
STUCK_QUEUED = Metric(
    name="airflow_task_instances_stuck_queued",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("queue",),
    help="Task instances queued for more than 600 seconds; a scheduler requeues or fails them about then.",
    subject=SUBJECT,
    source=_TI,
)
STALE_HEARTBEAT = Metric(
    name="airflow_task_instances_stale_heartbeat",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    help="Task instances that run by the database, yet whose worker has sent no heartbeat for 300 seconds.",
    subject=SUBJECT,
    source=Database(tables=("task_instance", "job")),
)
POOL_LIMIT = Metric(
    name="airflow_pool_slots_limit",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("pool",),
    help="Slots of the pool; absent for a pool without limit.",
    subject=SUBJECT,
    source=Database(tables=("slot_pool",)),
)
POOL_OCCUPIED = Metric(
    name="airflow_pool_slots_occupied",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("pool",),
    help="Slots taken by running and queued tasks, and by deferred ones where the pool counts them.",
    subject=SUBJECT,
    source=Database(tables=("slot_pool", "task_instance")),
)
POOL_DEMANDED = Metric(
    name="airflow_pool_slots_demanded",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("pool",),
    help="Slots that scheduled tasks are waiting for: the pool's backlog.",
    subject=SUBJECT,
    source=_TI,
)

METRICS = (
    TASK_INSTANCES,
    TASK_INSTANCES_WAITING,
    QUEUE_OLDEST_AGE,
    QUEUE_LAST_START,
    STUCK_QUEUED,
    STALE_HEARTBEAT,
    POOL_LIMIT,
    POOL_OCCUPIED,
    POOL_DEMANDED,
)
