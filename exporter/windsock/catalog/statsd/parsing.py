"""DAG files: how long parsing takes, what waits, what breaks."""

from __future__ import annotations

from windsock.airflow_versions import AIRFLOW_2, between, since, until
from windsock.catalog.statsd.build import PARSE, counter, gauge, timer
from windsock.metric import Stability, Unit
from windsock.wire import Line, Timing

SUBJECT = "StatsD: DAG processing"

DAGBAG_SIZE = gauge(
    "airflow_dagbag_size",
    Line(name="dagbag_size"),
    ttl="10m",
    help="DAGs that the DAG processor knows; with several processors the last one that wrote.",
    subject=SUBJECT,
)
IMPORT_ERRORS = gauge(
    "airflow_dag_processing_import_errors",
    Line(name="dag_processing.import_errors"),
    ttl="10m",
    help="DAG files that this DAG processor could not import.",
    subject=SUBJECT,
)
TOTAL_PARSE_TIME = gauge(
    "airflow_dag_processing_total_parse_seconds",
    Line(name="dag_processing.total_parse_time"),
    ttl="10m",
    unit=Unit.SECONDS,
    help="Time of the last pass over all DAG files.",
    subject=SUBJECT,
)
FILE_QUEUE_SIZE = gauge(
    "airflow_dag_processing_file_path_queue_size",
    Line(name="dag_processing.file_path_queue_size"),
    ttl="5m",
    help="DAG files that wait to be parsed.",
    subject=SUBJECT,
)
FILE_QUEUE_UPDATES = counter(
    "airflow_dag_processing_file_path_queue_updates_total",
    Line(name="dag_processing.file_path_queue_update_count"),
    help="Times the queue of DAG files was filled again.",
    subject=SUBJECT,
)
LAST_RUN_AGE = gauge(
    "airflow_dag_processing_last_run_age_seconds",
    Line(name=None, legacy="dag_processing.last_run.seconds_ago.{file_name}", versions=until("3.2")),
    Line(
        name="dag_processing.last_run.seconds_ago",
        legacy="dag_processing.last_run.seconds_ago.{file_name}",
        versions=("3.3",),
        tags=("bundle_name", "file_path", "file_name"),
    ),
    ttl="5m",
    unit=Unit.SECONDS,
    labels=("bundle_name", "file_path", "file_name"),
    help="How long ago the file was parsed last; by file name alone before 3.3 and without tags.",
    subject=SUBJECT,
)
FILE_DURATION = timer(
    "airflow_dag_processing_last_duration_seconds",
    Line(
        name="dag_processing.last_duration",
        legacy="dag_processing.last_duration.{file_name}",
        versions=AIRFLOW_2,
        tags=("file_name",),
    ),
    Line(
        name="dag_processing.last_duration",
        legacy="dag_processing.last_duration.{bundle_name}.{file_name}",
        versions=since("3.2"),
        tags=("bundle_name", "file_name"),
        timing=Timing.SECONDS,
    ),
    buckets=PARSE,
    labels=("bundle_name", "file_name"),
    help="Time to parse one DAG file.",
    subject=SUBJECT,
)
FILE_QUERIES = gauge(
    "airflow_dag_processing_last_db_queries",
    Line(
        name=None,
        legacy="dag_processing.last_num_of_db_queries.{file_name}",
        versions=between("2.10", "2.11"),
    ),
    ttl="5m",
    labels=("file_name",),
    help="Queries to the metadata database during the last parse of the file.",
    subject=SUBJECT,
)
PARSES_STARTED = counter(
    "airflow_dag_processing_parses_started_total",
    Line(name="dag_processing.processes", tags=("file_path", "action")),
    help="Parses of DAG files that began; statsd_exporter refuses the -1 that Airflow sends at some ends.",
    subject=SUBJECT,
)
PROCESSOR_TIMEOUTS = counter(
    "airflow_dag_processing_processor_timeouts_total",
    Line(name="dag_processing.processor_timeouts", tags=("file_path",)),
    labels=("file_path",),
    help="Parses of a DAG file that were killed because they took too long.",
    subject=SUBJECT,
)
SLA_CALLBACKS = counter(
    "airflow_dag_processing_sla_callbacks_total",
    Line(name="dag_processing.sla_callback_count", versions=AIRFLOW_2),
    help="Requests to check task SLAs that the DAG processor received (not misses).",
    subject=SUBJECT,
)
OTHER_CALLBACKS = counter(
    "airflow_dag_processing_other_callbacks_total",
    Line(name="dag_processing.other_callback_count"),
    help="Requests to run callbacks that the DAG processor received.",
    subject=SUBJECT,
)
CALLBACK_ONLY = counter(
    "airflow_dag_processing_callback_only_total",
    Line(name="dag_processing.callback_only_count", versions=since("3.1")),
    help="Files handled for their callbacks alone, without a parse.",
    subject=SUBJECT,
)
MANAGER_STALLS = counter(
    "airflow_dag_processing_manager_stalls_total",
    Line(name="dag_processing.manager_stalls", versions=AIRFLOW_2),
    help="Times the scheduler restarted a DAG processor that sent no heartbeat.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
REFRESH_ERRORS = counter(
    "airflow_dag_file_refresh_errors_total",
    Line(name="dag_file_refresh_error", versions=AIRFLOW_2, tags=("file_path",)),
    labels=("file_path",),
    help="DAG files whose loading failed as a whole; an ordinary import error does not count here.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)

METRICS = (
    DAGBAG_SIZE,
    IMPORT_ERRORS,
    TOTAL_PARSE_TIME,
    FILE_QUEUE_SIZE,
    FILE_QUEUE_UPDATES,
    LAST_RUN_AGE,
    FILE_DURATION,
    FILE_QUERIES,
    PARSES_STARTED,
    PROCESSOR_TIMEOUTS,
    SLA_CALLBACKS,
    OTHER_CALLBACKS,
    CALLBACK_ONLY,
    MANAGER_STALLS,
    REFRESH_ERRORS,
)
