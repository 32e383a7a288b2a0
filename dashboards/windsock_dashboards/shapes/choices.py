"""What the reader of a dashboard chooses besides data source and Airflow."""

from __future__ import annotations

from windsock.catalog import dags, sla
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.spec import Choice


def team(scope: Scope, *, several: bool = True) -> Choice:
    """The teams of owners.yaml that have a DAG or an SLA."""
    return Choice(
        name="team",
        label="Team",
        query=f'label_values({{__name__=~"{dags.DAG_INFO}|{sla.SLA_INFO}", {scope.airflow}}}, team)',
        several=several,
        unlabelled=True,
    )


def dag(scope: Scope) -> Choice:
    """One DAG of the chosen Airflow."""
    return Choice(
        name="dag_id",
        label="DAG",
        query=f"label_values({scope.pick(dags.DAG_INFO)}, dag_id)",
        several=False,
    )
