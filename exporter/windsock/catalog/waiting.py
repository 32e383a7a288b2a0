"""What waits: for assets, deadlines, callbacks, people."""

from __future__ import annotations

from windsock.airflow_versions import AIRFLOW_2, since, spans
from windsock.cardinality import Preset
from windsock.metric import Database, Kind, Metric, Unit

SUBJECT = "Assets, deadlines, callbacks and questions"

_ASSET_QUEUE = Database(tables=("asset_dag_run_queue", "dataset_dag_run_queue"))
_ASSET_EVENT = Database(
    tables=("asset", "asset_active", "asset_event", "dataset", "dataset_event"), least=Preset.DEFAULT
)
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
ASSET_LAST_EVENT = Metric(
    name="airflow_asset_last_event_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("asset",),
    help="When the asset (2.x: dataset, by its URI) was updated last; of the first 200 of --assets by name.",
    subject=SUBJECT,
    source=_ASSET_EVENT,
)
ASSET_EVENTS = Metric(
    name="airflow_asset_events_recorded_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("asset",),
    help="Updates of the asset (2.x: dataset, by its URI); those of all others count for an empty name.",
    subject=SUBJECT,
    source=_ASSET_EVENT,
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
DEADLINES_MISSED = Metric(
    name="airflow_deadlines_missed_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("dag_id", "alert"),
    help="Deadlines that a scheduler called missed; alert is the deadline's name (3.2), empty without one.",
    subject=SUBJECT,
    source=Database(
        tables=("deadline", "deadline_alert", "dag_run"), versions=_SINCE_3_1, least=Preset.DEFAULT
    ),
)
SLA_MISSES = Metric(
    name="airflow_sla_misses_recorded_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("dag_id",),
    help="Missed SLAs of tasks that Airflow 2 recorded (`sla=` of a task); Airflow 3 has none.",
    subject=SUBJECT,
    source=Database(tables=("sla_miss",), versions=spans(AIRFLOW_2), least=Preset.DEFAULT),
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
    ASSET_LAST_EVENT,
    ASSET_EVENTS,
    DEADLINES_PENDING,
    DEADLINE_NEXT,
    DEADLINES_OVERDUE,
    DEADLINES_MISSED,
    SLA_MISSES,
    CALLBACKS_PENDING,
    HITL_PENDING,
    HITL_OLDEST,
)
