"""Tasks: starts, ends, failures, durations, waiting times."""

from __future__ import annotations

from collections.abc import Mapping

from windsock.airflow_versions import AIRFLOW_2, AIRFLOW_3, between, since, until
from windsock.catalog.statsd.build import TASK, WAIT, counter, gauge, timer
from windsock.metric import Metric, Stability, Unit
from windsock.wire import Form, Line, Profile, Timing

SUBJECT = "StatsD: tasks"

_TASK = ("dag_id", "task_id")
# The task processes of 3.0 send nothing.
_NOT_3_0 = (*AIRFLOW_2, *since("3.1"))

TI_START = counter(
    "airflow_ti_start_total",
    Line(name="ti.start", legacy="ti.start.{dag_id}.{task_id}", versions=_NOT_3_0, tags=_TASK),
    labels=_TASK,
    help="Task tries that began to run; mapped tasks count under one task_id.",
    subject=SUBJECT,
)
TI_FINISH = counter(
    "airflow_ti_finish_total",
    Line(
        name="ti.finish",
        legacy="ti.finish.{dag_id}.{task_id}.{state}",
        versions=_NOT_3_0,
        tags=(*_TASK, "state"),
    ),
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
    Line(name="ti_successes", versions=_NOT_3_0, tags=_TASK),
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


def _operator(what: str, tags: Mapping[tuple[str, ...], tuple[str, ...]], help_: str) -> Metric:
    """The tag has another name in each version; before 3.3 the legacy name brings them under one."""
    return counter(
        f"airflow_operator_{what}_total",
        *(
            Line(
                name=f"operator_{what}",
                legacy=f"operator_{what}_{{operator_name}}",
                versions=versions,
                tags=(*_TASK, *own),
                keep={} if own == ("operator_name",) else {Profile.TAGS: (Form.LEGACY,)},
            )
            for versions, own in tags.items()
        ),
        labels=("operator_name",),
        help=help_,
        subject=SUBJECT,
    )


OPERATOR_FAILURES = _operator(
    "failures",
    {until("3.1"): ("operator",), ("3.2",): ("operator", "operator_name"), ("3.3",): ("operator_name",)},
    "Failed task tries by operator, retried ones included.",
)
OPERATOR_SUCCESSES = _operator(
    "successes",
    {AIRFLOW_2: ("task_type",), between("3.1", "3.2"): ("operator",), ("3.3",): ("operator_name",)},
    "Successful task tries by operator.",
)
TASK_DURATION = timer(
    "airflow_task_duration_seconds",
    Line(
        name=None,
        legacy="dag.{dag_id}.{task_id}.duration",
        versions=until("2.8"),
        legacy_tags=_TASK,
        timing=Timing.TIMER,
    ),
    Line(
        name="task.duration",
        legacy="dag.{dag_id}.{task_id}.duration",
        versions=between("2.9", "2.11"),
        tags=_TASK,
        timing=Timing.TIMER,
    ),
    Line(
        name="task.duration",
        legacy="dag.{dag_id}.{task_id}.duration",
        versions=since("3.1"),
        tags=_TASK,
        timing=Timing.MILLISECONDS,
    ),
    buckets=TASK,
    labels=_TASK,
    help="How long a task try ran; on 2.x its execute() only, on 3.x with the start of its process.",
    subject=SUBJECT,
)


def _waiting(what: str) -> tuple[Line, ...]:
    """2.7, 2.8, 2.9.0 to 2.9.2 and 2.11 send seconds, 2.11 only while timer_unit_consistency is off."""
    name, legacy = f"task.{what}_duration", f"dag.{{dag_id}}.{{task_id}}.{what}_duration"
    in_seconds = ("2.7", "2.8", "2.11")
    return (
        Line(name=name, legacy=legacy, versions=in_seconds, tags=_TASK, timing=Timing.SECONDS),
        Line(name=name, legacy=legacy, versions=("2.9",), tags=_TASK, seconds_before="2.9.3"),
        Line(name=name, legacy=legacy, versions=("2.10",), tags=_TASK),
    )


TASK_QUEUED_DURATION = timer(
    "airflow_task_queued_duration_seconds",
    *_waiting("queued"),
    buckets=WAIT,
    labels=("dag_id",),
    help="How long a task try was queued before it ran; never sent by 3.x.",
    subject=SUBJECT,
)
TASK_SCHEDULED_DURATION = timer(
    "airflow_task_scheduled_duration_seconds",
    *_waiting("scheduled"),
    Line(
        name="task.scheduled_duration",
        legacy="dag.{dag_id}.{task_id}.scheduled_duration",
        versions=AIRFLOW_3,
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
    Line(name="zombies_killed", versions=AIRFLOW_2, tags=_TASK),
    Line(name="task_instances_without_heartbeats_killed", versions=AIRFLOW_3, tags=_TASK),
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
            versions=versions,
            tags=("queue", *_TASK),
            fixed={"state": state},
        )
        for state, versions in (
            ("scheduled", since("3.2")),
            ("queued", since("3.2")),
            ("running", AIRFLOW_3),
            ("deferred", since("3.2")),
        )
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
    Line(name="local_task_job.task_exit", versions=AIRFLOW_2, tags=("job_id", *_TASK, "return_code")),
    labels=(*_TASK, "return_code"),
    help="Task processes that ended, by return code; -9 was killed.",
    subject=SUBJECT,
)
TASK_GAVE_UP = counter(
    "airflow_task_prolonged_heartbeat_failures_total",
    Line(name="local_task_job_prolonged_heartbeat_failure", versions=AIRFLOW_2),
    help="Tasks that ended themselves because they could not write their heartbeat.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
TASK_CPU_USAGE = gauge(
    "airflow_task_cpu_usage_percent",
    Line(name=None, legacy="task.cpu_usage.{dag_id}.{task_id}", versions=between("2.10", "2.11")),
    ttl="30s",
    unit=Unit.PERCENT,
    labels=_TASK,
    help="Percent of one core that the running task uses.",
    subject=SUBJECT,
)
TASK_MEMORY_USAGE = gauge(
    "airflow_task_memory_usage_percent",
    Line(name=None, legacy="task.mem_usage.{dag_id}.{task_id}", versions=between("2.10", "2.11")),
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
