"""DAGs and their runs: last results, what is due, what is overdue and why."""

from __future__ import annotations

from windsock.airflow_versions import AIRFLOW_3, since, spans
from windsock.cardinality import Preset
from windsock.metric import Database, Kind, Metric, Unit

SUBJECT = "DAGs and runs"

_DAG = Database(tables=("dag",))
_RUN = Database(tables=("dag_run",))

DAG_INFO = Metric(
    name="airflow_dag_info",
    kind=Kind.GAUGE,
    unit=Unit.INFO,
    labels=("dag_id", "owners", "team", "airflow_team", "schedule", "tags", "bundle", "folder"),
    help="One series per DAG that is not stale, to join on: sorted owners, the team from owners.yaml,"
    " Airflow's own (3.2), schedule, sorted tags (--dag-tags), and bundle (3.x) and folder of its file.",
    subject=SUBJECT,
    source=Database(tables=("dag", "dag_tag", "dag_bundle_team")),
)
DAG_PAUSED = Metric(
    name="airflow_dag_paused",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    labels=("dag_id",),
    help="1 if the DAG is paused.",
    subject=SUBJECT,
    source=Database(tables=("dag",), sparse=True),
)
DAGS = Metric(
    name="airflow_dags",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("state",),
    help="DAGs that are active, paused, stale, or broken by an import error (each DAG counts once).",
    subject=SUBJECT,
    source=_DAG,
)
DAG_RUNS = Metric(
    name="airflow_dag_runs",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("dag_id", "state"),
    help="Queued and running runs of the DAG, zero for DAGs without any.",
    subject=SUBJECT,
    source=Database(tables=("dag_run",), least=Preset.DEFAULT, sparse=True),
)
DAG_RUNS_OLDEST_AGE = Metric(
    name="airflow_dag_runs_oldest_age_seconds",
    kind=Kind.GAUGE,
    unit=Unit.SECONDS,
    labels=("dag_id", "state"),
    help="How long the oldest run of this DAG has been queued or running; absent if there is none.",
    subject=SUBJECT,
    source=Database(tables=("dag_run",), least=Preset.FULL),
)
LAST_SUCCESS = Metric(
    name="airflow_dag_last_success_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("dag_id",),
    help="End of the successful run with the newest due time, backfills left out.",
    subject=SUBJECT,
    source=_RUN,
)
LAST_FAILURE = Metric(
    name="airflow_dag_last_failure_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("dag_id",),
    help="End of the failed run with the newest due time; below full only of DAGs that fail now.",
    subject=SUBJECT,
    source=_RUN,
)
LAST_FINISHED_SUCCESS = Metric(
    name="airflow_dag_last_finished_success",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    labels=("dag_id",),
    help="1 if the finished run with the newest due time succeeded, 0 if it failed, backfills left out.",
    subject=SUBJECT,
    source=_RUN,
)
CONSECUTIVE_FAILURES = Metric(
    name="airflow_dag_consecutive_failures",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("dag_id",),
    help="Failed runs in a row, counted from the newest due time backwards; counting stops at 10.",
    subject=SUBJECT,
    source=Database(tables=("dag_run",), sparse=True),
)
NEXT_RUN = Metric(
    name="airflow_dag_next_run_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("dag_id",),
    help="When the next run of the DAG is due; absent without a time schedule and while paused.",
    subject=SUBJECT,
    source=Database(tables=("dag",), least=Preset.DEFAULT),
)
SCHEDULED = Metric(
    name="airflow_dags_scheduled",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    help="DAGs with a time schedule that are not paused: those that can be overdue.",
    subject=SUBJECT,
    source=_DAG,
)
OVERDUE = Metric(
    name="airflow_dag_schedule_overdue_seconds",
    kind=Kind.GAUGE,
    unit=Unit.SECONDS,
    labels=("dag_id",),
    help="By how much the next run of a DAG with a time schedule is past due and not created.",
    subject=SUBJECT,
    source=Database(tables=("dag", "dag_run"), sparse=True),
)
BLOCKED = Metric(
    name="airflow_dag_schedule_blocked",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    labels=("dag_id", "reason"),
    help="1 while no run of the DAG can be created, by reason: paused, import_error or max_active_runs.",
    subject=SUBJECT,
    source=_DAG,
)
IMPORT_ERRORS = Metric(
    name="airflow_import_errors",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    help="DAG files that Airflow cannot import.",
    subject=SUBJECT,
    source=Database(tables=("import_error",)),
)
IMPORT_ERROR_FIRST_SEEN = Metric(
    name="airflow_import_error_first_seen_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("bundle", "file", "team"),
    help="Since when the exporter has seen this file broken; the 100 oldest files, bundle empty on 2.x.",
    subject=SUBJECT,
    source=Database(tables=("import_error",)),
)
DAG_WARNINGS = Metric(
    name="airflow_dag_warnings",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("warning_type",),
    help="Airflow's warnings about DAGs, such as a pool that does not exist; 0 for types that were seen.",
    subject=SUBJECT,
    source=Database(tables=("dag_warning",)),
)
BUNDLE_LAST_REFRESH = Metric(
    name="airflow_dag_bundle_last_refresh_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("bundle",),
    help="When the DAG processor refreshed this active bundle last; absent before the first time.",
    subject=SUBJECT,
    source=Database(tables=("dag_bundle",), versions=spans(AIRFLOW_3)),
)
BACKFILLS_ACTIVE = Metric(
    name="airflow_backfills_active",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("dag_id",),
    help="Backfills of the DAG that are not completed, paused ones too; absent if there are none.",
    subject=SUBJECT,
    source=Database(tables=("backfill",), versions=spans(AIRFLOW_3)),
)
BACKFILL_DAG_RUNS = Metric(
    name="airflow_backfill_dag_runs",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("state",),
    help="Queued and running runs of backfills, over all DAGs.",
    subject=SUBJECT,
    source=_RUN,
)
EXPECTED_RUN = Metric(
    name="airflow_dag_expected_run_seconds",
    kind=Kind.GAUGE,
    unit=Unit.SECONDS,
    labels=("dag_id", "statistic"),
    help="What a run of this DAG takes, p50 and p95 of its last 20 successes; absent below 5.",
    subject=SUBJECT,
    source=Database(tables=("dag", "dag_run"), least=Preset.FULL),
)
RUN_OVERRUN = Metric(
    name="airflow_dag_run_overrun_ratio",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("dag_id",),
    help="How long the longest running run has taken, divided by its expected p95; below 1 only in full.",
    subject=SUBJECT,
    source=Database(tables=("dag_run",), least=Preset.DEFAULT),
)
SCHEDULE_PERIOD = Metric(
    name="airflow_dag_schedule_period_seconds",
    kind=Kind.GAUGE,
    unit=Unit.SECONDS,
    labels=("dag_id",),
    help="From the due time of the DAG's last scheduled run to that of the next one.",
    subject=SUBJECT,
    source=Database(tables=("dag", "dag_run"), least=Preset.FULL),
)
AUTO_PAUSE_HEADROOM = Metric(
    name="airflow_dag_auto_pause_headroom",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("dag_id",),
    help="Failures in a row until Airflow pauses the DAG; only with max_consecutive_failed_dag_runs.",
    subject=SUBJECT,
    source=Database(tables=("dag", "dag_run"), versions=spans(since("2.9")), least=Preset.DEFAULT),
)
LAST_PARSE = Metric(
    name="airflow_dag_last_parse_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    help="When the DAG that was parsed longest ago was parsed, stale DAGs left out.",
    subject=SUBJECT,
    source=_DAG,
)

BUNDLE_OLDEST_PARSE = Metric(
    name="airflow_dag_bundle_oldest_parse_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("bundle",),
    help="When the DAG of this bundle that was parsed longest ago was parsed, stale DAGs left out.",
    subject=SUBJECT,
    source=Database(tables=("dag",), versions=spans(AIRFLOW_3)),
)
PARSED = Metric(
    name="airflow_dag_parsed_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("dag_id",),
    help="When the DAG was parsed last.",
    subject=SUBJECT,
    source=Database(tables=("dag",), least=Preset.FULL),
)
TEAM_DAGS = Metric(
    name="airflow_team_dags",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("airflow_team",),
    help="DAGs of each of Airflow's own teams, by their bundle; stale DAGs left out.",
    subject=SUBJECT,
    source=Database(tables=("team", "dag_bundle_team", "dag"), versions=spans(since("3.2"))),
)

METRICS = (
    DAG_INFO,
    DAG_PAUSED,
    DAGS,
    DAG_RUNS,
    DAG_RUNS_OLDEST_AGE,
    LAST_SUCCESS,
    LAST_FAILURE,
    LAST_FINISHED_SUCCESS,
    CONSECUTIVE_FAILURES,
    NEXT_RUN,
    SCHEDULED,
    OVERDUE,
    BLOCKED,
    IMPORT_ERRORS,
    IMPORT_ERROR_FIRST_SEEN,
    DAG_WARNINGS,
    BUNDLE_LAST_REFRESH,
    BACKFILLS_ACTIVE,
    BACKFILL_DAG_RUNS,
    EXPECTED_RUN,
    RUN_OVERRUN,
    SCHEDULE_PERIOD,
    AUTO_PAUSE_HEADROOM,
    LAST_PARSE,
    BUNDLE_OLDEST_PARSE,
    PARSED,
    TEAM_DAGS,
)
