"""Unfinished task instances, queues and pools."""

from __future__ import annotations

from windsock.airflow_versions import since, spans
from windsock.cardinality import Preset
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
    source=Database(tables=("task_instance",), full=("executor",)),
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
USUAL_RUNNING = Metric(
    name="airflow_queue_usual_running_tasks",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("queue",),
    help="Running tasks as usual at this hour: median of the last 7 days; absent before 3 days are known.",
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
REQUEUES = Metric(
    name="airflow_queue_requeues_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("queue",),
    help="Task instances that a scheduler scheduled anew, as they had been queued for too long.",
    subject=SUBJECT,
    source=Database(tables=("log", "task_instance"), versions=spans(since("2.10"))),
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

POOL_SLOTS = Metric(
    name="airflow_task_instance_pool_slots",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("pool", "state"),
    help="Pool slots of scheduled, queued, running and deferred task instances, zero-filled.",
    subject=SUBJECT,
    source=Database(tables=("task_instance",), least=Preset.DEFAULT),
)
POOL_TOP_HOLDER = Metric(
    name="airflow_pool_top_holder_slots",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("pool", "dag_id"),
    help="Slots that a DAG holds of a full pool, the five DAGs that hold most; absent while slots are free.",
    subject=SUBJECT,
    source=Database(tables=("slot_pool", "task_instance")),
)
SCHEDULED_BLOCKED = Metric(
    name="airflow_task_instances_scheduled_blocked",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("reason", "pool"),
    help="Scheduled task instances by what holds them first; ready: nothing but scheduler and executor.",
    subject=SUBJECT,
    source=Database(tables=("task_instance", "dag_run", "dag", "slot_pool")),
)
ORPHANED = Metric(
    name="airflow_task_instances_orphaned",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("state",),
    help="Unfinished task instances whose run has finished or is gone: no scheduler looks at them.",
    subject=SUBJECT,
    source=Database(tables=("task_instance", "dag_run")),
)
OVERRUNNING = Metric(
    name="airflow_task_instances_overrunning",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("dag_id",),
    help="Task instances that run for over twice the p95 of their task's last successes; absent if none.",
    subject=SUBJECT,
    source=Database(tables=("task_instance",), least=Preset.DEFAULT),
)

METRICS = (
    TASK_INSTANCES,
    TASK_INSTANCES_WAITING,
    QUEUE_OLDEST_AGE,
    QUEUE_LAST_START,
    USUAL_RUNNING,
    STUCK_QUEUED,
    REQUEUES,
    STALE_HEARTBEAT,
    POOL_LIMIT,
    POOL_OCCUPIED,
    POOL_DEMANDED,
    POOL_SLOTS,
    POOL_TOP_HOLDER,
    SCHEDULED_BLOCKED,
    ORPHANED,
    OVERRUNNING,
)
