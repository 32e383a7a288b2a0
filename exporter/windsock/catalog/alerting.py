"""What `alerts.yaml` says of single DAGs: limits of their own, and how much their alerts matter."""

from __future__ import annotations

from windsock.metric import Database, Kind, Metric, Process, Unit

SUBJECT = "Alerts"
# The value of `severity` for an alert that is switched off.
OFF = "off"

# What the file says of DAGs that are in the database, so they are shown, or not, as all that is of DAGs.
_OF_DAGS = Database(tables=("dag", "dag_tag"))
_FILE = Process(origin="alerts.yaml")

LIMIT_SECONDS = Metric(
    name="airflow_alert_threshold_seconds",
    kind=Kind.GAUGE,
    unit=Unit.SECONDS,
    labels=("threshold", "dag_id"),
    help="A duration of alerts.yaml that is another for this DAG; absent where the general one holds.",
    subject=SUBJECT,
    source=_OF_DAGS,
)
LIMIT = Metric(
    name="airflow_alert_threshold",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("threshold", "dag_id"),
    help="A number of alerts.yaml that is another for this DAG; absent where the general one holds.",
    subject=SUBJECT,
    source=_OF_DAGS,
)
SEVERITY = Metric(
    name="airflow_alert_severity_info",
    kind=Kind.GAUGE,
    unit=Unit.INFO,
    labels=("alert", "dag_id", "severity"),
    help="The severity of an alert that is another for this DAG, or off; absent where the general one holds.",
    subject=SUBJECT,
    source=_OF_DAGS,
)
FILE_GOOD = Metric(
    name="windsock_alerts_file_last_reload_successful",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    help="1 if alerts.yaml as it is now counts, 0 if it is wrong and the last good one counts.",
    subject=SUBJECT,
    source=_FILE,
)
FILE_LOADED = Metric(
    name="windsock_alerts_file_last_reload_success_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    help="When the alerts.yaml that counts was read.",
    subject=SUBJECT,
    source=_FILE,
)

METRICS = (LIMIT_SECONDS, LIMIT, SEVERITY, FILE_GOOD, FILE_LOADED)
