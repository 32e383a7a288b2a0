"""How Airflow is used: who starts runs, when everything is due at once, what has no owner."""

from __future__ import annotations

from windsock.cardinality import Preset
from windsock.metric import Database, Kind, Metric, Unit

SUBJECT = "Practices"

_DAG = Database(tables=("dag",), least=Preset.DEFAULT)

DAGS_DUE = Metric(
    name="airflow_dags_due",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("minute",),
    help="DAGs, not paused, by the minute of the hour (00 to 59, UTC) in which their next run is due.",
    subject=SUBJECT,
    source=_DAG,
)
DAGS_WITHOUT_OWNER = Metric(
    name="airflow_dags_without_owner",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    help="DAGs that are not stale and whose only owner is nobody or `airflow`, which is Airflow's default.",
    subject=SUBJECT,
    source=_DAG,
)
DAG_FILES = Metric(
    name="airflow_dag_files",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    help="Files that the DAGs which are not stale come from.",
    subject=SUBJECT,
    source=_DAG,
)
DAGS_PER_FILE = Metric(
    name="airflow_dag_file_dags_max",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    help="DAGs in the file that has most of them; a task of any of these DAGs parses the whole file.",
    subject=SUBJECT,
    source=_DAG,
)
RUNS_CREATED = Metric(
    name="airflow_dag_runs_created_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("run_type", "triggered_by"),
    help="Runs that were created, by type and by what started them, such as timetable, asset, ui, rest_api"
    " or operator; empty on 2.x, which does not know.",
    subject=SUBJECT,
    source=Database(tables=("dag_run",), least=Preset.DEFAULT),
)

CHECK_TASK_LAST_SUCCESS = Metric(
    name="airflow_check_task_last_success_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("dag_id", "task_id"),
    help="When a task that checks data (--check-tasks) succeeded last, as far as the exporter has seen it.",
    subject=SUBJECT,
    source=Database(tables=("task_instance", "job"), least=Preset.DEFAULT),
)

METRICS = (
    DAGS_DUE,
    DAGS_WITHOUT_OWNER,
    DAG_FILES,
    DAGS_PER_FILE,
    RUNS_CREATED,
    CHECK_TASK_LAST_SUCCESS,
)
