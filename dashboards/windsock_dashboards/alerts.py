"""Panels about the alerts that fire, from Prometheus' own `ALERTS`; used by several dashboards."""

from __future__ import annotations

from windsock_dashboards import thirdparty, words
from windsock_dashboards.links import of_dag
from windsock_dashboards.promql import Scope
from windsock_dashboards.spec import Column, Query, Shown, Stat, Table

# Inhibitors and the dead man's switch are machinery: nobody acts on them.
_HUMAN = 'severity=~"page|ticket|info", alertname!="Watchdog"'
_IDENTITY = ("alertname", "severity", "team", "dag_id", "sla", "queue", "pool")


def count(scope: Scope, *, width: int = 4) -> Stat:
    """How many alerts a person has to act on."""
    matchers = f'{_here(scope)}, alertstate="firing", severity=~"page|ticket"'
    firing = f"{thirdparty.ALERTS}{{{matchers}}}"
    return Stat(
        key="alert-count",
        title="Firing alerts?",
        description="Pages and tickets that fire in Prometheus now, also those that Alertmanager holds back.",
        queries=(Query(f"count(max {scope.by(*_IDENTITY)} ({firing}))"),),
        unit=Shown.NUMBER,
        width=width,
        steps=words.WARN_FROM_ONE,
        empty="0",
    )


def table(scope: Scope, *, width: int, where: str = "") -> Table:
    """The alerts that fire, longest first; `where` keeps to the alerts of one DAG."""
    matchers = ", ".join(filter(None, (_here(scope), _HUMAN, where)))
    since = f"time() - max {scope.by(*_IDENTITY)} ({thirdparty.ALERTS_FOR_STATE}{{{matchers}}})"
    firing = f'max {scope.by(*_IDENTITY)} ({thirdparty.ALERTS}{{{matchers}, alertstate="firing"}})'
    things = () if where else (_column("Queue"), _column("Pool"))
    return Table(
        key="alerts",
        title="Which alerts fire, and for how long?",
        description=(
            "From the moment the condition came true, before the alert's own waiting time. No rows: none."
        ),
        queries=(Query(f"{since} and {scope.on(*_IDENTITY)} {firing}"),),
        width=width,
        columns=(
            Column(name="For", field="A", unit=Shown.AGE, width=90, decimals=1),
            Column(name="Alert", field="alertname"),
            Column(name="Severity", field="severity", width=80),
            Column(name="Team", field="team", width=110),
            Column(name="DAG", field="dag_id", width=140, links=of_dag(scope)),
            Column(name="SLA", field="sla", width=90),
            *things,
            Column(name="Airflow", field=scope.label, width=80),
        ),
        sort_by="For",
    )


def _column(name: str) -> Column:
    return Column(name=name, field=name.lower(), width=100)


def _here(scope: Scope) -> str:
    # An alert about Prometheus itself belongs to no Airflow and concerns them all.
    return f'{scope.label}=~"$airflow|"'
