"""Tables of the DAGs in trouble: overdue, or failed last; used by several dashboards."""

from __future__ import annotations

from windsock.catalog import dags
from windsock_dashboards.shapes import words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.links import of_dag
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Query
from windsock_dashboards.shapes.tables import Column, Table

_DAG = ("dag_id",)


def overdue(scope: Scope) -> Table:
    """DAGs whose next run is missing."""
    late_by = scope.max(dags.OVERDUE, *_DAG, keep="> 0")
    blocked = scope.one(dags.BLOCKED, _DAG, ("reason",), true=True)
    reasoned = scope.labelled(late_by, _DAG, ("reason",), blocked)
    keys = ("team", "owners")
    info = scope.one(dags.DAG_INFO, _DAG, keys, among=late_by)
    owned = scope.labelled(reasoned, _DAG, keys, info, of=late_by)
    return Table(
        key="overdue",
        title="Which DAGs are overdue, and what blocks them?",
        about=About(
            "DAGs whose next run is past due and was not created.",
            normal="No rows.",
            bad="max_active_runs: an older run holds the place. import_error: its file is broken. No reason: "
            "look at the scheduler.",
            then="A click on the DAG: its dashboard, its newest run.",
        ),
        queries=(Query(scope.top(100, scope.of_team(owned, _DAG, dags.DAG_INFO))),),
        alerts=("AirflowDagOverdue",),
        empty="no DAG is overdue",
        columns=(
            Column(
                name="Overdue by",
                field="A",
                unit=dags.OVERDUE,
                width=110,
                decimals=1,
                colored=True,
                steps=words.between(0, scope.limits.dag_overdue),
            ),
            Column(name="Team", field="team", width=120),
            Column(name="DAG", field="dag_id", links=of_dag(scope)),
            Column(name="Blocked by", field="reason", width=140),
            Column(name="Owners", field="owners", width=120),
            Column(name="Airflow", field=scope.label, width=90),
        ),
        sort_by="Overdue by",
    )


def failed(scope: Scope) -> Table:
    """DAGs whose newest finished run failed."""
    keys = ("team", "owners")
    failing = f"{scope.pick(dags.LAST_FINISHED_SUCCESS)} == 0"
    times = scope.max(dags.CONSECUTIVE_FAILURES, *_DAG, keep=f"and {scope.on(*_DAG)} ({failing})")
    owned = scope.labelled(times, _DAG, keys, scope.one(dags.DAG_INFO, _DAG, keys, among=failing))
    return Table(
        key="failed",
        title="Which DAGs failed, how often, and since when is their data old?",
        about=About(
            "DAGs whose newest finished run failed, those with most failures in a row first.",
            normal="No rows, or the few that you know.",
            bad="Several in a row: it will not heal by itself. Counting stops at 10; a dash: no success is "
            "known.",
            then="A click on the DAG: its last failed run and the task that failed.",
        ),
        queries=scope.rows(
            _DAG, scope.of_team(owned, _DAG, dags.DAG_INFO), scope.age(dags.LAST_SUCCESS, *_DAG)
        ),
        alerts=("AirflowDagLastRunFailed",),
        empty="no DAG failed last",
        columns=(
            Column(
                name="In a row",
                field="A",
                unit=dags.CONSECUTIVE_FAILURES,
                width=80,
                colored=True,
                steps=words.between(1, scope.limits.failures_in_a_row),
            ),
            Column(name="Team", field="team", width=120),
            Column(name="DAG", field="dag_id", links=of_dag(scope)),
            Column(name="Last success ago", field="B", unit=Shown.AGE, width=140, decimals=1),
            Column(name="Owners", field="owners", width=120),
            Column(name="Airflow", field=scope.label, width=90),
        ),
        sort_by="In a row",
    )
