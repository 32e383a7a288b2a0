"""Nothing that comes from a DAG, a file or a URL becomes part of a page, and no page reaches elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exporter.page_world import KEPT, LATE, NASTY, NOW, VIEW, get
from tests.exporter.sla_world import dag
from windsock.facts import ActiveTasks, Facts, Run
from windsock.pages import links, static
from windsock.pages.html import link
from windsock.sla import Standing
from windsock.sla.evidence import Evidence
from windsock.sla.prediction import Prediction
from windsock.sla.rules import Sla
from windsock.sla.status import WrongTag
from windsock.view import BrokenFile, CollectorHealth, RunIds, View

_PAGES = (
    "/",
    "/slas",
    f"/?team={quote(NASTY)}",
    f"/?tag={quote(NASTY)}&dag={quote(NASTY)}",
    "/?team=%22%3E%3Cscript%3E",
    "/slas?standing=%3Cscript%3E",
    f"/dags/{quote(NASTY, safe='')}",
    f"/dags/{quote(NASTY, safe='')}?at={quote(NASTY)}",
    "/dags/%3Cscript%3E",
    "/go/dags/x/latest",
    "/runbooks/x",
    "/runbooks/%3Cscript%3E",
)


def _everywhere(text: str) -> View:
    """A view in which all that people can write is this text."""
    risk = Prediction(p50=NOW.timestamp(), p90=NOW.timestamp(), miss=0.8, runs=3, words=(text,))
    about = Evidence(run_id=text, task_id=text, pool=text, queue=text, detail=text)
    said = replace(LATE, deadline_text=text, tier=text, warning=text, evidence=about, place=text)
    nasty = replace(said, dag_id=text, sla=text, team=text, entry=Sla(dag="x", finish_by="06:30"))
    return replace(
        VIEW,
        facts=Facts(
            now=NOW,
            dags={
                text: dag(
                    dag_id=text,
                    owners=(text,),
                    tags=(text,),
                    schedule=text,
                    runs=(Run(run_id=text, run_type=text, state=text, due=NOW, start=NOW, end=NOW),),
                    file=text,
                    tasks=(ActiveTasks(state="scheduled", pool=text, queue=text, count=3),),
                )
            },
        ),
        statuses=(
            nasty,
            replace(nasty, sla="x", evidence=Evidence()),
            replace(KEPT, dag_id=text, tier=text, warning=text, deadline_text=text),
            replace(KEPT, dag_id=text, sla="risk", standing=Standing.AT_RISK, prediction=risk),
            replace(KEPT, dag_id=text, sla="unknown", standing=Standing.UNKNOWN),
        ),
        wrong_tags=(WrongTag(dag_id=text, team=text, tag=text, why=text),),
        broken_files=(BrokenFile(bundle=text, file=text, team=text, first_seen=NOW),),
        collectors=(CollectorHealth(name="x", last_success=NOW, problem=text, disabled=None),),
        runs={text: RunIds(latest=text), "x": RunIds(running=text)},
        airflow_version=text,
        sla_file_problem=text,
    )


class _Elements(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.handlers: list[str] = []
        self.targets: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        if tag in {"script", "iframe", "object", "embed", "base"}:
            self.scripts.append(given.get("src") or tag)
        self.handlers += [name for name in given if name.startswith("on") or name == "style"]
        self.targets += [given[name] for name in ("href", "src", "action") if given.get(name)]


def _check(page: bytes) -> None:
    found = _Elements(page)
    assert all(re.fullmatch(r"(\.\./)*static/refresh\.[0-9a-f]+\.js", each) for each in found.scripts)
    assert found.handlers == []
    for target in found.targets:
        assert re.match(r"https://(airflow|grafana|wiki)\.example/|[^:]*$", target), target
        assert not target.startswith("//")


@pytest.mark.parametrize("path", _PAGES)
def test_nothing_from_a_dag_or_a_path_becomes_html(path: str) -> None:
    _check(get(path, _everywhere(NASTY)).body)


@settings(max_examples=30)
@given(text=st.text(min_size=1, max_size=30))
def test_no_text_at_all_becomes_html(text: str) -> None:
    view = _everywhere(text)
    _check(get("/", view).body)
    _check(get("/slas", view).body)
    _check(get(f"/dags/{links.encoded(text)}", view).body)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("javascript:alert(1)", id="script"),
        pytest.param("JaVaScRiPt:alert(1)", id="in capitals"),
        pytest.param(" \tjavascript:alert(1)", id="after blanks"),
        pytest.param("java\nscript:alert(1)", id="with a line feed, which browsers overlook"),
        pytest.param("data:text/html,<script>", id="data"),
        pytest.param("//evil.example", id="another host"),
        pytest.param("\\\\evil.example", id="another host by backslashes"),
        pytest.param("\x01javascript:alert(1)", id="after a control character"),
    ],
)
def test_an_address_that_is_no_page_is_shown_and_leads_nowhere(target: str) -> None:
    shown = link("runbook", target)
    assert "href" not in shown
    assert "runbook" in shown
    with_it, without = (
        get("/", replace(VIEW, statuses=(replace(LATE, runbook=each),))) for each in (target, "")
    )
    assert _Elements(with_it.body).targets == _Elements(without.body).targets


@pytest.mark.parametrize(
    "path", ["/", "/slas", "/dags/finance_daily", "/runbooks/", "/go/dags/nosuch/latest"]
)
def test_a_page_may_run_our_script_only_and_reach_nothing_else(path: str) -> None:
    policy = get(path).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_board_is_read_again_by_the_script_or_without_it_by_the_browser() -> None:
    body = get("/").body.decode()
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in body
    assert f'<script src="{static.SCRIPT}" defer=""></script>' in body


def test_static_files_are_kept_by_browsers_and_named_by_their_content() -> None:
    for name in (static.STYLE, static.SCRIPT, static.ICON, static.LATE):
        response = get(f"/{name}")
        assert response.status == 200
        assert "immutable" in response.headers["Cache-Control"]
    assert get("/static/style.css").status == 404
    assert get("/static/..%2F..%2Fhtml.py").status == 404
    assert b"url(" not in get(f"/{static.STYLE}").body
