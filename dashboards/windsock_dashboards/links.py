"""Where the dashboards lead: to each other with time and variables, to Windsock and from there to Airflow."""

from __future__ import annotations

from dataclasses import dataclass

from windsock_dashboards.promql import Scope
from windsock_dashboards.spec import Link

LATE = "windsock-late"
PLATFORM = "windsock-platform"
QUEUES = "windsock-queues"
DAG = "windsock-dag"


@dataclass(frozen=True, slots=True)
class Sibling:
    """A dashboard as the others name it."""

    uid: str
    title: str
    tooltip: str


BOARDS = (
    Sibling(LATE, "What is late and whose is it", "SLAs, overdue and failed DAGs with team and cause"),
    Sibling(PLATFORM, "Platform", "Scheduler, API server, metadata database, the monitoring itself"),
    Sibling(QUEUES, "Queues and pools", "Where tasks wait, and for what"),
    Sibling(DAG, "One DAG", "Runs, SLAs and tasks of one DAG"),
)


def of_dag(scope: Scope) -> tuple[Link, ...]:
    """For a cell whose row holds `dag_id` and the Airflow: the DAG's dashboard, its newest run."""
    return _of_dag("${__data.fields.dag_id:percentencode}", f"${{__data.fields.{scope.label}:percentencode}}")


def of_dag_series(scope: Scope) -> tuple[Link, ...]:
    """For a series with the label `dag_id`: the same."""
    return _of_dag("${__field.labels.dag_id:percentencode}", _airflow_of_series(scope))


def dag_run(dag_id: str, which: str) -> Link:
    """The `latest`, `running` or `last-failed` run in the Airflow UI; Windsock finds its id."""
    return Link(f"The {which.replace('-', ' ')} run in Airflow", f"${{windsock}}/go/dags/{dag_id}/{which}")


def _of_dag(dag_id: str, airflow: str) -> tuple[Link, ...]:
    dashboard = Link("Dashboard of this DAG", f"{_url(DAG, airflow)}&var-dag_id={dag_id}")
    return dashboard, dag_run(dag_id, "latest")


def _airflow_of_series(scope: Scope) -> str:
    return f"${{__field.labels.{scope.label}:percentencode}}"


def _url(uid: str, airflow: str) -> str:
    return f"/d/{uid}?${{__url_time_range}}&${{datasource:queryparam}}&var-airflow={airflow}"
