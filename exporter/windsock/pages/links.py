"""Where links lead: Airflow's UI, whose paths differ between 2.x and 3.x, and Windsock's own pages."""

from __future__ import annotations

from urllib.parse import quote

WHICH = ("latest", "running", "last-failed")


def encoded(text: str) -> str:
    """An id as one part of a path or query, whatever is in it."""
    return quote(text, safe="", errors="replace")


def dag(base: str, major: int | None, dag_id: str) -> str:
    """The DAG in Airflow's UI."""
    tail = "/grid" if major == 2 else ""
    return f"{base}/dags/{encoded(dag_id)}{tail}"


def run(base: str, major: int | None, dag_id: str, run_id: str) -> str:
    """One run in Airflow's UI."""
    if major == 2:
        return f"{base}/dags/{encoded(dag_id)}/grid?dag_run_id={encoded(run_id)}"
    return f"{base}/dags/{encoded(dag_id)}/runs/{encoded(run_id)}"


def page(dag_id: str) -> str:
    """Windsock's page of a DAG, relative to the board."""
    return f"dags/{encoded(dag_id)}"


def go(dag_id: str, which: str) -> str:
    """Windsock's redirect to a run, relative to the board."""
    return f"go/dags/{encoded(dag_id)}/{which}"


def dashboard(grafana: str, dag_id: str) -> str:
    """The dashboard of one DAG, over the last day."""
    return f"{grafana}/d/windsock-dag?from=now-24h&to=now&var-dag_id={encoded(dag_id)}"


def runbook(alert: str) -> str:
    """A runbook, relative to the board."""
    return f"runbooks/{alert}"
