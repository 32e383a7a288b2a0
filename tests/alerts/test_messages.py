"""What people read: rendered by amtool as Alertmanager would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.alerts.rules_under_test import tool
from windsock_alerts import messages

SUMMARY = "LATE <!channel>: due 06:30 Europe/Berlin, pool full [prod]"
LABELS = {"alertname": "AirflowSlaBreached", "airflow": "prod", "dag_id": "a", "severity": "page"}
ANNOTATIONS = {
    "summary": SUMMARY,
    "description": "1 & 2\n2\n3 pool_full\n4\n5",
    "runbook_url": "https://w/runbooks/A",
    "dashboard_url": "https://g/d/windsock-dag?from=now-3h&to=now&var-airflow=prod",
    "run_url": "https://w/go/dags/a/latest",
}
SILENCE = (
    "https://am/#/silences/new?filter=%7Bseverity%3D%22page%22%2Cairflow%3D%22prod%22"
    "%2Csla%3D%22a%5C%22b%20%C3%BC%22%2Cteam%3D%22finance%22%7D"
)
DASHBOARD = "https://g/d/windsock-dag?from=1795314720000&to=now&var-airflow=prod"
BODIES = {"plain": messages.plain, "slack": messages.slack, "text": messages.text, "card": messages.card}


def alerts(
    count: int = 1, *, status: str = "firing", annotations: dict[str, str] = ANNOTATIONS
) -> list[dict[str, Any]]:
    return [
        {
            "status": status,
            "labels": LABELS,
            "annotations": annotations,
            "startsAt": "2026-11-22T05:32:00Z",
            "endsAt": "2026-11-22T07:10:00Z",
        }
        for _ in range(count)
    ]


def rendered(tmp_path: Path, template: str, found: list[dict[str, Any]]) -> str:
    firing = any(alert["status"] == "firing" for alert in found)
    data = tmp_path / "data.json"
    data.write_text(
        json.dumps(
            {
                "status": "firing" if firing else "resolved",
                "alerts": found,
                "groupLabels": {"airflow": "prod", "team": "finance", "sla": 'a"b ü'},
                "commonLabels": {"severity": "page"},
                "externalURL": "https://am",
            }
        ),
        encoding="utf-8",
    )
    nothing = tmp_path / "none.tmpl"
    nothing.write_text('{{ define "none" }}{{ end }}', encoding="utf-8")
    result = tool(
        *("amtool", "template", "render", f"--template.glob={nothing}"),
        *(f"--template.text={template}", f"--template.data={data}"),
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.removesuffix("\n")


@pytest.mark.parametrize("count", [1, 7])
@pytest.mark.parametrize("status", ["firing", "resolved"])
@pytest.mark.parametrize("body", BODIES)
def test_a_body_has_at_most_eight_lines(tmp_path: Path, body: str, status: str, count: int) -> None:
    text = rendered(tmp_path, BODIES[body](), alerts(count, status=status))
    assert 1 <= len([line for line in text.splitlines() if line]) <= 8
    assert "<no value>" not in text


@pytest.mark.parametrize("make", [messages.title, messages.slack_title])
@pytest.mark.parametrize(("count", "more"), [(1, ""), (7, " (+6 more)")])
def test_a_title_is_one_line_of_at_most_100_characters(
    tmp_path: Path, make: Any, count: int, more: str
) -> None:
    long = {"summary": "LATE " + "x\n" * 200}
    text = rendered(tmp_path, make(), alerts(count, status="resolved", annotations=long))
    assert len(text) <= 100
    assert "\n" not in text
    assert text.startswith("RESOLVED LATE x x")
    assert text.endswith(f"…{more}")


def test_mail_says_what_and_where_to_look(tmp_path: Path) -> None:
    assert rendered(tmp_path, messages.plain(), alerts()).splitlines() == [
        *("1 & 2", "2", "3 pool_full", "4", "5"),
        "Runbook https://w/runbooks/A",
        f"Dashboard {DASHBOARD}",
        f"Run https://w/go/dags/a/latest · Silence {SILENCE}",
    ]


def test_what_slack_would_take_for_a_mark_is_text(tmp_path: Path) -> None:
    assert rendered(tmp_path, messages.slack_title(), alerts()).startswith("LATE &lt;!channel&gt;: due")
    *lines, links = rendered(tmp_path, messages.slack(), alerts()).splitlines()
    assert lines == ["1 &amp; 2", "2", "3 pool_full", "4", "5"]
    assert links == (
        f"<https://w/go/dags/a/latest|Run> · <{DASHBOARD}|Dashboard>"
        f" · <https://w/runbooks/A|Runbook> · <{SILENCE}|Silence>"
    )


def test_what_a_card_would_take_for_markdown_is_text(tmp_path: Path) -> None:
    lines = rendered(tmp_path, messages.card(), alerts()).split("\n\n")
    assert lines[:5] == ["1 & 2", "2", "3 pool\\_full", "4", "5"]
    assert lines[5].startswith("[Run](https://w/go/dags/a/latest) · [Dashboard](")


def test_of_several_the_first_five_are_named(tmp_path: Path) -> None:
    assert rendered(tmp_path, messages.text(), alerts(7)).splitlines() == [SUMMARY] * 5


def test_of_several_the_worst_are_named_where_the_rule_knows_them(tmp_path: Path) -> None:
    many = alerts(7, annotations={**ANNOTATIONS, "worst": "<b> 2h 0m 0s · a 3m 20s"})
    assert rendered(tmp_path, messages.text(), many).splitlines() == ["Worst: <b> 2h 0m 0s · a 3m 20s"]
    assert rendered(tmp_path, messages.slack(), many).startswith("Worst: &lt;b&gt; 2h 0m 0s · a 3m 20s\n")


def test_when_it_is_over_the_page_says_how_long_it_was_and_has_no_silence(tmp_path: Path) -> None:
    text = rendered(tmp_path, messages.plain(), alerts(status="resolved")).splitlines()
    assert text[0] == "Began 2026-11-22 05:32 UTC, over 2026-11-22 07:10 UTC."
    assert text[2].startswith("Dashboard https://g/d/windsock-dag?from=1795314720000&to=1795335000000&")
    assert text[3] == "Run https://w/go/dags/a/latest"


def test_an_alert_that_is_not_ours_has_a_title_and_no_empty_links(tmp_path: Path) -> None:
    foreign = alerts(annotations={})
    assert rendered(tmp_path, messages.title(), foreign) == "AirflowSlaBreached"
    for make in (messages.slack, messages.card):
        assert rendered(tmp_path, make(), foreign).strip() in {
            f"<{SILENCE}|Silence>",
            f"[Silence]({SILENCE})",
        }


@pytest.mark.parametrize("title", messages.links())
def test_a_link_that_an_alert_does_not_have_is_empty(tmp_path: Path, title: str) -> None:
    foreign = alerts(annotations={})
    expected = SILENCE if title == "Silence" else ""
    assert rendered(tmp_path, messages.links()[title], foreign) == expected
