"""Triggers, which deferred tasks wait for."""

from __future__ import annotations

from windsock.metric import Database, Kind, Metric, Unit

SUBJECT = "Triggers"

TRIGGERS = Metric(
    name="airflow_triggers",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("triggerer",),
    help="Triggers by whether their triggerer is alive, dead (silent for 30 s), or none has taken them.",
    subject=SUBJECT,
    source=Database(tables=("trigger", "job")),
)
UNASSIGNED = Metric(
    name="airflow_triggers_unassigned",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    help="Triggers that no living triggerer runs, so that their deferred tasks wait in vain.",
    subject=SUBJECT,
    source=Database(tables=("trigger", "job")),
)
OLDEST = Metric(
    name="airflow_trigger_oldest_created_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    help="When the oldest trigger was created; absent if there is none.",
    subject=SUBJECT,
    source=Database(tables=("trigger",)),
)
DEFERRED_OVERDUE = Metric(
    name="airflow_task_instances_deferred_overdue",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    help="Deferred task instances past the timeout of their trigger, which no scheduler has ended yet.",
    subject=SUBJECT,
    source=Database(tables=("task_instance",)),
)

METRICS = (TRIGGERS, UNASSIGNED, OLDEST, DEFERRED_OVERDUE)
