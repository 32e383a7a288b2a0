"""Metadata database: does it stay small, fast and connected?"""

from __future__ import annotations

from windsock.catalog import changes, metadb
from windsock_dashboards.boards import collectors, components
from windsock_dashboards.shapes import marks, words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.links import METADB
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Board, Panel, Query, Row, Series, Stat
from windsock_dashboards.shapes.tables import Column, Table


def board(scope: Scope) -> Board:
    """Connections, sizes, age, versions."""
    return Board(
        uid=METADB,
        title="Metadata database",
        description="Does Airflow's database stay small, fast and connected, and is old data removed?",
        choices=(),
        marks=marks.everywhere(scope),
        since="now-7d",
        rows=(
            Row("head", "", _head(scope)),
            Row("sizes", "Size and age", _size(scope)),
            Row("server", "Server", _server(scope)),
        ),
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    used = scope.max(metadb.CONNECTIONS)
    return (
        components.database(scope, width=4),
        Stat(
            key="connections-share",
            title="Connections used?",
            about=About(
                "Connections to Airflow's database as a share of what it may have (PostgreSQL).",
                normal="Well below 80 %.",
                bad="Near 100 %: schedulers and tasks fail to connect, at random.",
                then="A pooler such as PgBouncer; fewer processes per component.",
            ),
            queries=(Query(scope.share(used, scope.max(metadb.CONNECTIONS_LIMIT)), scope.legend),),
            steps=words.warn_from(scope.limits.connections_share),
            alerts=("AirflowDatabaseConnectionsHigh",),
            decimals=0,
            empty="not told by this server",
        ),
        Stat(
            key="size-total",
            title="Size of all tables?",
            about=About(
                "All tables of Airflow with their indexes.",
                normal="Level over months, if `airflow db clean` runs.",
                bad="Grows without end: backups, upgrades and queries become slow.",
                then="Which tables are large, and how fast do they grow.",
            ),
            queries=(Query(scope.total(metadb.TABLE_SIZE), scope.legend),),
            steps=words.warn_from(scope.limits.database_gib * 2**30),
            alerts=("AirflowDatabaseBig",),
            decimals=1,
        ),
        Stat(
            key="oldest",
            title="Oldest row?",
            about=About(
                "Age of the oldest row of any table: does `airflow db clean` run?",
                normal="Your retention.",
                bad="Far more: old rows are not removed. It keeps each DAG's last run, so DAGs that never "
                "run keep rows old.",
                then="The table of sizes and ages.",
            ),
            queries=(Query(scope.worst(scope.age(metadb.TABLE_OLDEST_ROW, "table")), scope.legend),),
            steps=words.warn_from(scope.limits.retention),
            alerts=("AirflowDatabaseOldRows",),
            decimals=0,
        ),
        Stat(
            key="skew",
            title="Clocks differ by?",
            about=About(
                "The database's clock minus the exporter's, without its sign. Ages use the database's clock.",
                normal="Below a second.",
                bad="Seconds: due times and heartbeats are judged wrongly by whoever uses the other clock.",
                then="Time synchronisation of both machines.",
            ),
            queries=(Query(f"abs({scope.max(metadb.CLOCK_SKEW)})", scope.legend),),
            unit=metadb.CLOCK_SKEW,
            steps=words.warn_from(scope.limits.clock_skew),
            alerts=("AirflowClockSkew",),
            decimals=1,
        ),
        Stat(
            key="indexes-missing",
            title="Missing indexes?",
            about=About(
                "Indexes that Airflow makes and Windsock's statements rely on, and that are not there.",
                normal="0.",
                bad="Any number: an upgrade stopped half-way, or an index is invalid. Airflow is slow too.",
                then="The table of missing indexes.",
            ),
            queries=(Query(scope.total(metadb.INDEX_MISSING), scope.legend),),
            steps=words.WARN_FROM_ONE,
        ),
    )


def _size(scope: Scope) -> tuple[Panel, ...]:
    size = scope.max(metadb.TABLE_SIZE, "table")
    rows = scope.max(metadb.TABLE_ROWS, "table")
    dead = scope.max(metadb.TABLE_DEAD_ROWS, "table")
    return (
        Table(
            key="tables",
            title="Which tables are large, old, or full of dead rows?",
            about=About(
                "Every table that grows, with its oldest row.",
                normal="xcom and log are the largest. Dead rows far below the rows.",
                bad="Old rows: `airflow db clean` does not run for this table. Dead rows near the rows: "
                "vacuum does not keep up. A large xcom: data is passed between tasks.",
                then="`airflow db clean`, its own DAG, or the settings of autovacuum.",
            ),
            queries=scope.rows(
                ("table",), size, rows, dead, scope.age(metadb.TABLE_OLDEST_ROW, "table"), most=50
            ),
            alerts=("AirflowDatabaseOldRows",),
            columns=(
                Column(name="Table", field="table"),
                Column(name="Size", field="A", unit=metadb.TABLE_SIZE, width=100, decimals=1),
                Column(name="Rows", field="B", unit=metadb.TABLE_ROWS, width=90),
                Column(name="Dead", field="C", unit=metadb.TABLE_DEAD_ROWS, width=90),
                Column(
                    name="Oldest row",
                    field="D",
                    unit=Shown.AGE,
                    width=110,
                    decimals=0,
                    colored=True,
                    steps=words.warn_from(scope.limits.retention),
                ),
                Column(name="Airflow", field=scope.label, width=90),
            ),
            sort_by="Size",
        ),
        Series(
            key="size",
            title="How fast do tables grow?",
            about=About(
                "Size with indexes, the ten largest tables.",
                normal="Level, or steps down after a clean-up.",
                bad="A slope: weeks until the disk is full can be read from it.",
                then="The oldest row of that table.",
            ),
            queries=(Query(scope.top(10, size), scope.named("table")),),
            alerts=("AirflowDatabaseBig",),
        ),
        Series(
            key="growth",
            title="When will the tables reach the limit?",
            about=About(
                "All tables together, and where they will be in 30 days if they grow as in the last 24 h.",
                normal="Below the dashed line, which is where the alert begins.",
                bad="The second line above it: weeks are left.",
                then="Retention of `airflow db clean`.",
            ),
            queries=(
                Query(scope.total(metadb.TABLE_SIZE), f"now {scope.legend}"),
                Query(scope.sum(_in_30_days(scope)), f"in 30 days {scope.legend}"),
            ),
            unit=metadb.TABLE_SIZE,
            steps=words.line(scope.limits.database_gib * 2**30),
            limit=True,
        ),
        Series(
            key="rows",
            title="How many rows do tables have?",
            about=About(
                "Rows by the server's statistics, the ten largest tables.",
                normal="Level, or steps down after a clean-up.",
                bad="One table grows faster than your number of tasks.",
                then="Who writes it: xcom by tasks, log by users and tasks, task_instance by mapping.",
            ),
            queries=(Query(scope.top(10, rows), scope.named("table")),),
        ),
    )


def _in_30_days(scope: Scope) -> str:
    window = f"{scope.pick(metadb.TABLE_SIZE)}[24h]"
    return f"max {scope.by('table')} (predict_linear({window}, 2592000))"


def _server(scope: Scope) -> tuple[Panel, ...]:
    airflow = scope.legend
    return (
        Series(
            key="connections",
            title="How many connections are open?",
            about=About(
                "Connections to Airflow's database, and how many it may have (PostgreSQL).",
                normal="Level, far from the limit.",
                bad="Follows the number of running tasks: each opens its own (2.x without a pooler).",
                then="PgBouncer in transaction mode.",
            ),
            queries=(
                Query(scope.max(metadb.CONNECTIONS), f"open {airflow}"),
                Query(scope.max(metadb.CONNECTIONS_LIMIT), f"limit {airflow}"),
            ),
            unit=metadb.CONNECTIONS,
            alerts=("AirflowDatabaseConnectionsHigh",),
            colors=(("limit", words.BAD), ("open", words.SKY)),
            decimals=0,
        ),
        Series(
            key="clocks",
            title="Do the clocks agree, and is the replica behind?",
            about=About(
                "The database's clock minus the exporter's, and how far the replica of --replica-url is "
                "behind. Ages use the database's clock, so they stay right.",
                normal="Around 0.",
                bad="A clock that drifts: due times are judged wrongly by whoever uses the other one. A "
                "replica minutes behind: slow figures are of then.",
                then="Time synchronisation of both machines; long queries on the replica.",
            ),
            queries=(Query(_clocks(scope), "{{what}} " + scope.legend),),
            unit=metadb.CLOCK_SKEW,
            alerts=("AirflowClockSkew", "WindsockReplicaBehind"),
            signed=True,
        ),
        collectors.cost(scope),
        Table(
            key="versions",
            title="Which versions run, and since when?",
            about=About(
                "Schema and server of the database, and the Airflow versions which have that schema.",
                normal="The versions that you expect.",
                bad="Another schema than that of the running Airflow: an upgrade stopped half-way.",
                then="`airflow db check-migrations`.",
            ),
            queries=(Query(_versions(scope)), Query(scope.moment(changes.REVISION_SINCE))),
            columns=(
                Column(name="Airflow", field=scope.label, width=110),
                Column(name="From", field="airflow_version_min", width=70),
                Column(name="To", field="airflow_version_max", width=70),
                Column(name="Schema", field="revision"),
                Column(name="Seen since", field="B", unit=Shown.MOMENT, width=160),
                Column(name="Database", field="dialect", width=110),
                Column(name="Server", field="server_version", width=90),
                Column(name="Windsock", field="version", width=90),
            ),
            sort_by="Airflow",
            descending=False,
        ),
        Table(
            key="indexes",
            title="Which indexes are missing?",
            about=About(
                "Indexes that Windsock's statements rely on; Airflow makes them.",
                normal="No rows.",
                bad="A row: an upgrade stopped half-way, or an index is invalid. Airflow itself is slow too.",
                then="Make the index as Airflow's migration would.",
            ),
            queries=(Query(f"{scope.max(metadb.INDEX_MISSING, 'table', 'columns')} == 1"),),
            empty="none is missing",
            columns=(
                Column(name="Table", field="table"),
                Column(name="Columns", field="columns"),
                Column(name="Airflow", field=scope.label, width=110),
            ),
            sort_by="Table",
            descending=False,
        ),
    )


def _clocks(scope: Scope) -> str:
    skew = f'label_replace({scope.max(metadb.CLOCK_SKEW)}, "what", "clock", "", "")'
    return f'{skew} or label_replace({scope.max(metadb.REPLICATION_LAG)}, "what", "replica", "", "")'


def _versions(scope: Scope) -> str:
    labels = ("revision", "airflow_version_min", "airflow_version_max", "dialect", "server_version")
    info = scope.one(metadb.METADB_INFO, (), labels)
    return scope.labelled(info, (), ("version",), scope.one(metadb.BUILD_INFO, (), ("version",)))
