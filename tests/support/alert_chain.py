"""Real Prometheus and Alertmanager on the rules and routes of given settings, with a pager at the end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import yaml

from demo.pager import Page, Pager
from demo.stack import ports, programs, web
from demo.stack.process import Process, stop_all
from tests.support.prometheus import Prometheus
from tests.support.troubled import Exporter, Story
from windsock.deploy import services
from windsock.owners import Owners
from windsock.yamlfile import parse
from windsock_alerts import build
from windsock_alerts.settings import Settings

TIMES = """
environment: demo
# Held back as others are, and not on by default.
alerts: {AirflowCanaryLate: {enabled: true}}
thresholds:
  component_silent: 3s
  platform_silent: 3s
  component_crashed: 6s
  component_stopped: 60s
  recovery_grace: 6s
  exporter_stale: 6s
  database_unreachable: 5s
  api_server_down: 5s
  bridge: 5s
  sla_breached: 5s
  dag_overdue: 5s
  many_overdue: 4s
  many_overdue_dags: 2
  failed_hold: 5s
  import_error: 5s
  canary_late: 5s
  queue_stuck: 4s
  keep_firing: 12s
  sla_group_wait: 500ms
  page_group_wait: 1s
  ticket_group_wait: 1s
  group_interval: 3s
"""
OWNERS = """
platform: data-platform
teams: [{{team: finance, owners: [finance]}}]
receivers:
  default: {{page: {{webhook: {{url: "http://{pager}/default"}}}}, ticket: {{webhook: {{url: "http://{pager}/default-ticket"}}}}}}
  finance: {{page: {{webhook: {{url: "http://{pager}/finance"}}}}, ticket: {{webhook: {{url: "http://{pager}/finance-ticket"}}}}}}
  data-platform: {{page: {{webhook: {{url: "http://{pager}/data-platform"}}}}}}
"""


class AlertChain:
    """Exporter of many Airflows, Prometheus, Alertmanager and pager; one evaluation per second.

    Args:
        folder: for configurations, data and logs.
        stories: what each Airflow goes through.
    """

    def __init__(self, folder: Path, stories: Mapping[str, Story]) -> None:
        self._folder = folder
        self._stories = stories
        chosen = ports.choose(dict.fromkeys(("exporter", "prometheus", "alertmanager", "pager"), 0))
        address = {name: f"{ports.HOST}:{port}" for name, port in chosen.items()}
        self.prometheus_url = f"http://{address['prometheus']}"
        self.pager_url = f"http://{address['pager']}"
        self.alertmanager_url = f"http://{address['alertmanager']}"
        self.prometheus = Prometheus(chosen["prometheus"])
        self._exporter_port = chosen["exporter"]
        self._exporter: Exporter | None = None
        self._pager = Pager(ports.HOST, chosen["pager"])
        self._write(address)
        self._alertmanager = self._process(
            "alertmanager", programs.alertmanager(), services.alertmanager, address
        )
        self._prometheus = self._process("prometheus", programs.prometheus(), services.prometheus, address)

    def start(self) -> None:
        """Begin all stories."""
        self._pager.start()
        self._alertmanager.start()
        ready = f"{self.alertmanager_url}/-/ready"
        self._alertmanager.wait(lambda: web.answers(ready), timeout=120, what="ready")
        self._exporter = Exporter(self._exporter_port, self._stories)
        self._prometheus.start()

    def run(self, *, until: float, at_most: float) -> None:
        """Play all stories to second `until`, and on until no incident is open, up to second `at_most`."""
        self.start()
        assert self._exporter
        time.sleep(max(0.0, self._exporter.began + until - time.time()))
        while self._pager.open_incidents() and time.time() < self._exporter.began + at_most:
            time.sleep(1)

    def stop(self) -> None:
        """End every process."""
        stop_all([self._prometheus, self._alertmanager])
        self._pager.stop()
        if self._exporter:
            self._exporter.stop()

    def pages(self) -> list[Page]:
        """Everything that the pager heard so far."""
        return self._pager.pages()

    def heard(self, story: str) -> list[Page]:
        """What the pager heard of one story; times are seconds after the start."""
        assert self._exporter
        return [
            Page(page.at - self._exporter.began, page.receiver, page.status, page.group, page.alerts)
            for page in self._pager.pages()
            if page.alerts[0]["labels"]["airflow"] == story
        ]

    def _process(self, name: str, program: str, flags: object, address: Mapping[str, str]) -> Process:
        assert callable(flags)
        arguments = flags(
            config=str(self._folder / f"{name}.yaml"),
            data=str(self._folder / f"{name}-data"),
            listen=address[name],
            url=f"http://{address[name]}",
        )
        return Process(name, [program, *arguments], log=self._folder / f"{name}.log")

    def _write(self, address: Mapping[str, str]) -> None:
        owners = parse(OWNERS.format(pager=address["pager"]), Owners, name="owners.yaml")
        settings = parse(TIMES, Settings, name="alerts.yaml")
        for name, text in build.files(settings, owners, owners_file="owners.yaml").items():
            (self._folder / name).write_text(text, encoding="utf-8")
        prometheus = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [f"{self._folder}/*.rules.yaml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [address["alertmanager"]]}]}]},
            "scrape_configs": [
                {"job_name": "windsock", "static_configs": [{"targets": [address["exporter"]]}]}
            ],
        }
        (self._folder / "prometheus.yaml").write_text(yaml.safe_dump(prometheus), encoding="utf-8")
