"""What is late and whose is it: the board for whoever was just woken."""

from __future__ import annotations

from windsock.catalog import dags, sla
from windsock_dashboards import alerts, slas, words
from windsock_dashboards.links import LATE, of_dag
from windsock_dashboards.promql import Scope
from windsock_dashboards.spec import Board, Choice, Column, Query, Row, Shown, Stat, Table

_SLA = ("sla", "dag_id")
_DAG = ("dag_id",)


def board(scope: Scope) -> Board:
    """SLAs, overdue DAGs, failed DAGs and broken files, each with its team."""
    return Board(
        uid=LATE,
        title="What is late and whose is it",
        description=(
            "Every breached SLA, overdue DAG, failed DAG and broken file, with its team and the cause."
        ),
        choices=(
            Choice(
                name="team",
                label="Team",
                query=f'label_values({{__name__=~"{dags.DAG_INFO}|{sla.SLA_INFO}", {scope.airflow}}}, team)',
                unlabelled=True,
            ),
        ),
        rows=(
            Row("head", "", _head(scope)),
            Row(
                "slas",
                "SLAs",
                slas.panels(scope),
            ),
            Row("dags", "DAGs", (_overdue(scope), _failed(scope))),
            Row("others", "Files and alerts", (_files(scope), alerts.table(scope, width=24))),
        ),
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    breached = scope.of_team(scope.max(sla.SLA_BREACHED, *_SLA), _SLA, sla.SLA_INFO)
    watched = scope.of_team(scope.max(sla.SLA_INFO, *_SLA), _SLA, sla.SLA_INFO)
    late = scope.filled(dags.OVERDUE, dags.DAG_INFO, *_DAG)
    overdue = scope.of_team(f"({late})", _DAG, dags.DAG_INFO)
    last = scope.of_team(scope.min(dags.LAST_FINISHED_SUCCESS, *_DAG), _DAG, dags.DAG_INFO)
    return (
        Stat(
            key="breached-count",
            title="Breached SLAs?",
            description=(
                "SLAs whose deadline passed without the success that they ask for. The table below "
                "names them."
            ),
            queries=(Query(f"sum({breached})"),),
            unit=Shown.NUMBER,
            steps=words.BAD_FROM_ONE,
            empty="no SLA known",
        ),
        Stat(
            key="unknown-count",
            title="SLAs nobody can judge?",
            description=(
                "SLAs without a verdict: their facts are stale, as while the metadata database is away."
            ),
            queries=(Query(f"count({watched}) - count({breached})"),),
            unit=Shown.NUMBER,
            steps=words.WARN_FROM_ONE,
            empty="no SLA known",
        ),
        Stat(
            key="overdue-count",
            title="Overdue DAGs?",
            description="DAGs whose next run is past due and was not created. Paused DAGs are never overdue.",
            queries=(Query(f"sum(({overdue}) > bool 0)"),),
            unit=Shown.NUMBER,
            steps=words.WARN_FROM_ONE,
            empty="no DAG known",
        ),
        Stat(
            key="failed-count",
            title="Failed DAGs?",
            description="DAGs whose newest finished run, by its due time, failed. Backfills do not count.",
            queries=(Query(f"sum(1 - ({last}))"),),
            unit=Shown.NUMBER,
            steps=words.WARN_FROM_ONE,
            empty="no run known",
        ),
        Stat(
            key="import-count",
            title="Broken DAG files?",
            description=(
                "Files that Airflow cannot import, of all teams: a new file has no DAG yet, so no owner."
            ),
            queries=(Query(f"sum({scope.max(dags.IMPORT_ERRORS)})"),),
            unit=dags.IMPORT_ERRORS,
            steps=words.WARN_FROM_ONE,
            empty="unknown",
        ),
        alerts.count(scope),
    )


def _overdue(scope: Scope) -> Table:
    late = f"{scope.max(dags.OVERDUE, *_DAG)} > 0"
    blocked = scope.one(dags.BLOCKED, _DAG, ("reason",), true=True)
    reasoned = scope.labelled(late, _DAG, ("reason",), blocked)
    owned = scope.labelled(
        reasoned, _DAG, ("team", "owners"), scope.one(dags.DAG_INFO, _DAG, ("team", "owners"))
    )
    return Table(
        key="overdue",
        title="Which DAGs are overdue, and what blocks them?",
        description=(
            "The next run is past due and not created. Without a reason look at the scheduler. No rows: none."
        ),
        queries=(Query(scope.of_team(owned, _DAG, dags.DAG_INFO)),),
        columns=(
            Column(name="Overdue by", field="A", unit=dags.OVERDUE, width=110, decimals=1),
            Column(name="Team", field="team", width=120),
            Column(name="DAG", field="dag_id", links=of_dag(scope)),
            Column(name="Blocked by", field="reason", width=140),
            Column(name="Owners", field="owners", width=120),
            Column(name="Airflow", field=scope.label, width=90),
        ),
        sort_by="Overdue by",
    )


def _failed(scope: Scope) -> Table:
    keys = ("team", "owners")
    info = scope.one(dags.DAG_INFO, _DAG, keys)
    failed = f"{scope.min(dags.LAST_FINISHED_SUCCESS, *_DAG)} == 0"

    def row(value: str) -> str:
        of_failed = f"{value} and {scope.on(*_DAG)} ({failed})"
        return scope.of_team(scope.labelled(of_failed, _DAG, keys, info), _DAG, dags.DAG_INFO)

    return Table(
        key="failed",
        title="Which DAGs failed, how often, and since when is their data old?",
        description=(
            "Newest finished run failed. Failures in a row stop counting at 10. No last success: none "
            "is known."
        ),
        queries=(
            Query(row(scope.max(dags.CONSECUTIVE_FAILURES, *_DAG))),
            Query(row(scope.age(dags.LAST_SUCCESS, *_DAG))),
        ),
        columns=(
            Column(name="In a row", field="A", unit=dags.CONSECUTIVE_FAILURES, width=80),
            Column(name="Team", field="team", width=120),
            Column(name="DAG", field="dag_id", links=of_dag(scope)),
            Column(name="Last success ago", field="B", unit=Shown.AGE, width=140, decimals=1),
            Column(name="Owners", field="owners", width=120),
            Column(name="Airflow", field=scope.label, width=90),
        ),
        sort_by="In a row",
    )


def _files(scope: Scope) -> Table:
    return Table(
        key="files",
        title="Which DAG files are broken, and since when?",
        description=(
            "The 100 oldest import errors since the exporter first saw them. No rows: every file imports."
        ),
        queries=(Query(scope.age(dags.IMPORT_ERROR_FIRST_SEEN, "team", "bundle", "file")),),
        width=24,
        height=6,
        columns=(
            Column(name="Broken for", field="A", unit=Shown.AGE, width=110, decimals=1),
            Column(name="Team", field="team", width=120),
            Column(name="File", field="file"),
            Column(name="Bundle", field="bundle", width=130),
            Column(name="Airflow", field=scope.label, width=90),
        ),
        sort_by="Broken for",
    )
