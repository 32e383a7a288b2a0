"""The metadata database as the exporter sees it, its collectors, and the exporter itself."""

from __future__ import annotations

from windsock.metric import Database, Kind, Metric, Process, Unit

SUBJECT = "Metadata database and exporter"

_COLLECTOR = Process(origin="the collectors of windsock serve")
_STATISTICS = Database(tables=("pg_class",))

METADB_UP = Metric(
    name="airflow_metadb_up",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    help="1 if the metadata database answered the last cycle.",
    subject=SUBJECT,
    source=_COLLECTOR,
)
METADB_INFO = Metric(
    name="airflow_metadb_info",
    kind=Kind.GAUGE,
    unit=Unit.INFO,
    labels=(
        *("revision", "airflow_version_min", "airflow_version_max", "dialect", "server_version"),
        "tested",
    ),
    help="The schema revision that was found, the Airflow versions that use it, and whether it was tested "
    "on this kind of database.",
    subject=SUBJECT,
    source=Database(tables=("alembic_version",)),
)
CLOCK_SKEW = Metric(
    name="airflow_metadb_clock_skew_seconds",
    kind=Kind.GAUGE,
    unit=Unit.SECONDS,
    help="The database's clock minus the exporter's.",
    subject=SUBJECT,
    source=_COLLECTOR,
)
COLLECTOR_SUCCESS = Metric(
    name="airflow_metadb_collector_success",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    labels=("collector",),
    help="1 if the collector's last run succeeded.",
    subject=SUBJECT,
    source=_COLLECTOR,
)
COLLECTOR_DURATION = Metric(
    name="airflow_metadb_collector_run_seconds",
    kind=Kind.GAUGE,
    unit=Unit.SECONDS,
    labels=("collector",),
    help="How long the collector's last run took, database and Python together.",
    subject=SUBJECT,
    source=_COLLECTOR,
)
COLLECTOR_ROWS = Metric(
    name="airflow_metadb_collector_rows",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("collector",),
    help="Rows that the collector's last successful run read.",
    subject=SUBJECT,
    source=_COLLECTOR,
)
COLLECTOR_LAST_SUCCESS = Metric(
    name="airflow_metadb_collector_last_success_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("collector",),
    help="When the collector succeeded last, by the exporter's clock.",
    subject=SUBJECT,
    source=_COLLECTOR,
)
COLLECTOR_DISABLED = Metric(
    name="airflow_metadb_collector_disabled",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    labels=("collector", "reason"),
    help="1 for a collector that is switched off, by reason: plan, privilege, schema, timeout or lag.",
    subject=SUBJECT,
    source=_COLLECTOR,
)
COLLECTOR_INTERVAL = Metric(
    name="airflow_metadb_collector_interval_seconds",
    kind=Kind.GAUGE,
    unit=Unit.SECONDS,
    labels=("collector",),
    help="How often the collector runs; longer than its tier's interval while it takes too much of that.",
    subject=SUBJECT,
    source=_COLLECTOR,
)
REPLICA_UP = Metric(
    name="airflow_metadb_replica_up",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    help="1 if the replica of --replica-url answered last; absent without one.",
    subject=SUBJECT,
    source=_COLLECTOR,
)
REPLICATION_LAG = Metric(
    name="airflow_metadb_replication_lag_seconds",
    kind=Kind.GAUGE,
    unit=Unit.SECONDS,
    help="How far the replica of --replica-url is behind the primary; absent while it does not answer.",
    subject=SUBJECT,
    source=_COLLECTOR,
)
TABLE_ROWS = Metric(
    name="airflow_metadb_table_rows_estimate",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("table",),
    help="Rows of a table by the server's statistics; absent until it was analysed, and on SQLite.",
    subject=SUBJECT,
    source=_STATISTICS,
)
TABLE_SIZE = Metric(
    name="airflow_metadb_table_size_bytes",
    kind=Kind.GAUGE,
    unit=Unit.BYTES,
    labels=("table",),
    help="Size of a table with its indexes, also of one that an upgrade left behind; absent on SQLite.",
    subject=SUBJECT,
    source=_STATISTICS,
)
TABLE_DEAD_ROWS = Metric(
    name="airflow_metadb_table_dead_rows_estimate",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("table",),
    help="Dead rows by PostgreSQL's statistics: many mean that vacuum does not keep up; absent elsewhere.",
    subject=SUBJECT,
    source=_STATISTICS,
)
TABLE_OLDEST_ROW = Metric(
    name="airflow_metadb_table_oldest_row_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("table",),
    help="Time of the row with the lowest id: does `airflow db clean` run? It keeps each DAG's last run.",
    subject=SUBJECT,
    source=Database(
        tables=("dag_run", "job", "log", "task_fail", "dataset_event", "asset_event", "task_instance")
    ),
)
INDEX_MISSING = Metric(
    name="airflow_metadb_index_missing",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    labels=("table", "columns"),
    help="1 if no valid index begins with these columns, on which Windsock's statements rely.",
    subject=SUBJECT,
    source=Database(tables=("pg_index", "pg_attribute")),
)
CONNECTIONS = Metric(
    name="airflow_metadb_connections",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    help="Connections to Airflow's database on PostgreSQL, Windsock's own among them.",
    subject=SUBJECT,
    source=Database(tables=("pg_stat_database",)),
)
CONNECTIONS_LIMIT = Metric(
    name="airflow_metadb_connections_limit",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    help="How many it may have: its own limit or the server's max_connections, which all databases share.",
    subject=SUBJECT,
    source=Database(tables=("pg_database",)),
)
SNAPSHOT = Metric(
    name="windsock_snapshot_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    help="When the figures on this page were put together; it moves even while the database is down.",
    subject=SUBJECT,
    source=_COLLECTOR,
)
STATE_SAVED = Metric(
    name="windsock_state_saved",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    help="1 if what must survive a restart is on disk, 0 if that fails; absent without --state-dir.",
    subject=SUBJECT,
    source=Process(origin="the state file in --state-dir"),
)
BUILD_INFO = Metric(
    name="windsock_build_info",
    kind=Kind.GAUGE,
    unit=Unit.INFO,
    labels=("version", "python_version"),
    help="The version of Windsock that runs.",
    subject=SUBJECT,
    source=Process(origin="the process"),
)

SERIES_DROPPED = Metric(
    name="windsock_series_dropped",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("family", "reason"),
    help="Series that are not shown: their DAG is not wanted (reason dags), or they are too many (cap).",
    subject=SUBJECT,
    source=_COLLECTOR,
)

METRICS = (
    SERIES_DROPPED,
    METADB_UP,
    METADB_INFO,
    CLOCK_SKEW,
    COLLECTOR_SUCCESS,
    COLLECTOR_DURATION,
    COLLECTOR_ROWS,
    COLLECTOR_LAST_SUCCESS,
    COLLECTOR_DISABLED,
    COLLECTOR_INTERVAL,
    REPLICA_UP,
    REPLICATION_LAG,
    TABLE_ROWS,
    TABLE_SIZE,
    TABLE_DEAD_ROWS,
    TABLE_OLDEST_ROW,
    INDEX_MISSING,
    CONNECTIONS,
    CONNECTIONS_LIMIT,
    SNAPSHOT,
    STATE_SAVED,
    BUILD_INFO,
)
