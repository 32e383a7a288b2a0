"""The pager: what it shows for a webhook, what it remembers, which incidents it holds open."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.pager import Page, Pager, phone
from demo.stack import web


def alert(**changes: Any) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": "AirflowSlaBreached", "severity": "page", "team": "finance"},
        "annotations": {
            "summary": "LATE finance_daily: due 06:30 Berlin, pool full [prod]",
            "description": "Late by 25 min.\nCause: pool full.",
            "runbook_url": "http://127.0.0.1:9112/runbooks/AirflowSlaBreached",
        },
        "startsAt": "2026-11-22T16:41:37.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        **changes,
    }


def webhook(*alerts: dict[str, Any], status: str = "firing", group: str = "g") -> dict[str, Any]:
    return {"receiver": "finance-page", "status": status, "groupKey": group, "alerts": list(alerts)}


@pytest.fixture
def pager(tmp_path: Path) -> Iterator[Pager]:
    made = Pager("127.0.0.1", 0, record=tmp_path / "pages.jsonl")
    made.start()
    yield made
    made.stop()


def shown(hook: dict[str, Any]) -> str:
    return phone(Page(at=0, receiver="finance", status=hook["status"], group="g", alerts=hook["alerts"]))


def test_a_page_shows_team_title_body_and_links() -> None:
    text = shown(webhook(alert()))
    assert "PAGE for finance" in text
    for part in (
        "LATE finance_daily: due 06:30 Berlin",
        "Cause: pool full.",
        "runbook: http://127.0.0.1:9112/",
    ):
        assert part in text
    assert "RESOLVED" not in text


def test_a_ticket_is_not_called_a_page() -> None:
    assert "TICKET for finance" in shown(webhook(alert(labels={"alertname": "X", "severity": "ticket"})))


def test_a_resolved_page_says_how_long_it_lasted() -> None:
    text = shown(webhook(alert(status="resolved", endsAt="2026-11-22T16:44:42Z"), status="resolved"))
    assert "RESOLVED PAGE for finance" in text
    assert "over after 3 min 5 s" in text


def test_a_storm_is_one_page_that_counts() -> None:
    text = shown(webhook(*[alert()] * 9))
    assert "(and 8 more)" in text
    assert "… and 4 more" in text


def test_a_long_link_is_never_cut() -> None:
    link = "http://127.0.0.1:3000/d/windsock-dag?" + "x" * 200
    assert link in shown(webhook(alert(annotations={"summary": "s", "dashboard_url": link})))


def test_webhooks_are_remembered_by_the_path_and_recorded(pager: Pager, tmp_path: Path) -> None:
    web.call("POST", f"http://127.0.0.1:{pager.port}/page/finance", body=webhook(alert()))
    assert [page.receiver for page in pager.pages()] == ["finance"]
    recorded = json.loads((tmp_path / "pages.jsonl").read_text("utf-8"))
    assert recorded["alerts"][0]["labels"]["team"] == "finance"


def test_an_incident_is_open_until_its_group_resolves(pager: Pager) -> None:
    pager.take("finance", webhook(alert()))
    pager.take("finance", webhook(alert(), group="other"))
    pager.take("finance", webhook(alert(status="resolved"), status="resolved"))
    assert list(pager.open_incidents()) == [("finance", "other")]


def test_what_is_no_webhook_is_refused(pager: Pager) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        web.call("POST", f"http://127.0.0.1:{pager.port}/finance", body={"hello": "world"})
    assert pager.pages() == []
