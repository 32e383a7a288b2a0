"""What waits: for assets, deadlines, callbacks, people."""

from __future__ import annotations

from windsock.airflow_versions import since, spans
from windsock.metric import Database, Kind, Metric, Unit

SUBJECT = "Assets, deadlines, callbacks and questions"

_ASSET_QUEUE = Database(tables=("asset_dag_run_queue", "dataset_dag_run_queue"))
_SINCE_3_1 = spans(since("3.1"))
_DEADLINE = Database(tables=("deadline", "dag_run"), versions=_SINCE_3_1)
_HITL = Database(tables=("hitl_detail", "task_instance"), versions=_SINCE_3_1)

ASSET_QUEUE_EVENTS = Metric(
    name="airflow_asset_queue_events",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("dag_id",),
    help="Assets (2.x: datasets) that were updated while the DAG waits for the rest; absent without any.",
    subject=SUBJECT,
    source=_ASSET_QUEUE,
)
ASSET_QUEUE_OLDEST = Metric(
    name="airflow_asset_queue_oldest_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("dag_id",),
    help="Since when the DAG has waited for the rest of its assets (2.x: datasets); absent without any.",
    subject=SUBJECT,
    source=_ASSET_QUEUE,
)
DEADLINES_PENDING = Metric(
    name="airflow_deadlines_pending",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("dag_id",),
    help="Deadlines of runs that are neither met nor missed yet; dag_id is empty for one without a run.",
    subject=SUBJECT,
    source=_DEADLINE,
)
DEADLINE_NEXT = Metric(
    name="airflow_deadline_next_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("dag_id",),
    help="The earliest pending deadline of the DAG; absent without one.",
    subject=SUBJECT,
    source=_DEADLINE,
)
DEADLINES_OVERDUE = Metric(
    name="airflow_deadlines_overdue",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    help="Pending deadlines whose time has passed: no scheduler has called them missed yet.",
    subject=SUBJECT,
    source=Database(tables=("deadline",), versions=_SINCE_3_1),
)
CALLBACKS_PENDING = Metric(
    name="airflow_callbacks_pending",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("type", "state"),
    help="Callbacks that should run and have not finished, zero-filled for types that have been seen.",
    subject=SUBJECT,
    source=Database(tables=("callback", "callback_request")),
)
HITL_PENDING = Metric(
    name="airflow_hitl_pending",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    help="Task instances that wait for the answer of a human.",
    subject=SUBJECT,
    source=_HITL,
)
HITL_OLDEST = Metric(
    name="airflow_hitl_oldest_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    help="Since when the oldest of them has waited for the answer of a human; absent if none does.",
    subject=SUBJECT,
    source=_HITL,
)

METRICS = (
    ASSET_QUEUE_EVENTS,
    ASSET_QUEUE_OLDEST,
    DEADLINES_PENDING,
    DEADLINE_NEXT,
    DEADLINES_OVERDUE,
    CALLBACKS_PENDING,
    HITL_PENDING,
    HITL_OLDEST,
)
