"""DAG runs: durations and delays; assets, deadlines and the SLA misses of 2.x."""

from __future__ import annotations

from windsock.airflow_versions import AIRFLOW_2, AIRFLOW_3, since, until
from windsock.catalog.statsd.build import CHECK, RUN, WAIT, counter, gauge, timer
from windsock.wire import Form, Line, Profile, Timing

SUBJECT = "StatsD: DAG runs, assets, deadlines"

_RUN = ("dag_id", "run_type")

DAGRUN_DURATION = timer(
    "airflow_dagrun_duration_seconds",
    *(
        Line(
            name=f"dagrun.duration.{state}",
            legacy=f"dagrun.duration.{state}.{{dag_id}}",
            tags=_RUN,
            fixed={"state": state},
        )
        for state in ("success", "failed")
    ),
    buckets=RUN,
    labels=("state", *_RUN),
    help="How long a DAG run took from its start to success or failure.",
    subject=SUBJECT,
)
SCHEDULE_DELAY = timer(
    "airflow_dagrun_schedule_delay_seconds",
    Line(name="dagrun.schedule_delay", legacy="dagrun.schedule_delay.{dag_id}", tags=("dag_id",)),
    buckets=WAIT,
    labels=("dag_id",),
    help="How late a scheduled run began after it was due; on 3.x backfills count as well, so use quantiles.",
    subject=SUBJECT,
)
FIRST_TASK_SCHEDULING_DELAY = timer(
    "airflow_dagrun_first_task_scheduling_delay_seconds",
    Line(
        name="dagrun.first_task_scheduling_delay",
        legacy="dagrun.{dag_id}.first_task_scheduling_delay",
        versions=until("3.2"),
        tags=_RUN,
    ),
    # The legacy name comes twice for each run.
    Line(
        name="dagrun.first_task_scheduling_delay",
        legacy="dagrun.{dag_id}.first_task_scheduling_delay",
        versions=("3.3",),
        tags=_RUN,
        keep={Profile.PLAIN: (Form.PLAIN,)},
    ),
    buckets=WAIT,
    labels=_RUN,
    help="From the time a run was due until its first task began; backfills count their age.",
    subject=SUBJECT,
)
FIRST_TASK_START_DELAY = timer(
    "airflow_dagrun_first_task_start_delay_seconds",
    Line(name="dagrun.first_task_start_delay", versions=("3.3",), tags=_RUN),
    buckets=WAIT,
    labels=_RUN,
    help="From the time a run was queued until its first task began.",
    subject=SUBJECT,
)
DEPENDENCY_CHECK = timer(
    "airflow_dagrun_dependency_check_seconds",
    Line(
        name=None,
        legacy="dagrun.dependency-check.{dag_id}",
        versions=until("2.8"),
        tags=_RUN,
        legacy_tags=("dag_id",),
        timing=Timing.TIMER,
    ),
    Line(
        name="dagrun.dependency-check",
        legacy="dagrun.dependency-check.{dag_id}",
        versions=since("2.9"),
        tags=_RUN,
        timing=Timing.TIMER,
        keep={Profile.PLAIN: (Form.PLAIN,)},
    ),
    buckets=CHECK,
    help="Time to check the dependencies of one running DAG run, over all DAGs.",
    subject=SUBJECT,
)
CALLBACK_EXCEPTIONS = counter(
    "airflow_dag_callback_exceptions_total",
    Line(name="dag.callback_exceptions", tags=("dag_id",)),
    labels=("dag_id",),
    help="Callbacks of a DAG (not of its tasks) that raised an exception.",
    subject=SUBJECT,
)
ASSET_UPDATES = counter(
    "airflow_asset_updates_total",
    Line(name="dataset.updates", versions=AIRFLOW_2),
    Line(name="asset.updates", versions=AIRFLOW_3),
    help="Updates of assets (2.x: datasets).",
    subject=SUBJECT,
)
ASSET_TRIGGERED_RUNS = counter(
    "airflow_asset_triggered_dagruns_total",
    Line(name="dataset.triggered_dagruns", versions=AIRFLOW_2),
    Line(name="asset.triggered_dagruns", versions=AIRFLOW_3),
    help="DAG runs that updates of assets (2.x: datasets) created.",
    subject=SUBJECT,
)
ASSETS_ORPHANED = gauge(
    "airflow_asset_orphaned",
    Line(name="dataset.orphaned", versions=AIRFLOW_2),
    Line(name="asset.orphaned", versions=AIRFLOW_3),
    ttl="5m",
    help="Assets (2.x: datasets) that the last clean-up found without any DAG.",
    subject=SUBJECT,
)
DEADLINES_CREATED = counter(
    "airflow_deadline_alerts_created_total",
    Line(name="deadline_alerts.deadline_created", versions=since("3.2"), tags=("dag_id",)),
    labels=("dag_id",),
    help="Deadlines set for runs.",
    subject=SUBJECT,
)
DEADLINES_MISSED = counter(
    "airflow_deadline_alerts_missed_total",
    Line(name="deadline_alerts.deadline_missed", versions=since("3.2"), tags=("dag_id", "dagrun_id")),
    labels=("dag_id",),
    help="Deadlines that passed before the run ended.",
    subject=SUBJECT,
)
DEADLINES_MET = counter(
    "airflow_deadline_alerts_not_missed_total",
    Line(name="deadline_alerts.deadline_not_missed", versions=since("3.2"), tags=("dag_id", "dagrun_id")),
    labels=("dag_id",),
    help="Deadlines that were met.",
    subject=SUBJECT,
)
DEADLINE_CALLBACKS = counter(
    "airflow_deadline_alerts_callbacks_total",
    *(
        Line(
            name=f"deadline_alerts.callback_{state}",
            versions=since("3.2"),
            tags=("dag_id", "path", "kwargs", "result"),
            fixed={"state": state},
        )
        for state in ("success", "failed")
    ),
    labels=("state", "dag_id"),
    help="Asynchronous callbacks of missed deadlines, by result; with InfluxDB tags Airflow loses them.",
    subject=SUBJECT,
)
SLA_MISSED = counter(
    "airflow_task_sla_missed_total",
    Line(name="sla_missed", versions=AIRFLOW_2, tags=("dag_id", "task_id")),
    labels=("dag_id", "task_id"),
    help="Misses of the SLAs that 2.x knows on tasks; Windsock's own SLAs are airflow_sla_….",
    subject=SUBJECT,
)
SLA_CALLBACK_FAILURES = counter(
    "airflow_task_sla_callback_failures_total",
    Line(name="sla_callback_notification_failure", versions=AIRFLOW_2, tags=("dag_id", "func_name")),
    labels=("dag_id", "func_name"),
    help="Callbacks for missed task SLAs of 2.x that failed.",
    subject=SUBJECT,
)
SLA_EMAIL_FAILURES = counter(
    "airflow_task_sla_email_failures_total",
    Line(name="sla_email_notification_failure", versions=AIRFLOW_2, tags=("dag_id",)),
    labels=("dag_id",),
    help="E-mails for missed task SLAs of 2.x that could not be sent.",
    subject=SUBJECT,
)

METRICS = (
    DAGRUN_DURATION,
    SCHEDULE_DELAY,
    FIRST_TASK_SCHEDULING_DELAY,
    FIRST_TASK_START_DELAY,
    DEPENDENCY_CHECK,
    CALLBACK_EXCEPTIONS,
    ASSET_UPDATES,
    ASSET_TRIGGERED_RUNS,
    ASSETS_ORPHANED,
    DEADLINES_CREATED,
    DEADLINES_MISSED,
    DEADLINES_MET,
    DEADLINE_CALLBACKS,
    SLA_MISSED,
    SLA_CALLBACK_FAILURES,
    SLA_EMAIL_FAILURES,
)
