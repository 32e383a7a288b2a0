"""What finished: runs, task outcomes and attempts, counted exactly and across restarts."""

from __future__ import annotations

from windsock.airflow_versions import AIRFLOW_3, spans
from windsock.metric import Database, Kind, Metric, Unit

SUBJECT = "Runs and tasks that finished"

# From seconds to a day: few, because each costs a series per label set.
_RUN_BUCKETS = (10.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 86400.0)
_TASK_BUCKETS = (1.0, 10.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 43200.0, 86400.0)
_WAIT_BUCKETS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)

_RUN = ("dag_run",)
_TASK = ("dag_run", "task_instance")
# On 2.x a task that ends is found by its job.
_ATTEMPT = ("task_instance", "job")

RUNS_FINISHED = Metric(
    name="airflow_dag_runs_finished_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("state", "run_type"),
    help="Runs that finished; a run that was cleared counts again when it finishes again.",
    subject=SUBJECT,
    source=Database(tables=_RUN, full=("dag_id",)),
)
RUN_SECONDS = Metric(
    name="airflow_dag_runs_run_seconds",
    kind=Kind.HISTOGRAM,
    unit=Unit.SECONDS,
    labels=("state", "run_type"),
    help="How long runs took from their start to their end.",
    subject=SUBJECT,
    source=Database(tables=_RUN, buckets=_RUN_BUCKETS),
)
START_DELAY = Metric(
    name="airflow_dag_runs_start_delay_seconds",
    kind=Kind.HISTOGRAM,
    unit=Unit.SECONDS,
    labels=("run_type",),
    help="How long after they were due runs started; without manual runs, backfills and cleared runs.",
    subject=SUBJECT,
    source=Database(tables=_RUN, buckets=_WAIT_BUCKETS),
)
OUTCOMES = Metric(
    name="airflow_task_instance_outcomes_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("state",),
    help="How task instances ended, also those that never ran; counted when their run finishes.",
    subject=SUBJECT,
    source=Database(tables=_TASK, full=("dag_id",)),
)
OPERATOR_OUTCOMES = Metric(
    name="airflow_task_instance_operator_outcomes_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("operator", "isolation", "state"),
    help="The same by operator, and by whether it runs its work apart from the worker.",
    subject=SUBJECT,
    source=Database(tables=_TASK),
)
RETRIES = Metric(
    name="airflow_task_instance_retries_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    help="Attempts of task instances after their first, retries and re-runs; counted when the run finishes.",
    subject=SUBJECT,
    source=Database(tables=_TASK, full=("dag_id",)),
)
SUCCESSES_AFTER_RETRY = Metric(
    name="airflow_task_instance_successes_after_retry_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    help="Task instances that succeeded at their second or a later attempt.",
    subject=SUBJECT,
    source=Database(tables=_TASK, full=("dag_id",)),
)
SLOT_SECONDS = Metric(
    name="airflow_task_instance_slot_seconds_total",
    kind=Kind.COUNTER,
    unit=Unit.SECONDS,
    help="Pool slots times duration of the last attempt of task instances, counted when their run finishes.",
    subject=SUBJECT,
    source=Database(tables=_TASK, full=("dag_id",)),
)
OPERATOR_SLOT_SECONDS = Metric(
    name="airflow_task_instance_operator_slot_seconds_total",
    kind=Kind.COUNTER,
    unit=Unit.SECONDS,
    labels=("operator", "isolation"),
    help="The same by operator, and by whether it runs its work apart from the worker.",
    subject=SUBJECT,
    source=Database(tables=_TASK),
)
ATTEMPTS_FINISHED = Metric(
    name="airflow_task_instance_attempts_finished_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("state", "queue", "pool"),
    help="Attempts that ended on a worker, seconds after they did.",
    subject=SUBJECT,
    source=Database(tables=_ATTEMPT),
)
TASK_RUN_SECONDS = Metric(
    name="airflow_task_instance_run_seconds",
    kind=Kind.HISTOGRAM,
    unit=Unit.SECONDS,
    labels=("operator",),
    help="How long attempts took; on 3.x the last poke of a sensor that reschedules itself.",
    subject=SUBJECT,
    source=Database(tables=_ATTEMPT, buckets=_TASK_BUCKETS),
)
QUEUE_WAIT = Metric(
    name="airflow_task_instance_queue_wait_seconds",
    kind=Kind.HISTOGRAM,
    unit=Unit.SECONDS,
    labels=("queue",),
    help="How long attempts were queued before they started, known when they end; without resumed ones.",
    subject=SUBJECT,
    source=Database(tables=_ATTEMPT, buckets=_WAIT_BUCKETS),
)
SCHEDULE_WAIT = Metric(
    name="airflow_task_instance_schedule_wait_seconds",
    kind=Kind.HISTOGRAM,
    unit=Unit.SECONDS,
    labels=("pool",),
    help="How long attempts were scheduled before they were queued, known when they end.",
    subject=SUBJECT,
    source=Database(tables=("task_instance",), versions=spans(AIRFLOW_3), buckets=_WAIT_BUCKETS),
)

OF_RUNS = (RUNS_FINISHED, RUN_SECONDS, START_DELAY)
OF_TASKS = (
    OUTCOMES,
    OPERATOR_OUTCOMES,
    RETRIES,
    SUCCESSES_AFTER_RETRY,
    SLOT_SECONDS,
    OPERATOR_SLOT_SECONDS,
)
OF_ATTEMPTS = (ATTEMPTS_FINISHED, TASK_RUN_SECONDS, QUEUE_WAIT, SCHEDULE_WAIT)
METRICS = (*OF_RUNS, *OF_TASKS, *OF_ATTEMPTS)
