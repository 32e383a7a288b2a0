"""Airflow 2.10, 2.11 and 3.3 in one Prometheus, each with exporter, environment and addresses of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import yaml

from demo.stack.postgres import Postgres
from tests.integration.metadb.conftest import dsn
from tests.support.alert_stack import QUICK, until
from tests.support.exporter_process import ExporterProcess
from tests.support.metadb import schema
from tests.support.whole_chain import Server, prometheus_yml, scrape
from windsock.owners import Owners
from windsock.remote import Alertmanager, Prometheus
from windsock.yamlfile import parse
from windsock_alerts import build
from windsock_alerts.settings import Settings

# Name of the Airflow -> its version.
AIRFLOWS = {"old-eu": "2.10", "prod-eu": "2.11", "prod-us": "3.3"}
OWN = """
airflows:
  old-eu:
    environment: staging
    urls: {windsock: "https://w.old-eu.example", grafana: "https://g.old-eu.example", prometheus: "https://p.old-eu.example"}
  prod-eu:
    urls: {windsock: "https://w.prod-eu.example", grafana: "https://g.prod-eu.example", prometheus: "https://p.prod-eu.example"}
"""
OWNERS = """
receivers:
  default:
    page: {webhook: {url: "http://127.0.0.1:9/page"}}
    ticket: {webhook: {url: "http://127.0.0.1:9/ticket"}}
"""
STALE = "WindsockExporterStale"


@dataclass(frozen=True)
class Stack:
    exporters: dict[str, ExporterProcess]
    prometheus: Prometheus
    alertmanager: Alertmanager

    def firing(self, alert: str) -> dict[str, dict[str, Any]]:
        """Airflow to its alert of this name, as Alertmanager has it."""
        return {each["labels"]["airflow"]: each for each in self.alertmanager.alerts(f'alertname="{alert}"')}


@pytest.fixture(scope="module")
def stack(cluster: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("three")
    exporters: dict[str, ExporterProcess] = {}
    databases = []
    for name, version in AIRFLOWS.items():
        database = f"three_{name.replace('-', '_')}"
        cluster.sql(f"CREATE DATABASE {database}")
        databases.append(database)
        with psycopg.connect(dsn(cluster.url(database)), autocommit=True) as connection:
            connection.execute(schema(version, "postgresql").encode())
        own = folder / name
        own.mkdir()
        exporters[name] = ExporterProcess(own, "--fast-interval=1s", "--slow-interval=2s")
        exporters[name].start(cluster.url(database))
    settings = parse(QUICK + OWN, Settings, name="alerts.yaml")
    owners = parse(OWNERS, Owners, name="owners.yaml")
    files = build.files(settings, owners, owners_file="owners.yaml")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    jobs = [
        scrape(f"windsock-{name}", f"127.0.0.1:{each.port}", airflow=name)
        | {"relabel_configs": [{"target_label": "job", "replacement": "windsock"}]}
        for name, each in exporters.items()
    ]
    try:
        for each in exporters.values():
            each.until_ready()
        with Server(
            "alertmanager", folder / "am", yaml.safe_load(files["alertmanager.yaml"])
        ) as alertmanager:
            target = alertmanager.url.removeprefix("http://")
            more = {
                "rule_files": [str(folder / "*.rules.yaml")],
                "alerting": {"alertmanagers": [{"static_configs": [{"targets": [target]}]}]},
            }
            with Server("prometheus", folder / "prometheus", prometheus_yml(jobs, **more)) as prometheus:
                yield Stack(exporters, Prometheus(prometheus.url), Alertmanager(alertmanager.url))
    finally:
        for each in exporters.values():
            each.kill()
        for database in databases:
            cluster.sql(f"DROP DATABASE {database} WITH (FORCE)")


def test_each_airflow_is_told_apart_and_of_its_version(stack: Stack) -> None:
    def versions() -> dict[str, str]:
        rows = stack.prometheus.query("max by (airflow, airflow_version_max) (airflow_metadb_info)")
        return {labels["airflow"]: labels["airflow_version_max"] for labels, _ in rows}

    until(lambda: len(versions()) == len(AIRFLOWS), what="all three scraped")
    # 2.10.3 and later have the tables of 2.11.
    assert versions()["prod-eu"] == "2.11"
    assert versions()["old-eu"] in {"2.10.2", "2.11"}
    assert versions()["prod-us"] == "3.3"


def test_an_alert_is_of_its_own_airflow_with_its_own_links_and_urgency(stack: Stack) -> None:
    until(
        lambda: len(stack.prometheus.query("windsock_snapshot_timestamp_seconds")) == 3,
        what="all three scraped",
    )
    for name in ("old-eu", "prod-eu"):
        stack.exporters[name].kill()
    until(lambda: set(stack.firing(STALE)) >= {"old-eu", "prod-eu"}, what="two are stale")
    found = stack.firing(STALE)
    assert set(found) == {"old-eu", "prod-eu"}
    # Staging wakes nobody.
    assert {name: each["labels"]["severity"] for name, each in found.items()} == {
        "old-eu": "ticket",
        "prod-eu": "page",
    }
    for name, each in found.items():
        links = " ".join(value for key, value in each["annotations"].items() if key.endswith("_url"))
        assert f"https://g.{name}.example/" in links
        assert f"https://p.{name}.example/" in links
        assert all(other not in links for other in AIRFLOWS if other != name)
    # What is held back is so in these two alone.
    silent = stack.prometheus.query('ALERTS{alertname="AirflowPlatformSilent", alertstate="firing"}')
    assert {labels["airflow"] for labels, _ in silent} == {"old-eu", "prod-eu"}
