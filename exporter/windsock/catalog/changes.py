"""What changed and when: the schema, bundles, DAGs, and what Airflow's audit log tells."""

from __future__ import annotations

from windsock.airflow_versions import AIRFLOW_3, spans
from windsock.cardinality import Preset
from windsock.metric import Database, Kind, Metric, Unit

SUBJECT = "Changes and audit events"

_BUNDLE = Database(tables=("dag_bundle",), versions=spans(AIRFLOW_3), least=Preset.DEFAULT)
_DAG_VERSION = Database(tables=("dag_version",), versions=spans(AIRFLOW_3), least=Preset.DEFAULT)

REVISION_SINCE = Metric(
    name="airflow_metadb_revision_first_seen_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    help="Since when the exporter has seen this revision of the schema, which upgrades of Airflow change.",
    subject=SUBJECT,
    source=Database(tables=("alembic_version",), least=Preset.DEFAULT),
)
BUNDLE_INFO = Metric(
    name="airflow_dag_bundle_info",
    kind=Kind.GAUGE,
    unit=Unit.INFO,
    labels=("bundle", "version"),
    help="One series per active bundle: the version that Airflow runs, such as a commit; empty without one.",
    subject=SUBJECT,
    source=_BUNDLE,
)
BUNDLE_VERSION_SINCE = Metric(
    name="airflow_dag_bundle_version_first_seen_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("bundle",),
    help="Since when the exporter has seen the version that this active bundle has: its last deployment.",
    subject=SUBJECT,
    source=_BUNDLE,
)
DAG_VERSIONS_CREATED = Metric(
    name="airflow_dag_versions_created_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("dag_id",),
    help="New versions of the DAG; one that grows with every parse depends on something that changes.",
    subject=SUBJECT,
    source=_DAG_VERSION,
)
DAG_VERSION_NEWEST = Metric(
    name="airflow_dag_version_newest_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    help="When the newest version of any DAG was made: the last change of a DAG that Airflow took over.",
    subject=SUBJECT,
    source=_DAG_VERSION,
)
AUDIT_EVENTS = Metric(
    name="airflow_audit_events_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("event",),
    help="Events of Airflow's audit log that people act on (docs/metadb.md lists them), and no others.",
    subject=SUBJECT,
    source=Database(tables=("log",), least=Preset.DEFAULT),
)

METRICS = (
    REVISION_SINCE,
    BUNDLE_INFO,
    BUNDLE_VERSION_SINCE,
    DAG_VERSIONS_CREATED,
    DAG_VERSION_NEWEST,
    AUDIT_EVENTS,
)
