"""What happened meanwhile, as lines across graphs: deployments, upgrades, alerts."""

from __future__ import annotations

from windsock.catalog import changes
from windsock_dashboards.shapes import thirdparty, words
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.spec import Mark

_PAGES = 'alertstate="firing", severity="page"'


def everywhere(scope: Scope) -> tuple[Mark, ...]:
    """On each dashboard: upgrades of Airflow, deployments of DAGs, pages."""
    return (
        Mark(
            name="Airflow upgrades",
            expr=scope.moment(changes.REVISION_SINCE),
            title="Airflow's schema changed",
            text="An upgrade of Airflow, seen by the revision of its database.",
            color=words.VIOLET,
            at_value=True,
        ),
        Mark(
            name="Deployments",
            expr=scope.moment(changes.BUNDLE_VERSION_SINCE, "bundle"),
            title="New version of bundle {{bundle}}",
            text="A deployment of DAGs, as windsock serve saw it.",
            color=words.BLUE,
            at_value=True,
        ),
        Mark(
            name="Pages",
            expr=scope.count(_firing(scope, _PAGES), "alertname"),
            title="{{alertname}}",
            text="An alert that pages somebody fired.",
            color=words.BAD,
        ),
    )


def of_dag(scope: Scope, dag: str) -> tuple[Mark, ...]:
    """On the dashboard of one DAG: its new versions, and its own alerts.

    Args:
        scope: the Airflow.
        dag: the matcher that keeps to the DAG.
    """
    changed = f"increase({scope.pick(changes.DAG_VERSIONS_CREATED, dag)}[$__interval])"
    return (
        *everywhere(scope)[:1],
        Mark(
            name="DAG versions",
            expr=f"max {scope.by('dag_id')} ({changed}) > 0",
            title="New version of the DAG",
            text="Airflow took over a change of this DAG (3.x).",
            color=words.BLUE,
        ),
        Mark(
            name="Its alerts",
            expr=scope.count(_firing(scope, f'alertstate="firing", {dag}'), "alertname", "severity"),
            title="{{alertname}}",
            text="{{severity}}",
            color=words.BAD,
        ),
    )


def _firing(scope: Scope, where: str) -> str:
    return scope.pick(thirdparty.ALERTS, where)
