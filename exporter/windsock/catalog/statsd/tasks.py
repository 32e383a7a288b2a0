"""Tasks: starts, ends, failures, durations, waiting times."""

from __future__ import annotations

from windsock.catalog.statsd.build import TASK, WAIT, counter, gauge, timer
from windsock.metric import Metric, Stability, Unit
from windsock.wire import Form, Line, Profile

SUBJECT = "StatsD: tasks"

_TASK = ("dag_id", "task_id")

TI_START = counter(
    "airflow_ti_start_total",
    Line(name="ti.start", legacy="ti.start.{dag_id}.{task_id}", tags=_TASK),
    labels=_TASK,
    help="Task tries that began to run; mapped tasks count under one task_id.",
    subject=SUBJECT,
)
TI_FINISH = counter(
    "airflow_ti_finish_total",
    Line(name="ti.finish", legacy="ti.finish.{dag_id}.{task_id}.{state}", tags=(*_TASK, "state")),
    labels=(*_TASK, "state"),
    help="Tries that left the worker, by state: retries and deferrals count too, killed tasks do not.",
    subject=SUBJECT,
)
TI_FAILURES = counter(
    "airflow_ti_failures_total",
    Line(name="ti_failures", tags=_TASK),
    labels=_TASK,
    help="Failed task tries, those that will be retried and those killed or lost included.",
    subject=SUBJECT,
)
TI_SUCCESSES = counter(
    "airflow_ti_successes_total",
    Line(name="ti_successes", tags=_TASK),
    labels=_TASK,
    help="Task tries that succeeded.",
    subject=SUBJECT,
)
TI_PREVIOUSLY_SUCCEEDED = counter(
    "airflow_ti_previously_succeeded_total",
    Line(name="previously_succeeded", tags=_TASK),
    labels=_TASK,
    help="Task tries that began although the task instance had already succeeded.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)


def _operator(what: str, tag: str, help_: str) -> Metric:
    legacy = f"operator_{what}_{{operator_name}}"
    return counter(
        f"airflow_operator_{what}_total",
        # The tag has another name for each of the two; the legacy name brings it under one.
        Line(
            name=f"operator_{what}",
            legacy=legacy,
            versions=("2.11",),
            tags=(*_TASK, tag),
            keep={Profile.TAGS: (Form.LEGACY,)},
        ),
        Line(name=f"operator_{what}", legacy=legacy, versions=("3.3",), tags=(*_TASK, "operator_name")),
        labels=("operator_name",),
        help=help_,
        subject=SUBJECT,
    )


OPERATOR_FAILURES = _operator("failures", "operator", "Failed task tries by operator, retried ones included.")
OPERATOR_SUCCESSES = _operator("successes", "task_type", "Successful task tries by operator.")
TASK_DURATION = timer(
    "airflow_task_duration_seconds",
    Line(name="task.duration", legacy="dag.{dag_id}.{task_id}.duration", tags=_TASK),
    buckets=TASK,
    labels=_TASK,
    help="How long a task try ran; on 2.x its execute() only, on 3.x with the start of its process.",
    subject=SUBJECT,
)
TASK_QUEUED_DURATION = timer(
    "airflow_task_queued_duration_seconds",
    # Seconds sent as milliseconds, unless timer_unit_consistency is on.
    Line(
        name="task.queued_duration",
        legacy="dag.{dag_id}.{task_id}.queued_duration",
        versions=("2.11",),
        tags=_TASK,
        scale=1000,
    ),
    buckets=WAIT,
    labels=("dag_id",),
    help="How long a task try was queued before it ran; never sent by 3.x.",
    subject=SUBJECT,
)
TASK_SCHEDULED_DURATION = timer(
    "airflow_task_scheduled_duration_seconds",
    # Seconds sent as milliseconds, unless timer_unit_consistency is on.
    Line(
        name="task.scheduled_duration",
        legacy="dag.{dag_id}.{task_id}.scheduled_duration",
        versions=("2.11",),
        tags=_TASK,
        scale=1000,
    ),
    Line(
        name="task.scheduled_duration",
        legacy="dag.{dag_id}.{task_id}.scheduled_duration",
        versions=("3.3",),
        tags=(*_TASK, "queue"),
    ),
    buckets=WAIT,
    labels=("dag_id", "queue"),
    help="How long a try was scheduled before it was queued; on 2.x retries only, since their first start.",
    subject=SUBJECT,
)
TASK_INSTANCES_CREATED = counter(
    "airflow_task_instances_created_total",
    Line(
        name="task_instance_created",
        legacy="task_instance_created_{task_type}",
        tags=("dag_id", "run_type", "task_type"),
    ),
    labels=("task_type",),
    help="Task instances created, by operator.",
    subject=SUBJECT,
)
TASK_REMOVED = counter(
    "airflow_task_removed_from_dag_total",
    Line(name="task_removed_from_dag", legacy="task_removed_from_dag.{dag_id}", tags=("dag_id", "run_type")),
    labels=("dag_id",),
    help="Task instances whose task is gone from the DAG.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
TASK_RESTORED = counter(
    "airflow_task_restored_to_dag_total",
    Line(name="task_restored_to_dag", legacy="task_restored_to_dag.{dag_id}", tags=("dag_id", "run_type")),
    labels=("dag_id",),
    help="Task instances whose task came back into the DAG.",
    subject=SUBJECT,
)
HEARTBEATS_LOST = counter(
    "airflow_task_instances_without_heartbeats_killed_total",
    Line(name="zombies_killed", versions=("2.11",), tags=_TASK),
    Line(name="task_instances_without_heartbeats_killed", versions=("3.3",), tags=_TASK),
    labels=_TASK,
    help="Tasks that the scheduler failed because they sent no heartbeat any more (zombies).",
    subject=SUBJECT,
)
TI_CURRENT = gauge(
    "airflow_ti_current",
    *(
        Line(
            name=f"ti.{state}",
            legacy=f"ti.{state}.{{queue}}.{{dag_id}}.{{task_id}}",
            versions=("3.3",),
            tags=("queue", *_TASK),
            fixed={"state": state},
        )
        for state in ("scheduled", "queued", "running", "deferred")
    ),
    Line(
        name="ti.awaiting_input",
        versions=("3.3",),
        tags=("queue", *_TASK),
        fixed={"state": "awaiting_input"},
        without_ids=False,
    ),
    ttl="90s",
    labels=("state", "queue", *_TASK),
    help="Task instances in this state now; every scheduler sends the same table.",
    subject=SUBJECT,
)
TASK_EXITS = counter(
    "airflow_task_process_exits_total",
    Line(name="local_task_job.task_exit", versions=("2.11",), tags=("job_id", *_TASK, "return_code")),
    labels=(*_TASK, "return_code"),
    help="Task processes that ended, by return code; -9 was killed.",
    subject=SUBJECT,
)
TASK_GAVE_UP = counter(
    "airflow_task_prolonged_heartbeat_failures_total",
    Line(name="local_task_job_prolonged_heartbeat_failure", versions=("2.11",)),
    help="Tasks that ended themselves because they could not write their heartbeat.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
TASK_CPU_USAGE = gauge(
    "airflow_task_cpu_usage_percent",
    Line(name=None, legacy="task.cpu_usage.{dag_id}.{task_id}", versions=("2.11",)),
    ttl="30s",
    unit=Unit.PERCENT,
    labels=_TASK,
    help="Percent of one core that the running task uses.",
    subject=SUBJECT,
)
TASK_MEMORY_USAGE = gauge(
    "airflow_task_memory_usage_percent",
    Line(name=None, legacy="task.mem_usage.{dag_id}.{task_id}", versions=("2.11",)),
    ttl="30s",
    unit=Unit.PERCENT,
    labels=_TASK,
    help="Percent of the machine's memory that the running task uses.",
    subject=SUBJECT,
)

METRICS = (
    TI_START,
    TI_FINISH,
    TI_FAILURES,
    TI_SUCCESSES,
    TI_PREVIOUSLY_SUCCEEDED,
    OPERATOR_FAILURES,
    OPERATOR_SUCCESSES,
    TASK_DURATION,
    TASK_QUEUED_DURATION,
    TASK_SCHEDULED_DURATION,
    TASK_INSTANCES_CREATED,
    TASK_REMOVED,
    TASK_RESTORED,
    HEARTBEATS_LOST,
    TI_CURRENT,
    TASK_EXITS,
    TASK_GAVE_UP,
    TASK_CPU_USAGE,
    TASK_MEMORY_USAGE,
)
