"""Real Prometheus and Alertmanager: what a pager hears when an SLA and the platform break together.

Each story is an Airflow of its own, all at once, on the shipped rules and routing with short thresholds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from demo.pager import Page, Pager
from demo.stack import ports, programs, web
from demo.stack.process import Process, stop_all
from windsock.catalog import components, metadb, sla
from windsock.deploy import services
from windsock.owners import Owners
from windsock.yamlfile import parse
from windsock_alerts import build
from windsock_alerts.settings import Settings

SETTINGS = """
environment: demo
thresholds:
  component_silent: 3s
  platform_silent: 3s
  component_crashed: 6s
  component_stopped: 60s
  recovery_grace: 6s
  exporter_stale: 6s
  database_unreachable: 5s
  bridge: 5s
  sla_breached: 5s
  keep_firing: 12s
  sla_group_wait: 500ms
  page_group_wait: 1s
  group_interval: 3s
"""
OWNERS = """
platform: data-platform
teams: [{{team: finance, owners: [finance]}}]
receivers:
  default: {{page: {{webhook: {{url: "http://{pager}/default"}}}}}}
  finance: {{page: {{webhook: {{url: "http://{pager}/finance"}}}}}}
  data-platform: {{page: {{webhook: {{url: "http://{pager}/data-platform"}}}}}}
"""
END = 60.0


@dataclass(frozen=True)
class Story:
    """What one Airflow goes through; all times are seconds after the start.

    Attributes:
        late: from when to when the SLA is breached.
        scheduler_down, database_down, exporter_down: from when to when.
    """

    late: tuple[float, float]
    scheduler_down: tuple[float, float] = (END, END)
    database_down: tuple[float, float] = (END, END)
    exporter_down: tuple[float, float] = (END, END)

    def metrics(self, at: float, now: float) -> str | None:
        """The exposition `at` seconds after the start; None for a scrape that fails."""
        if _within(at, self.exporter_down):
            return None
        down = _within(at, self.scheduler_down)
        beat = now - (at - self.scheduler_down[0] if down else 0)
        broken = _within(at, self.late)
        key = 'sla="morning",dag_id="finance_daily"'
        info = f'{key},kind="finish_by",team="finance",severity="page",deadline_text="06:30 UTC"'
        cause = "queue" if at < self.late[0] + 8 else "running_long"
        lines = [
            f"{metadb.SNAPSHOT} {now}",
            f"{metadb.METADB_UP} {0 if _within(at, self.database_down) else 1}",
            f"{sla.SLA_LATE}{{{key}}} {at - self.late[0] if broken else 0}",
            f"{sla.SLA_BREACHED}{{{key}}} {int(broken)}",
            f"{sla.SLA_INFO}{{{info}}} 1",
        ]
        if not _within(at, (self.database_down[0] + 4, self.database_down[1])):
            lines.append(f'{components.HEARTBEAT}{{job_type="SchedulerJob"}} {beat}')
        if broken:
            lines.append(f'{sla.SLA_CAUSE}{{{key},cause="{cause}"}} 1')
        return "\n".join([*lines, ""])


STORIES = {
    "cause-changes": Story(late=(0, 25)),
    "heals-while-held-back": Story(late=(0, 20), scheduler_down=(12, 24)),
    "held-back-and-caught-up": Story(late=(6, 25), scheduler_down=(2, 22)),
    "held-back-and-still-late": Story(late=(6, 38), scheduler_down=(2, 22)),
    "database-gone": Story(late=(0, 27), database_down=(12, 25)),
    "exporter-gone": Story(late=(0, 20), exporter_down=(12, 25)),
}


def _within(at: float, span: tuple[float, float]) -> bool:
    return span[0] <= at < span[1]


class Exporters:
    """All stories behind one address, `/<story>/metrics`."""

    def __init__(self, port: int) -> None:
        began = time.time()
        self.began = began

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                story = STORIES[self.path.split("/")[1]]
                now = time.time()
                text = story.metrics(now - began, now)
                self.send_response(503 if text is None else 200)
                self.end_headers()
                self.wfile.write((text or "").encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer((ports.HOST, port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def prometheus_yml(exporter: str, alertmanager: str, rules: Path) -> str:
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [f"{rules}/*.rules.yaml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
            "scrape_configs": [
                {
                    "job_name": f"windsock-{story}",
                    "metrics_path": f"/{story}/metrics",
                    "static_configs": [{"targets": [exporter], "labels": {"airflow": story}}],
                    "relabel_configs": [{"target_label": "job", "replacement": "windsock"}],
                }
                for story in STORIES
            ],
        }
    )


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], list[Page]]]:
    """The whole minute, then what the pager heard of one story."""
    folder = tmp_path_factory.mktemp("inhibition")
    chosen = ports.choose(dict.fromkeys(("exporter", "prometheus", "alertmanager", "pager"), 0))
    address = {name: f"{ports.HOST}:{port}" for name, port in chosen.items()}
    owners = parse(OWNERS.format(pager=address["pager"]), Owners, name="owners.yaml")
    settings = parse(SETTINGS, Settings, name="alerts.yaml")
    for name, text in build.files(settings, owners, owners_file="owners.yaml").items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "prometheus.yml").write_text(
        prometheus_yml(address["exporter"], address["alertmanager"], folder), encoding="utf-8"
    )
    pager = Pager(ports.HOST, chosen["pager"])
    pager.start()
    alertmanager = Process(
        "alertmanager",
        [
            programs.alertmanager(),
            *services.alertmanager(
                config=str(folder / "alertmanager.yaml"),
                data=str(folder / "am"),
                listen=address["alertmanager"],
                url=f"http://{address['alertmanager']}",
            ),
        ],
        log=folder / "alertmanager.log",
    )
    prometheus = Process(
        "prometheus",
        [
            programs.prometheus(),
            *services.prometheus(
                config=str(folder / "prometheus.yml"),
                data=str(folder / "tsdb"),
                listen=address["prometheus"],
                url=f"http://{address['prometheus']}",
            ),
        ],
        log=folder / "prometheus.log",
    )
    exporters: Exporters | None = None
    try:
        alertmanager.start()
        ready = f"http://{address['alertmanager']}/-/ready"
        alertmanager.wait(lambda: web.answers(ready), timeout=30, what="ready")
        exporters = Exporters(chosen["exporter"])
        prometheus.start()
        time.sleep(max(0.0, exporters.began + END + 4 - time.time()))
        began = exporters.began

        def of_story(story: str) -> list[Page]:
            return [
                Page(page.at - began, page.receiver, page.status, page.group, page.alerts)
                for page in pager.pages()
                if f'airflow="{story}"' in page.group
            ]

        for story in STORIES:
            for page in of_story(story):
                print(f"{story:26} {page.at:5.1f} s {page.receiver:14} {page.status:9} {page.names()}")
        yield of_story
    finally:
        stop_all([prometheus, alertmanager])
        pager.stop()
        if exporters:
            exporters.server.shutdown()
            exporters.server.server_close()


def told(pages: list[Page], receiver: str) -> list[str]:
    return [page.status for page in pages if page.receiver == receiver]


@pytest.mark.parametrize("story", STORIES)
def test_every_incident_is_closed_in_the_end(heard: Callable[[str], list[Page]], story: str) -> None:
    last = {(page.receiver, page.group): page.status for page in heard(story)}
    assert last
    assert set(last.values()) == {"resolved"}


def test_one_page_while_the_cause_changes(heard: Callable[[str], list[Page]]) -> None:
    pages = heard("cause-changes")
    assert told(pages, "finance") == ["firing", "resolved"]
    assert "queue" in pages[0].alerts[0]["annotations"]["summary"]


def test_a_page_leaves_after_its_hold_and_resolves_when_it_has_outlived_the_grace(
    heard: Callable[[str], list[Page]],
) -> None:
    opened, closed = heard("cause-changes")
    assert 5 <= opened.at <= 10
    assert 25 + 12 <= closed.at <= 25 + 12 + 8


def test_an_sla_that_was_notified_and_heals_while_held_back_still_resolves(
    heard: Callable[[str], list[Page]],
) -> None:
    pages = heard("heals-while-held-back")
    assert told(pages, "finance") == ["firing", "resolved"]
    assert told(pages, "data-platform") == ["firing", "resolved"]


def test_a_dag_that_catches_up_in_the_grace_never_pages(heard: Callable[[str], list[Page]]) -> None:
    pages = heard("held-back-and-caught-up")
    assert told(pages, "finance") == []
    assert told(pages, "data-platform") == ["firing", "resolved"]


def test_a_dag_that_is_still_late_pages_after_the_grace(heard: Callable[[str], list[Page]]) -> None:
    pages = heard("held-back-and-still-late")
    assert told(pages, "finance") == ["firing", "resolved"]
    opened = next(page for page in pages if page.receiver == "finance")
    assert opened.at >= 22 + 5


@pytest.mark.parametrize("story", ["database-gone", "exporter-gone"])
def test_no_resolved_while_nobody_can_know(heard: Callable[[str], list[Page]], story: str) -> None:
    pages = heard(story)
    assert told(pages, "finance") == ["firing", "resolved"]
    assert told(pages, "data-platform") == ["firing", "resolved"]
    closed = next(page for page in pages if page.receiver == "finance" and page.status == "resolved")
    assert closed.at > 25 + 6
