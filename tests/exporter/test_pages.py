"""The pages for people: board, links into Airflow, runbooks, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.exporter.sla_world import at, dag
from windsock.facts import ActiveTasks, Facts, Pool
from windsock.pages import routes, runbooks
from windsock.sla import Cause, Standing, Status
from windsock.sla.prediction import Prediction
from windsock.sla.status import WrongTag
from windsock.view import BrokenFile, CollectorHealth, Component, RunIds, View
from windsock.web import App, Response

AIRFLOW = "https://airflow.example/base"
GRAFANA = "https://grafana.example"
NOW = at("2026-03-02 07:42")

LATE = Status(
    sla="finish_by",
    dag_id="finance_daily",
    kind="finish_by",
    team="finance",
    severity="page",
    deadline_text="06:30 UTC",
    standing=Standing.BREACHED,
    deadline=at("2026-03-02 06:30"),
    late=72 * 60,
    cause=Cause.POOL_FULL,
    place="slas.yaml:2",
)
KEPT = Status(
    sla="fresh",
    dag_id="shop_orders",
    kind="max_age",
    team="commerce",
    severity="ticket",
    deadline_text="26h after last success",
    standing=Standing.OK,
    deadline=at("2026-03-02 10:54"),
)
MISSING = Status(
    sla="max_age",
    dag_id="nosuch_*",
    kind="max_age",
    team="default",
    severity="page",
    deadline_text="1d after last success",
    standing=Standing.UNKNOWN,
    missing=True,
    warning="no DAG matches this glob in Airflow (yet): slas.yaml:9",
)
VIEW = View(
    at=NOW,
    database_up=True,
    facts=Facts(
        now=NOW,
        dags={
            "finance_daily": dag(
                owners=("cfo",), tasks=(ActiveTasks(state="scheduled", pool="dwh", queue="q", count=3),)
            )
        },
        pools={"dwh": Pool(limit=16, occupied=16)},
    ),
    statuses=(KEPT, LATE, MISSING),
    wrong_tags=(WrongTag(dag_id="etl", team="finance", tag="sla:max_age=x", why="expected a duration"),),
    runs={
        "finance_daily": RunIds(latest="scheduled__2026-03-02T02:00:00+00:00", running="r 1/ü"),
        "shop_orders": RunIds(),
    },
    collectors=(
        CollectorHealth(name="tasks", last_success=NOW),
        CollectorHealth(name="results", last_success=None, disabled="privilege"),
        CollectorHealth(name="runs", last_success=NOW, problem="statement timeout"),
    ),
    components=(
        Component(job_type="SchedulerJob", heartbeat=at("2026-03-02 07:41:55"), stopped=False),
        Component(job_type="TriggererJob", heartbeat=at("2026-03-02 06:42"), stopped=False),
        Component(job_type="DagProcessorJob", heartbeat=at("2026-03-01 07:42"), stopped=True),
    ),
    broken_files=(
        BrokenFile(bundle="dags", file="marketing.py", team="marketing", first_seen=at("2026-03-02 06:42")),
    ),
    airflow_version="3.3.2",
    major=3,
)
NASTY = '<script>alert("x")</script> & ‘ü’\n../..'


def _get(path: str, view: View = VIEW, base: str | None = AIRFLOW) -> Response:
    environ: Mapping[str, object] = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "windsock.raw_path": path}
    return App(routes(lambda: view, base, GRAFANA)).answer(environ)


def _text(response: Response) -> str:
    """What a person reads."""
    shown: list[str] = []

    class Reader(HTMLParser):
        hidden = False

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.hidden = tag == "style"

        def handle_data(self, data: str) -> None:
            if not self.hidden and data.strip():
                shown.append(data.strip())

    Reader().feed(response.body.decode())
    return "\n".join(shown)


def test_board_says_what_is_late_why_whose_and_since_when() -> None:
    text = _text(_get("/"))
    assert "finance_daily\nlate by 1 h 12 min\n06:30 UTC, due Mon 2026-03-02 06:30 UTC" in text
    assert "waiting for a full pool — tasks: 3 scheduled in pool dwh (16 of 16 slots used)" in text
    assert "team finance, owner cfo · page" in text


def test_board_shows_the_late_before_everything_else() -> None:
    text = _text(_get("/"))
    assert text.index("finance_daily") < text.index("shop_orders") < text.index("nosuch_*")


def test_board_links_to_the_runs_that_exist_and_to_the_runbook() -> None:
    body = _get("/").body.decode()
    assert 'href="go/dags/finance_daily/latest"' in body
    assert 'href="go/dags/finance_daily/running"' in body
    assert "last-failed" not in body
    assert f'href="{AIRFLOW}/dags/finance_daily"' in body
    assert 'href="runbooks/AirflowSlaBreached"' in body
    assert (
        'href="https://grafana.example/d/windsock-dag?from=now-24h&amp;to=now&amp;var-dag_id=finance_daily"'
        in body
    )


def test_board_shows_the_next_deadline_of_what_is_in_time() -> None:
    assert (
        "shop_orders\nfresh: 26h after last success\nin 3 h 12 min (Mon 2026-03-02 10:54 UTC)\ncommerce"
        in _text(_get("/"))
    )


def test_board_shows_warnings_components_broken_files_and_collectors() -> None:
    text = _text(_get("/"))
    for line in (
        "no DAG matches this glob in Airflow (yet): slas.yaml:9",
        "etl\ntag sla:max_age=x\nfinance\nexpected a duration",
        "SchedulerJob\nalive\n5 s ago",
        "TriggererJob\nsilent\n1 h ago",
        "DagProcessorJob\nstopped in order\n1 d ago",
        "dags: marketing.py\nmarketing\n1 h",
        "results\nswitched off: privilege\nnever",
        "runs\nstatement timeout",
        "Airflow 3.3.2",
        "database answers, facts from Mon 2026-03-02 07:42 UTC",
    ):
        assert line in text


def test_board_without_the_database_says_so_first_and_keeps_the_breach() -> None:
    blind = replace(VIEW, database_up=False, facts=None, statuses=(LATE,), runs={})
    text = _text(_get("/", blind))
    assert text.index("The metadata database does not answer") < text.index("finance_daily")
    assert "late by 1 h 12 min" in text


def test_board_does_not_call_unknown_good() -> None:
    unknown = replace(LATE, standing=Standing.UNKNOWN, deadline=None, late=0.0, cause=None)
    text = _text(_get("/", replace(VIEW, statuses=(unknown,))))
    assert "Nothing is late" not in text
    assert "Unknown\nNot judged until there are fresh facts." in text


RISKY = replace(
    KEPT,
    standing=Standing.AT_RISK,
    cause=Cause.RUNNING_LONG,
    prediction=Prediction(
        p50=at("2026-03-02 11:15").timestamp(),
        p90=at("2026-03-02 11:40").timestamp(),
        miss=0.83,
        runs=42,
        words=("load has run for 55 min, usually 30 min",),
    ),
)


def test_board_shows_what_is_at_risk_with_its_probable_finish_and_why() -> None:
    shown = _text(_get("/", replace(VIEW, statuses=(RISKY,))))
    assert "At risk" in shown
    assert "likely done Mon 2026-03-02 11:15 UTC, 21 min late" in shown
    assert "83% that it is missed; done by Mon 2026-03-02 11:40 UTC in nine of ten cases" in shown
    assert "still running; load has run for 55 min, usually 30 min" in shown
    assert "team commerce · ticket" in shown


def test_board_shows_a_risk_without_a_prediction_by_its_cause() -> None:
    shown = _text(_get("/", replace(VIEW, statuses=(replace(RISKY, prediction=None, cause=Cause.FAILED),))))
    assert "the run failed" in shown
    assert "likely done" not in shown


def test_json_has_the_prediction() -> None:
    (found,) = json.loads(_get("/api/v1/slas", replace(VIEW, statuses=(RISKY,))).body)["slas"]
    assert found["standing"] == "at_risk"
    assert found["prediction"] == {
        "finish_p50": "2026-03-02T11:15:00Z",
        "finish_p90": "2026-03-02T11:40:00Z",
        "miss_probability": 0.83,
        "runs": 42,
        "why": ["load has run for 55 min, usually 30 min"],
    }


def test_board_without_anything_late_says_so() -> None:
    assert "Nothing is late." in _text(_get("/", replace(VIEW, statuses=(KEPT,))))


def test_board_says_that_the_sla_file_is_wrong() -> None:
    view = replace(VIEW, statuses=(KEPT,), wrong_tags=(), sla_file_problem=f"slas.yaml:3: slas.0.{NASTY}")
    text = _text(_get("/", view))
    assert "The SLA file is wrong, the last good one counts: slas.yaml:3: slas.0." in text
    assert b"<script" not in _get("/", view).body
    assert json.loads(_get("/api/v1/slas", view).body)["sla_file_problem"] == view.sla_file_problem


def test_board_before_the_first_cycle() -> None:
    text = _text(_get("/", View(at=NOW)))
    assert "nothing is known at present" in text
    assert "No SLA is known" in text


def test_board_refreshes_itself_and_loads_nothing_from_elsewhere() -> None:
    response = _get("/")
    body = response.body.decode()
    assert '<meta http-equiv="refresh" content="30">' in body
    assert not re.search(r"(src=|@import|url\(|<script|<link|<img)", body)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/go/dags/x/latest", "/runbooks/x", "/runbooks/%3Cscript%3E"])
def test_nothing_from_a_dag_or_a_path_becomes_html(path: str) -> None:
    nasty = replace(LATE, dag_id=NASTY, sla=NASTY, team=NASTY, warning=NASTY)
    view = replace(
        VIEW,
        statuses=(nasty, replace(KEPT, dag_id=NASTY, tier=NASTY, warning=NASTY)),
        wrong_tags=(WrongTag(dag_id=NASTY, team=NASTY, tag=NASTY, why=NASTY),),
        broken_files=(BrokenFile(bundle=NASTY, file=NASTY, team=NASTY, first_seen=NOW),),
        collectors=(CollectorHealth(name="x", last_success=NOW, problem=NASTY),),
        runs={NASTY: RunIds(latest=NASTY), "x": RunIds(running=NASTY)},
    )
    assert b"<script" not in _get(path, view).body


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
    response = _get(f"/go/dags/finance_daily/{which}", replace(VIEW, major=major))
    assert (response.status, response.headers["Location"]) == (302, target)


@pytest.mark.parametrize(
    "dag_id", ["a.b", "with space", "a/b", "ünïcode", 'quo"te', "line\nfeed", "100%", "a?b#c"]
)
def test_link_of_any_dag_id(dag_id: str) -> None:
    view = replace(VIEW, runs={dag_id: RunIds(latest="r1")}, statuses=(replace(LATE, dag_id=dag_id),))
    (path,) = re.findall(r'href="(go/dags/[^"]*/latest)"', _get("/", view).body.decode())
    location = _get(f"/{path}", view).headers["Location"]
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
    response = _get(path, view)
    assert response.status == 404
    assert why in _text(response)
    assert f"{AIRFLOW}/dags/" in response.body.decode()


def test_link_without_a_base_url_names_the_run_and_the_setting() -> None:
    response = _get("/go/dags/finance_daily/latest", base=None)
    assert response.status == 404
    assert "The run is scheduled__2026-03-02T02:00:00+00:00" in _text(response)
    assert "--airflow-url" in _text(response)


def test_slash_at_the_end_of_the_base_url_changes_nothing() -> None:
    location = _get("/go/dags/finance_daily/latest", base=f"{AIRFLOW}/").headers["Location"]
    assert location.startswith(f"{AIRFLOW}/dags/")


def test_json_says_what_the_board_says() -> None:
    response = _get("/api/v1/slas")
    data = json.loads(response.body)
    assert response.content_type.startswith("application/json")
    assert (data["at"], data["facts_at"], data["database_up"]) == ("2026-03-02T07:42:00Z",) * 2 + (True,)
    assert data["slas"][1] == {
        "sla": "finish_by",
        "dag_id": "finance_daily",
        "kind": "finish_by",
        "team": "finance",
        "severity": "page",
        "standing": "breached",
        "deadline": "2026-03-02T06:30:00Z",
        "deadline_text": "06:30 UTC",
        "met": False,
        "late_seconds": 4320.0,
        "prediction": None,
        "cause": "pool_full",
        "dag_missing": False,
        "at_risk_severity": "ticket",
        "tier": None,
        "runbook": None,
        "declared": "slas.yaml:2",
        "problem": None,
        "warning": None,
        "dag_url": f"{AIRFLOW}/dags/finance_daily",
    }
    assert [sla["standing"] for sla in data["slas"]] == ["ok", "breached", "unknown"]
    assert data["wrong_tags"] == [
        {"dag_id": "etl", "team": "finance", "tag": "sla:max_age=x", "why": "expected a duration"}
    ]


def test_card_leads_to_the_slas_own_runbook_and_says_its_tier() -> None:
    mine = replace(LATE, tier="1", runbook="https://wiki.example/finance")
    response = _get("/", replace(VIEW, statuses=(mine,)))
    assert 'href="https://wiki.example/finance"' in response.body.decode()
    assert "page, tier 1" in _text(response)


def test_every_runbook_is_shown() -> None:
    for alert in runbooks.known():
        response = _get(f"/runbooks/{alert}")
        assert response.status == 200
        assert "```" not in _text(response)
        assert "**" not in _text(response)


@pytest.mark.parametrize("name", ["NoSuchAlert", "..%2F..%2FREADME", "README", "%2Fetc%2Fpasswd", "A%00B"])
def test_unknown_runbook_lists_the_known_ones(name: str) -> None:
    response = _get(f"/runbooks/{name}")
    assert response.status == 404
    for alert in runbooks.known():
        assert f'href="{alert}"' in response.body.decode()


def test_runbook_links_between_files_work() -> None:
    for alert in runbooks.known():
        assert _get(f"/runbooks/{alert}.md").status == 200


def test_index_lists_the_runbooks() -> None:
    assert _get("/runbooks/").status == 200


def test_html_in_a_runbook_stays_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "# Late\n\n<b>bold</b> [run](javascript:alert(1))\n\n| a |\n|---|\n| `1` |\n"
    (tmp_path / "Late.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(runbooks, "folder", lambda: tmp_path)
    body = _get("/runbooks/Late").body.decode()
    assert "&lt;b&gt;bold&lt;/b&gt;" in body
    assert 'href="javascript' not in body
    assert "<td><code>1</code></td>" in body
