"""Links into Airflow's UI."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote

import pytest

from tests.exporter.page_world import AIRFLOW, LATE, VIEW, get, text
from windsock.view import RunIds, View


@pytest.mark.parametrize(
    ("major", "which", "target"),
    [
        (3, "latest", f"{AIRFLOW}/dags/finance_daily/runs/scheduled__2026-03-02T02%3A00%3A00%2B00%3A00"),
        (
            2,
            "latest",
            f"{AIRFLOW}/dags/finance_daily/grid?dag_run_id=scheduled__2026-03-02T02%3A00%3A00%2B00%3A00",
        ),
        (3, "running", f"{AIRFLOW}/dags/finance_daily/runs/r%201%2F%C3%BC"),
    ],
)
def test_link_leads_to_the_run_in_the_ui_of_this_version(major: int, which: str, target: str) -> None:
    response = get(f"/go/dags/finance_daily/{which}", replace(VIEW, major=major))
    assert (response.status, response.headers["Location"]) == (302, target)


@pytest.mark.parametrize(
    "dag_id", ["a.b", "with space", "a/b", "ünïcode", 'quo"te', "line\nfeed", "100%", "a?b#c"]
)
def test_link_of_any_dag_id(dag_id: str) -> None:
    view = replace(VIEW, runs={dag_id: RunIds(latest="r1")}, statuses=(replace(LATE, dag_id=dag_id),))
    (path,) = re.findall(r'href="(go/dags/[^"]*/latest)"', get("/", view).body.decode())
    location = get(f"/{path}", view).headers["Location"]
    assert re.fullmatch(r"[!-~]+", location)
    assert unquote(location) == f"{AIRFLOW}/dags/{dag_id}/runs/r1"


@pytest.mark.parametrize(
    ("path", "view", "why"),
    [
        pytest.param(
            "/go/dags/finance_daily/last-failed", VIEW, "This DAG has no run that failed", id="no such run"
        ),
        pytest.param("/go/dags/nosuch/latest", VIEW, "Airflow has no DAG of this name", id="no such DAG"),
        pytest.param(
            "/go/dags/finance_daily/newest",
            VIEW,
            "There is no such link; known: latest, running, last-failed",
            id="no such link",
        ),
        pytest.param(
            "/go/dags/finance_daily/latest",
            replace(VIEW, database_up=False, facts=None, runs={}),
            "The metadata database does not answer",
            id="database down",
        ),
    ],
)
def test_link_that_leads_nowhere_says_what_is_known(path: str, view: View, why: str) -> None:
    response = get(path, view)
    assert response.status == 404
    assert why in text(response)
    assert f"{AIRFLOW}/dags/" in response.body.decode()


def test_link_without_a_base_url_names_the_run_and_the_setting() -> None:
    response = get("/go/dags/finance_daily/latest", base=None)
    assert response.status == 404
    assert "The run is scheduled__2026-03-02T02:00:00+00:00" in text(response)
    assert "--airflow-url" in text(response)


def test_slash_at_the_end_of_the_base_url_changes_nothing() -> None:
    location = get("/go/dags/finance_daily/latest", base=f"{AIRFLOW}/").headers["Location"]
    assert location.startswith(f"{AIRFLOW}/dags/")
