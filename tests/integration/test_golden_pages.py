"""What PagerDuty, Slack and a webhook get for each alert that pages, from a real Alertmanager.

The payloads stand in tests/data/pages, one file per alert, for reading and for seeing what a change does to
them. WINDSOCK_UPDATE_GOLDEN=1 writes them anew.
"""

from __future__ import annotations

import html
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from demo.stack.ports import HOST
from tests.alerts.rules_under_test import ROOT
from tests.alerts.stories import Story, stories
from tests.support.alertmanager import Alertmanager
from windsock.owners import Owners
from windsock.yamlfile import parse
from windsock_alerts.routing import alertmanager
from windsock_alerts.settings import Settings

FOLDER = ROOT / "tests" / "data" / "pages"
UPDATE = os.environ.get("WINDSOCK_UPDATE_GOLDEN") == "1"
PAGES = {name: story for name, story in stories().items() if story.labels.get("severity") == "page"}
SERVICES = ("pagerduty", "slack", "webhook")
BEGAN, ENDED, NEVER = "2026-11-23T06:00:00Z", "2026-11-23T06:38:00Z", "2099-01-01T00:00:00Z"
SETTINGS = """
environment: demo
thresholds: {page_group_wait: 200ms, sla_group_wait: 200ms, group_interval: 1s}
"""
OWNERS = """
platform: data-platform
teams: [{{team: finance}}]
receivers:
  default: &all
    page:
      pagerduty: {{routing_key_file: {folder}/key}}
      slack: {{api_url_file: {folder}/slack, channel: "#late"}}
      webhook: {{url: "{url}/webhook"}}
  finance: *all
  data-platform: *all
"""
EACH_PAGE = pytest.mark.parametrize("name", PAGES)


class Recorder:
    """Takes what is posted, by the last part of the path."""

    def __init__(self) -> None:
        self.taken: dict[str, list[dict[str, Any]]] = {service: [] for service in SERVICES}
        taken = self.taken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taken[self.path.rpartition("/")[2]].append(json.loads(body))
                answer = b'{"status": "success"}'
                self.send_response(202 if self.path == "/pagerduty" else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self.url = f"http://{HOST}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait(self, count: int) -> None:
        """Until each service has been told so often."""
        deadline = time.monotonic() + 60
        while any(len(posts) < count for posts in self.taken.values()):
            assert time.monotonic() < deadline, {name: len(posts) for name, posts in self.taken.items()}
            time.sleep(0.1)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def alert(story: Story, *, ends: str) -> dict[str, Any]:
    return {
        "labels": {
            "alertname": story.alert,
            **({"airflow": "prod"} if story.airflow else {}),
            **story.labels,
        },
        "annotations": {"summary": story.summary, "description": story.description, **story.links},
        "startsAt": BEGAN,
        "endsAt": ends,
        "generatorURL": "http://127.0.0.1:9090/graph",
    }


def alert_of(service: str, payload: dict[str, Any]) -> str:
    """Which alert a payload is about."""
    if service == "webhook":
        return str(payload["alerts"][0]["labels"]["alertname"])
    title = payload["payload"]["summary"] if service == "pagerduty" else payload["attachments"][0]["title"]
    return next(name for name, story in PAGES.items() if story.summary[:60] in html.unescape(title))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Alert -> service -> what it got when the alert began and when it was over."""
    folder, recorder = tmp_path_factory.mktemp("pages"), Recorder()
    (folder / "key").write_text("no-key-at-all", encoding="utf-8")
    (folder / "slack").write_text(f"{recorder.url}/slack", encoding="utf-8")
    owners = parse(OWNERS.format(folder=folder, url=recorder.url), Owners, name="owners.yaml")
    config = alertmanager(parse(SETTINGS, Settings, name="alerts.yaml"), owners, name="owners.yaml")
    config["global"] = {"pagerduty_url": f"{recorder.url}/pagerduty"}
    server = Alertmanager(folder, config, url="https://alertmanager.example.org")
    try:
        server.start()
        server.post(*(alert(story, ends=NEVER) for story in PAGES.values()))
        recorder.wait(len(PAGES))
        server.post(*(alert(story, ends=ENDED) for story in PAGES.values()))
        recorder.wait(2 * len(PAGES))
    finally:
        server.stop()
        recorder.stop()
    found: dict[str, dict[str, list[dict[str, Any]]]] = {
        name: {service: [] for service in SERVICES} for name in PAGES
    }
    for service, payloads in recorder.taken.items():
        for payload in payloads:
            found[alert_of(service, payload)][service].append(payload)
    return found


@EACH_PAGE
def test_the_payloads_are_the_committed_ones(told: dict[str, Any], name: str) -> None:
    path = FOLDER / f"{name}.json"
    text = json.dumps(told[name], indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if UPDATE:
        FOLDER.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, "WINDSOCK_UPDATE_GOLDEN=1 writes it anew"


def test_no_payload_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(PAGES)


@EACH_PAGE
def test_one_incident_opens_and_closes(told: dict[str, Any], name: str) -> None:
    opened, closed = told[name]["pagerduty"]
    assert [opened["event_action"], closed["event_action"]] == ["trigger", "resolve"]
    assert opened["dedup_key"] == closed["dedup_key"]
    assert [payload["status"] for payload in told[name]["webhook"]] == ["firing", "resolved"]


@EACH_PAGE
def test_a_person_can_read_it(told: dict[str, Any], name: str) -> None:
    pagerduty, slack = told[name]["pagerduty"][0], told[name]["slack"][0]["attachments"][0]
    title, body = pagerduty["payload"]["summary"], pagerduty["payload"]["custom_details"]["firing"]
    assert len(title) <= 100
    assert len(body.splitlines()) <= 5
    assert len(slack["title"]) <= 100 + len("&lt;&gt;") * 2
    assert len(slack["text"].splitlines()) <= 6
    assert "<no value>" not in json.dumps(told[name])


@EACH_PAGE
def test_every_page_links_to_what_helps(told: dict[str, Any], name: str) -> None:
    links = {link["text"]: link["href"] for link in told[name]["pagerduty"][0]["links"]}
    assert {"Dashboard", "Runbook", "Silence"} <= set(links)
    assert links["Silence"].startswith("https://alertmanager.example.org/#/silences/new?filter=%7B")
    assert "from=1795402800000&to=now" in links["Dashboard"]
    text = told[name]["slack"][0]["attachments"][0]["text"]
    assert all(f"<{href}|{title}>" in text for title, href in links.items())
