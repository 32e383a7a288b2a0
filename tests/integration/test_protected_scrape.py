"""A real Prometheus scrapes `windsock serve` over TLS with a password, and without them it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.exporter.test_protection import PASSWORD, TLS, USERS, certificate, config
from tests.support.alert_stack import until
from tests.support.exporter_process import ExporterProcess
from tests.support.metadb import make_sqlite
from tests.support.whole_chain import Server, prometheus_yml, scrape
from windsock.remote import Prometheus


def test_prometheus_scrapes_with_certificate_and_password(tmp_path: Path) -> None:
    certificate(tmp_path)
    web = config(tmp_path, TLS + USERS)
    serving = ExporterProcess(tmp_path, f"--web.config.file={web}")
    serving.start(make_sqlite(tmp_path / "airflow.db", "3.3"))
    target = f"localhost:{serving.port}"
    trusted: dict[str, Any] = {"scheme": "https", "tls_config": {"ca_file": str(tmp_path / "cert.pem")}}
    password = {"basic_auth": {"username": "prometheus", "password": PASSWORD}}
    jobs = [
        scrape("both", target, **trusted, **password),
        scrape("no-password", target, **trusted),
        scrape("no-tls", target, **password),
    ]
    try:
        with Server("prometheus", tmp_path / "prometheus", prometheus_yml(jobs)) as server:
            prometheus = Prometheus(server.url)

            def up() -> dict[str, float]:
                return {labels["job"]: value for labels, value in prometheus.query("up")}

            def said() -> dict[str, str]:
                targets = prometheus.get("/api/v1/targets")["data"]["activeTargets"]
                return {each["labels"]["job"]: each["lastError"] for each in targets}

            until(lambda: up() == {"both": 1.0, "no-password": 0.0, "no-tls": 0.0}, what="scraped")
            # It may have been asked before it listened.
            until(lambda: "401 Unauthorized" in said()["no-password"], what="refused for the password")
    finally:
        serving.kill()


def test_a_wrong_file_ends_serve_with_one_line(tmp_path: Path) -> None:
    web = config(tmp_path, "tls: {}\n")
    serving = ExporterProcess(tmp_path, f"--web.config.file={web}")
    serving.start(make_sqlite(tmp_path / "airflow.db", "3.3"))
    until(lambda: not serving.running, what="ended")
    said = serving.log.read_text(encoding="utf-8")
    assert f"windsock: {web}:1: tls: unknown key" in said
    assert "Traceback" not in said
