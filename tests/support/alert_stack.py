"""Real Prometheus and Alertmanager on the rules and routes of given settings, over Airflows on paper."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from demo.pager import Pager
from demo.stack import ports, programs, web
from demo.stack.process import Process, stop_all
from windsock.deploy import services
from windsock.owners import Owners
from windsock.yamlfile import parse
from windsock_alerts import build
from windsock_alerts.settings import Settings

# Everything within seconds.
QUICK = """
environment: demo
thresholds:
  component_silent: 3s
  platform_silent: 3s
  component_crashed: 5s
  component_stopped: 60s
  recovery_grace: 4s
  exporter_stale: 10s
  database_unreachable: 6s
  bridge: 2s
  sla_breached: 4s
  failed_hold: 4s
  keep_firing: 10s
  sla_group_wait: 500ms
  page_group_wait: 500ms
  ticket_group_wait: 500ms
  group_interval: 2s
"""
OWNERS = """
platform: data-platform
teams: [{{team: finance, owners: [finance]}}]
receivers:
  default:
    page: {{webhook: {{url: "http://{pager}/default"}}}}
    ticket: {{webhook: {{url: "http://{pager}/tickets"}}}}
  data-platform: {{page: {{webhook: {{url: "http://{pager}/data-platform"}}}}}}
  finance: default
"""
# What an Airflow says of itself so many seconds after the start; the clock's time for stamps.
Says = Callable[[float, float], str]


@dataclass(frozen=True)
class Stack:
    """What runs.

    Attributes:
        prometheus: its base URL.
        alertmanager: its base URL.
        pager: hears everybody's pages and tickets.
    """

    prometheus: str
    alertmanager: str
    pager: Pager


@contextmanager
def alert_stack(folder: Path, airflows: Mapping[str, Says], settings: str = QUICK) -> Iterator[Stack]:
    """Run it until the block ends; rules are evaluated every second."""
    chosen = ports.choose(dict.fromkeys(("exporter", "prometheus", "alertmanager", "pager"), 0))
    at = {name: f"{ports.HOST}:{port}" for name, port in chosen.items()}
    owners = parse(OWNERS.format(pager=at["pager"]), Owners, name="owners.yaml")
    files = build.files(parse(settings, Settings, name="alerts.yaml"), owners, owners_file="owners.yaml")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    config = _prometheus_yml(folder, list(airflows), at["exporter"], at["alertmanager"])
    (folder / "prometheus.yml").write_text(config, encoding="utf-8")
    pager = Pager(ports.HOST, chosen["pager"])
    pager.start()
    processes = [
        _process(folder, "alertmanager", programs.alertmanager(), at["alertmanager"]),
        _process(folder, "prometheus", programs.prometheus(), at["prometheus"]),
    ]
    exporter = ThreadingHTTPServer((ports.HOST, chosen["exporter"]), _handler(airflows))
    threading.Thread(target=exporter.serve_forever, daemon=True).start()
    try:
        for process in processes:
            process.start()
        for process in processes:
            ready = f"http://{at[process.name]}/-/ready"
            process.wait(lambda ready=ready: web.answers(ready), timeout=120, what="ready")  # type: ignore[misc]
        yield Stack(f"http://{at['prometheus']}", f"http://{at['alertmanager']}", pager)
    finally:
        stop_all(processes)
        pager.stop()
        exporter.shutdown()
        exporter.server_close()


def until(holds: Callable[[], bool], *, what: str, seconds: float = 90.0) -> None:
    """Wait until it holds; a failure of the test if it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.2)


def _process(folder: Path, name: str, program: str, listen: str) -> Process:
    arguments = {"alertmanager": services.alertmanager, "prometheus": services.prometheus}[name]
    config = str(folder / f"{name}.{'yaml' if name == 'alertmanager' else 'yml'}")
    argv = arguments(config=config, data=str(folder / name), listen=listen, url=f"http://{listen}")
    return Process(name, [program, *argv], log=folder / f"{name}.log")


def _handler(airflows: Mapping[str, Says]) -> type[BaseHTTPRequestHandler]:
    began = time.time()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            now = time.time()
            body = airflows[self.path.split("/")[1]](now - began, now).encode()
            self.send_response(200)
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
            """Say nothing."""

    return Handler


def _prometheus_yml(folder: Path, airflows: list[str], exporter: str, alertmanager: str) -> str:
    scrapes = [
        {
            "job_name": f"windsock-{airflow}",
            "metrics_path": f"/{airflow}/metrics",
            "static_configs": [{"targets": [exporter], "labels": {"airflow": airflow}}],
            "relabel_configs": [{"target_label": "job", "replacement": "windsock"}],
        }
        for airflow in airflows
    ]
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [f"{folder}/*.rules.yaml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
            "scrape_configs": scrapes,
        }
    )
