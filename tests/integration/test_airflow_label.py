"""Real Prometheus and Alertmanager where the label is called otherwise: commands ask for it and show ours."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml
from click.testing import CliRunner

from tests.support.alert_stack import QUICK, until
from tests.support.whole_chain import Server, prometheus_yml
from windsock.cli import root
from windsock.owners import Owners
from windsock.remote import Alertmanager
from windsock.yamlfile import parse
from windsock_alerts import build
from windsock_alerts.settings import Settings

OWNERS = 'receivers: {default: {page: {webhook: {url: "http://127.0.0.1:9/x"}}}}'
SETTINGS = QUICK + "airflow_label: cluster\n"
LATE = "airflow_metadb_up 0\nwindsock_snapshot_timestamp_seconds 1e12\n"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(LATE.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
        """Say nothing."""


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("label")
    (folder / "alerts.yaml").write_text(SETTINGS, encoding="utf-8")
    settings = parse(SETTINGS, Settings, name="alerts.yaml")
    files = build.files(settings, parse(OWNERS, Owners, name="owners.yaml"), owners_file="owners.yaml")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    exporter = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=exporter.serve_forever)
    thread.start()
    target = f"127.0.0.1:{exporter.server_address[1]}"
    job = {"job_name": "windsock", "static_configs": [{"targets": [target], "labels": {"cluster": "prod"}}]}
    try:
        with Server("alertmanager", folder / "a", yaml.safe_load(files["alertmanager.yaml"])) as alertmanager:
            more = {
                "rule_files": [str(folder / "*.rules.yaml")],
                "alerting": {
                    "alertmanagers": [
                        {"static_configs": [{"targets": [alertmanager.url.removeprefix("http://")]}]}
                    ]
                },
            }
            with Server("prometheus", folder / "p", prometheus_yml([job], **more)) as prometheus:
                yield {
                    "prometheus": prometheus.url,
                    "alertmanager": alertmanager.url,
                    "alerts": str(folder / "alerts.yaml"),
                }
    finally:
        exporter.shutdown()
        exporter.server_close()
        thread.join()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(root, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    return result.stdout


def test_an_alert_has_their_label_and_commands_call_it_airflow(urls: dict[str, str]) -> None:
    outside = Alertmanager(urls["alertmanager"])
    name = "AirflowMetadataDatabaseUnreachable"
    until(lambda: bool(outside.alerts(f'alertname="{name}"')), what="fires")
    (alert,) = outside.alerts(f'alertname="{name}"')
    assert alert["labels"]["cluster"] == "prod"
    assert "airflow" not in alert["labels"]
    explained = run(
        *("alerts", "explain", name, "--airflow=prod", f"--alerts-file={urls['alerts']}"),
        *(f"--prometheus-url={urls['prometheus']}", f"--alertmanager-url={urls['alertmanager']}"),
    )
    assert "airflow=prod: FIRING" in explained
    assert "Alertmanager has it: active, receiver default-page" in explained
    report = run(
        *("alerts", "report", "--since=1h", "--format=json", "--airflow-label=cluster"),
        f"--prometheus-url={urls['prometheus']}",
    )
    assert name in {row["alert"] for row in json.loads(report)["rows"]}


def test_maintenance_silences_by_their_label(urls: dict[str, str]) -> None:
    outside = Alertmanager(urls["alertmanager"])
    common = ("--airflow-label=cluster", f"--alertmanager-url={urls['alertmanager']}")
    run(
        "maintenance",
        "start",
        "--airflow=prod",
        "--for=1h",
        f"--prometheus-url={urls['prometheus']}",
        *common,
    )
    (silence,) = outside.silences()
    assert [(each["name"], each["value"]) for each in silence["matchers"]] == [("cluster", "prod")]
    until(lambda: any(each["status"]["state"] == "suppressed" for each in outside.alerts()), what="silenced")
    assert ": airflow=prod: ends in" in run("maintenance", "list", "--airflow=prod", *common)
    assert "ended " in run("maintenance", "end", "--airflow=prod", *common)


def test_a_label_that_is_none_is_wrong_usage(urls: dict[str, str]) -> None:
    arguments = ["maintenance", "list", "--airflow-label=a-b", f"--alertmanager-url={urls['alertmanager']}"]
    assert CliRunner().invoke(root, arguments).exit_code == 2
