"""Where the dashboards lead: to each other with time and variables, to Windsock and from there to Airflow."""

from __future__ import annotations

from dataclasses import dataclass

from windsock_dashboards.shapes.mistakes import no_such
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.spec import Link

OVERVIEW = "windsock-overview"
LATE = "windsock-late"
PLATFORM = "windsock-platform"
QUEUES = "windsock-queues"
DAG = "windsock-dag"
MONITORING = "windsock-monitoring"
TEAM = "windsock-team"
DELIVERY = "windsock-delivery"
PRACTICES = "windsock-practices"
ASSETS = "windsock-assets"
METADB = "windsock-metadb"
EVERYTHING = "windsock-everything"


@dataclass(frozen=True, slots=True)
class Sibling:
    """A dashboard as the others name it."""

    uid: str
    title: str
    tooltip: str


BOARDS = (
    Sibling(OVERVIEW, "Airflow overview", "Is anything wrong, and whose is it?"),
    Sibling(LATE, "SLA: what is late and whose is it", "Late, at risk, next due, causes, budgets"),
    Sibling(PLATFORM, "Scheduler and parsing", "Is Airflow itself alive and fast?"),
    Sibling(QUEUES, "Queues, pools, executors", "Where do tasks wait, and for what?"),
    Sibling(DAG, "One DAG", "Runs, SLAs and tasks of one DAG"),
    Sibling(MONITORING, "Monitoring itself", "Can the figures be believed, do pages leave?"),
    Sibling(TEAM, "One team", "The DAGs of a team, and what they use"),
    Sibling(DELIVERY, "Projects and delivery", "Is new code live, did DAGs vanish?"),
    Sibling(PRACTICES, "Practices", "What makes this Airflow costly or brittle?"),
    Sibling(ASSETS, "Assets and triggers", "What waits for assets, triggers, deadlines, people?"),
    Sibling(METADB, "Metadata database", "Does it stay small, fast and connected?"),
    Sibling(EVERYTHING, "Everything", "Every metric there is, by subject"),
)
# In the head of each dashboard; the others stand in its menu.
NEAREST = (OVERVIEW, LATE, PLATFORM, QUEUES, DAG)


def board(uid: str) -> Sibling:
    """The dashboard of this uid.

    Raises:
        DashboardError: there is none.
    """
    for sibling in BOARDS:
        if sibling.uid == uid:
            return sibling
    raise no_such("dashboard", uid, [sibling.uid for sibling in BOARDS])


def of_dag(scope: Scope) -> tuple[Link, ...]:
    """For a cell whose row holds `dag_id` and the Airflow: the DAG's dashboard, newest run, status page."""
    return _of_dag("${__data.fields.dag_id:percentencode}", f"${{__data.fields.{scope.label}:percentencode}}")


def of_dag_series(scope: Scope) -> tuple[Link, ...]:
    """For a series with the label `dag_id`: the same."""
    return _of_dag("${__field.labels.dag_id:percentencode}", _airflow_of_series(scope))


def dag_run(dag_id: str, which: str) -> Link:
    """The `latest`, `running` or `last-failed` run in the Airflow UI; Windsock finds its id."""
    return Link(f"The {which.replace('-', ' ')} run in Airflow", f"${{windsock}}/go/dags/{dag_id}/{which}")


def status(dag_id: str) -> Link:
    """The DAG's page on the status board: its SLAs, runs and causes."""
    return Link("Its page on the status board", f"${{windsock}}/dags/{dag_id}")


def runbook() -> Link:
    """For a cell that holds the name of an alert: what to do."""
    return Link("Runbook", "${windsock}/runbooks/${__value.raw:percentencode}")


def to(uid: str, scope: Scope, **fields: str) -> tuple[Link, ...]:
    """For a cell: another dashboard of the same Airflow, with variables set from fields of the row.

    Args:
        uid: of the dashboard.
        scope: the label that names the Airflow.
        fields: variable and field, as `team="team"`.
    """
    airflow = f"${{__data.fields.{scope.label}:percentencode}}"
    chosen = "".join(f"&var-{name}=${{__data.fields.{of}:percentencode}}" for name, of in fields.items())
    return (Link(board(uid).title, _url(uid, airflow) + chosen),)


def _of_dag(dag_id: str, airflow: str) -> tuple[Link, ...]:
    dashboard = Link("Dashboard of this DAG", f"{_url(DAG, airflow)}&var-dag_id={dag_id}")
    return dashboard, dag_run(dag_id, "latest"), status(dag_id)


def _airflow_of_series(scope: Scope) -> str:
    return f"${{__field.labels.{scope.label}:percentencode}}"


def _url(uid: str, airflow: str) -> str:
    return f"/d/{uid}?${{__url_time_range}}&${{datasource:queryparam}}&var-airflow={airflow}"
