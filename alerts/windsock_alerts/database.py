"""Airflow's metadata database: connections, old rows, size."""

from __future__ import annotations

from windsock.catalog import metadb
from windsock_alerts.durations import number, prometheus
from windsock_alerts.promql import newest
from windsock_alerts.rule import Alert, Group, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.shapes import HOUR, lasting
from windsock_alerts.text import LASTS, WHERE, ask, count, short

_TICKET = (Severity.TICKET,)
_GIB = 2**30


def group(settings: Settings, team: str) -> Group:
    """Optional alerts of the platform team about the database."""
    return Group(
        subject="database",
        rules=(_connections(settings, team), _old_rows(settings, team), _big(settings, team)),
    )


def _connections(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowDatabaseConnectionsHigh"
    taken = f"{newest(metadb.CONNECTIONS)} / on (airflow) {newest(metadb.CONNECTIONS_LIMIT)}"
    return Alert(
        name=name,
        expr=lasting(f"{taken} > {times.connections_share:g}", alert=name),
        severities=_TICKET,
        team=team,
        hold=times.connections,
        keep=times.bridge,
        summary=f"{{{{ $value | humanizePercentage }}}} of database connections are taken {WHERE}",
        description="Taken: "
        + count(f"max({metadb.CONNECTIONS}{{%s}})", "airflow")
        + " of "
        + ask(f"max({metadb.CONNECTIONS_LIMIT}{{%s}})", "airflow")
        + ".\nAt the limit schedulers and tasks fail at once. Every scheduler, API server, triggerer and "
        "(2.x) task "
        "takes some.\nDo: put pgbouncer between, or raise max_connections; see pg_stat_activity for who "
        "holds them.",
        dashboard="windsock-metadb",
        when=f"more than {times.connections_share:.0%} of the connections have been taken for "
        f"{prometheus(times.connections)} (PostgreSQL)",
        optional=True,
    )


def _old_rows(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowDatabaseOldRows"
    labels = ("airflow", "table")
    # `db clean` keeps the last run of each DAG for ever, so the oldest row of dag_run says nothing.
    oldest = (
        f'min by (airflow, table) ({metadb.TABLE_OLDEST_ROW}{{table=~"log|job|task_fail|task_instance"}})'
    )
    return Alert(
        name=name,
        expr=lasting(f"time() - {oldest} > {number(times.retention)}", alert=name, labels=labels),
        severities=_TICKET,
        team=team,
        identity=labels,
        hold=HOUR,
        keep=times.bridge,
        summary=f"Table {short('table', 30)} is {LASTS} old {WHERE}",
        description="`airflow db clean` has not removed rows for longer than your retention. Rows: "
        + ask(f"max({metadb.TABLE_ROWS}{{%s}})", *labels)
        + ", size: "
        + ask(f"max({metadb.TABLE_SIZE}{{%s}})", *labels, show="value | humanize1024")
        + "B.\nLarge tables slow the scheduler down and make the next upgrade take hours.\n"
        "Do: windsock db check; then airflow db clean, in small steps.",
        dashboard="windsock-metadb",
        when=f"the oldest row of log, job, task_fail or task_instance is {prometheus(times.retention)} old",
        optional=True,
    )


def _big(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowDatabaseBig"
    size = f"sum by (airflow) ({newest(metadb.TABLE_SIZE, 'table')})"
    return Alert(
        name=name,
        expr=lasting(f"{size} > {times.database_gib * _GIB}", alert=name),
        severities=_TICKET,
        team=team,
        hold=HOUR,
        keep=times.bridge,
        summary=f"Airflow's tables take {{{{ $value | humanize1024 }}}}B {WHERE}",
        description="Largest: "
        + ask(f"topk(1, max by (table) ({metadb.TABLE_SIZE}{{%s}}))", "airflow", show='label "table"')
        + ", "
        + ask(f"topk(1, max by (table) ({metadb.TABLE_SIZE}{{%s}}))", "airflow", show="value | humanize1024")
        + "B; XComs: "
        + ask(f'max({metadb.TABLE_SIZE}{{%s,table="xcom"}})', "airflow", show="value | humanize1024")
        + "B.\nDo: windsock db check; airflow db clean; keep large XComs in an object store.",
        dashboard="windsock-metadb",
        when=f"Airflow's tables and their indexes take more than {times.database_gib} GiB (not on SQLite)",
        optional=True,
    )
