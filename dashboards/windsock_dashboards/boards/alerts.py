"""Panels about the alerts that fire, from Prometheus' own `ALERTS`; used by several dashboards."""

from __future__ import annotations

from windsock_dashboards.shapes import links, thirdparty, words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Link, Query, Stat
from windsock_dashboards.shapes.tables import Column, Table

# Inhibitors and the dead man's switch are machinery: nobody acts on them.
_HUMAN = 'severity=~"page|ticket|info", alertname!="Watchdog"'
_IDENTITY = ("alertname", "severity", "team", "dag_id", "sla", "queue", "pool")


def count(scope: Scope, *, width: int = 4, where: str = "") -> Stat:
    """How many alerts a person has to act on; `where` keeps to some of them."""
    acted = 'alertstate="firing", severity=~"page|ticket"'
    matchers = ", ".join(filter(None, (_here(scope), acted, where)))
    firing = f"max {scope.by(*_IDENTITY)} ({thirdparty.ALERTS}{{{matchers}}})"
    return Stat(
        key="alert-count",
        title="Firing alerts?",
        about=About(
            "Pages and tickets that fire now: what somebody has to act on.",
            normal="0.",
            bad="Any number: the table of alerts names them. Those that Alertmanager holds back count too.",
            then="The table of alerts on the overview; a click on an alert's name opens its runbook.",
        ),
        queries=(Query(scope.count(firing), scope.legend),),
        width=width,
        steps=words.WARN_FROM_ONE,
        empty="0",
    )


def table(scope: Scope, *, width: int, where: str = "", of_one_dag: bool = False) -> Table:
    """The alerts that fire, longest first; `where` keeps to some of them."""
    matchers = ", ".join(filter(None, (_here(scope), _HUMAN, where)))
    since = f"time() - max {scope.by(*_IDENTITY)} ({thirdparty.ALERTS_FOR_STATE}{{{matchers}}})"
    firing = f'max {scope.by(*_IDENTITY)} ({thirdparty.ALERTS}{{{matchers}, alertstate="firing"}})'
    things = () if of_one_dag else (_column("Queue"), _column("Pool"))
    dag = () if of_one_dag else (Column(name="DAG", field="dag_id", links=links.of_dag(scope)),)
    return Table(
        key="alerts",
        title="Which alerts fire, and for how long?",
        about=About(
            "Every alert that is meant for people, with the team it goes to.",
            normal="No rows.",
            bad="A row is a page, a ticket or an info that fires now. The time counts from the moment the "
            "condition came true, before the alert's own waiting time.",
            then="A click on the alert opens its runbook, one on the DAG its dashboard and its newest run.",
        ),
        queries=(Query(scope.top(100, f"{since} and {scope.on(*_IDENTITY)} {firing}")),),
        width=width,
        empty="no alert fires, or Prometheus has no rules",
        columns=(
            Column(name="For", field="A", unit=Shown.AGE, width=90, decimals=1),
            Column(name="Alert", field="alertname", width=240, links=(links.runbook(),)),
            Column(name="Severity", field="severity", width=80),
            Column(name="Team", field="team", width=110),
            *dag,
            _column("SLA", "sla", 90),
            *things,
            Column(name="Airflow", field=scope.label, width=80),
        ),
        sort_by="For",
    )


def _column(name: str, field: str = "", width: int = 100, to: tuple[Link, ...] = ()) -> Column:
    return Column(name=name, field=field or name.lower(), width=width, links=to)


def _here(scope: Scope) -> str:
    # An alert about Prometheus itself belongs to no Airflow and concerns them all.
    return f'{scope.label}=~"$airflow|"'
