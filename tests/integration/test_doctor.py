"""`windsock doctor` on real statsd_exporter, Prometheus, Alertmanager and exporter: well, and ill each way.

Grafana cannot be had here; what its API answers is played by a page.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from tests.alerts.test_merge import FRAGMENT, THEIRS
from tests.alerts.test_routing import MINIMAL
from tests.support import statsd
from tests.support.alert_stack import until
from tests.support.exporter_process import ExporterProcess
from tests.support.metadb import make_sqlite
from tests.support.whole_chain import Server, prometheus_yml, scrape, sending
from windsock.catalog import metadb
from windsock.cli import root
from windsock.doctor import exporter as exporter_module
from windsock_alerts.formats import merge
from windsock_dashboards import build as dashboards

ROOT = Path(__file__).parents[2]
MAPPING = ROOT / "exporter" / "generated" / "statsd" / "airflow-3.3-tags.yml"
OWNERS = ROOT / "demo" / "owners.yaml"
ALERTS = ROOT / "demo" / "alerts.yaml"
FILES = (f"--alerts-file={ALERTS}", f"--owners-file={OWNERS}")

Found = dict[str, list[dict[str, str]]]


def doctor(*arguments: str) -> tuple[int, Found]:
    """The exit code, and what was found by check."""
    result = CliRunner().invoke(root, ["doctor", "--format=json", *arguments])
    assert isinstance(result.exception, SystemExit | None), result.output + repr(result.exception)
    found: Found = {}
    for each in json.loads(result.stdout):
        found.setdefault(each["check"], []).append(each)
    return result.exit_code, found


def wrong(found: Found) -> dict[str, list[str]]:
    """Check -> messages of what is wrong."""
    said = {
        check: [each["message"] for each in all_of_it if each["level"] == "finding"]
        for check, all_of_it in found.items()
    }
    return {check: messages for check, messages in said.items() if messages}


def only(found: Found, check: str) -> str:
    """The one thing that is wrong."""
    messages = wrong(found)
    assert list(messages) == [check], messages
    return " | ".join(messages[check])


@dataclass(frozen=True)
class Parts:
    """Both exporters; a database that is Airflow's."""

    statsd: statsd.Exporter
    statsd_url: str
    windsock_url: str
    database: Path


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    folder = tmp_path_factory.mktemp("parts")
    url = make_sqlite(folder / "airflow.db", "3.3")
    serving = ExporterProcess(folder, "--fast-interval=1s", "--slow-interval=2s")
    serving.start(url)
    try:
        with statsd.running(MAPPING, folder) as exporter, sending(exporter.udp_port):
            text = serving.until(str(metadb.SNAPSHOT))
            assert text
            yield Parts(
                exporter,
                f"http://127.0.0.1:{exporter._web}",
                f"http://127.0.0.1:{serving.port}",
                folder / "airflow.db",
            )
    finally:
        serving.kill()


def host(url: str) -> str:
    return url.removeprefix("http://")


def jobs(parts: Parts) -> list[dict[str, Any]]:
    return [
        scrape("windsock", host(parts.windsock_url)),
        scrape("airflow-statsd", host(parts.statsd_url)),
    ]


@pytest.fixture(scope="module")
def well(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """Prometheus and Alertmanager as they should be."""
    folder = tmp_path_factory.mktemp("well")
    config = yaml.safe_load((ROOT / "alerts" / "generated" / "alertmanager.yaml").read_text("utf-8"))
    with Server("alertmanager", folder, config) as alertmanager:
        more = {
            "rule_files": [str(ROOT / "alerts" / "generated" / "*.rules.yaml")],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [host(alertmanager.url)]}]}]},
        }
        with Server("prometheus", folder, prometheus_yml(jobs(parts), **more)) as prometheus:
            arguments = (f"--prometheus-url={prometheus.url}", f"--windsock-url={parts.windsock_url}", *FILES)
            until(lambda: doctor(*arguments)[0] == 0, what="scraped and evaluated")
            yield prometheus, alertmanager


def test_a_chain_that_is_well_has_no_finding(
    parts: Parts, well: tuple[Server, Server], tmp_path: Path
) -> None:
    prometheus, alertmanager = well
    settings = tmp_path / "airflow.cfg"
    settings.write_text(
        CliRunner().invoke(root, ["airflow-config", "--airflow=3.3"]).stdout, encoding="utf-8"
    )
    code, found = doctor(
        *("--airflow=3.3", f"--airflow-config={settings}", f"--statsd-url={parts.statsd_url}", "--name=prod"),
        *(f"--windsock-url={parts.windsock_url}", f"--prometheus-url={prometheus.url}"),
        *(f"--database-url=sqlite:///{parts.database}", f"--alertmanager-url={alertmanager.url}", *FILES),
    )
    assert wrong(found) == {}
    assert code == 0
    assert [check for check, lines in found.items() if lines[0]["level"] == "skipped"] == ["grafana/reached"]


def test_another_server_than_was_said(parts: Parts, well: tuple[Server, Server]) -> None:
    _, alertmanager = well
    for flag, check in (
        ("--statsd-url", "statsd/reached"),
        ("--windsock-url", "exporter/reached"),
        ("--prometheus-url", "prometheus/reached"),
        ("--grafana-url", "grafana/reached"),
    ):
        code, found = doctor(f"{flag}={alertmanager.url}")
        assert code == 1
        assert check in wrong(found), found
    _, found = doctor(f"--alertmanager-url={parts.windsock_url}", f"--owners-file={OWNERS}")
    assert only(found, "alertmanager/reached")


def test_nobody_sends_statsd(tmp_path: Path) -> None:
    with statsd.running(MAPPING, tmp_path) as exporter:
        url = f"--statsd-url=http://127.0.0.1:{exporter._web}"
        assert "no line has ever arrived" in only(doctor(url)[1], "statsd/lines")


def test_another_mapping_and_lines_that_nobody_understands(tmp_path: Path) -> None:
    plain = ROOT / "exporter" / "generated" / "statsd" / "airflow-2.7-plain.yml"
    with statsd.running(plain, tmp_path) as exporter, sending(exporter.udp_port):
        statsd.shoot(exporter.udp_port, ["this is not StatsD"])
        found = doctor(f"--statsd-url=http://127.0.0.1:{exporter._web}", "--airflow=3.3")[1]
    messages = wrong(found)
    assert set(messages) == {"statsd/mapping", "statsd/errors"}
    assert "the mapping of 3.3, profile tags has" in messages["statsd/mapping"][0]
    assert "windsock statsd mapping --airflow 3.3" in found["statsd/mapping"][0]["fix"]
    assert "lines that are not StatsD" in messages["statsd/errors"][0]


def test_an_exporter_of_another_version_with_another_clock(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"--windsock-url={parts.windsock_url}"
    monkeypatch.setattr(exporter_module, "__version__", "99.0")
    assert "and this command 99.0" in only(doctor(url)[1], "exporter/version")
    monkeypatch.undo()
    monkeypatch.setattr(exporter_module, "_OLD_SECONDS", -1.0)
    assert "s old" in only(doctor(url)[1], "exporter/fresh")


def test_a_collector_that_fails_and_a_database_that_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "airflow.db"
    serving = ExporterProcess(tmp_path, "--fast-interval=1s", "--slow-interval=2s")
    serving.start(make_sqlite(path, "3.3"))
    url = f"--windsock-url=http://127.0.0.1:{serving.port}"
    try:
        serving.until(str(metadb.SNAPSHOT))
        with closing(sqlite3.connect(path, timeout=20)) as connection, connection:
            connection.execute("ALTER TABLE trigger RENAME TO gone")
        serving.until('airflow_metadb_collector_success{collector="triggers"} 0.0')
        assert "triggers" in only(doctor(url)[1], "exporter/collectors")
        path.rename(tmp_path / "away.db")
        serving.until("airflow_metadb_up 0.0")
        assert "does not reach the database" in str(wrong(doctor(url)[1])["exporter/reached"])
    finally:
        serving.kill()


def test_a_prometheus_where_all_is_wrong(parts: Parts, tmp_path: Path) -> None:
    # Of our names: one is another rule, one fails at every evaluation.
    broken = [
        {"alert": "AirflowDagOverdue", "expr": "vector(0) > 1"},
        {"alert": "AirflowSchedulerDown", "expr": '{job=~".+"} * on () group_left () {job=~".+"}'},
    ]
    (tmp_path / "x.rules.yaml").write_text(
        yaml.safe_dump({"groups": [{"name": "x", "rules": broken}]}), "utf-8"
    )
    dropped = {"source_labels": ["__name__"], "regex": "airflow_metadb_.*", "action": "drop"}
    config = prometheus_yml(
        [
            scrape("windsock", host(parts.windsock_url), metric_relabel_configs=[dropped]),
            scrape("airflow-statsd", host(parts.statsd_url), airflow=None, scrape_interval="30s"),
        ],
        rule_files=[str(tmp_path / "*.rules.yaml")],
    )
    with Server("prometheus", tmp_path, config) as prometheus:
        arguments = (f"--prometheus-url={prometheus.url}", f"--windsock-url={parts.windsock_url}", *FILES)
        until(lambda: "rules/evaluated" in wrong(doctor(*arguments)[1]), what="evaluated")
        messages = wrong(doctor(*arguments, "--name=prod")[1])
    assert "/metrics has no label airflow" in messages["prometheus/label"][0]
    assert "is on no target of airflow-statsd" in messages["prometheus/label"][1]
    assert messages["prometheus/interval"] == ["scraped every 30s"]
    assert "airflow_metadb_" in messages["prometheus/series"][0]
    assert messages["prometheus/alertmanagers"] == ["it sends alerts to nobody"]
    missing, differing = messages["rules/loaded"]
    assert "are not loaded: AirflowSchedulerSilent" in missing
    assert "2 are others than the alerts file makes: AirflowSchedulerDown, AirflowDagOverdue" in differing
    assert "AirflowSchedulerDown: " in messages["rules/evaluated"][0]


def test_series_that_an_upgrade_took_away_are_told_with_the_rules_of_others_that_read_them(
    parts: Parts, well: tuple[Server, Server], tmp_path: Path
) -> None:
    saved = tmp_path / "before.json"
    before = CliRunner().invoke(
        root, ["doctor", f"--prometheus-url={well[0].url}", f"--save={saved}", *FILES]
    )
    assert before.exit_code == 0, before.output
    theirs = [{"alert": "TheirDatabase", "expr": "airflow_metadb_up == 0"}]
    (tmp_path / "x.rules.yaml").write_text(
        yaml.safe_dump({"groups": [{"name": "x", "rules": theirs}]}), "utf-8"
    )
    gone = {"source_labels": ["__name__"], "regex": "airflow_metadb_up", "action": "drop"}
    config = prometheus_yml(
        [scrape("windsock", host(parts.windsock_url), metric_relabel_configs=[gone])],
        rule_files=[str(tmp_path / "*.rules.yaml")],
    )
    with Server("prometheus", tmp_path, config) as prometheus:
        arguments = ["doctor", f"--prometheus-url={prometheus.url}", f"--compare={saved}", *FILES]
        compared: dict[str, Any] = {}

        def scraped() -> bool:
            result = CliRunner().invoke(root, [*arguments, "--format=json"])
            compared.update(json.loads(result.stdout))
            return not any("windsock_" in each["name"] for each in compared["changes"])

        until(scraped, what="scraped")
        text = CliRunner().invoke(root, arguments)
    (database,) = (each for each in compared["changes"] if each["name"] == "airflow_metadb_up")
    assert (database["part"], database["how"]) == ("series", "vanishes")
    assert "rule TheirDatabase" in database["read_by"]
    (heartbeat,) = (each for each in compared["changes"] if each["name"] == "airflow_heartbeats_total")
    assert heartbeat["how"] == "awaited"
    assert text.exit_code == 1
    assert "  - airflow_metadb_up (" in text.output
    assert "metrics: no difference" in text.output


def test_targets_that_are_down_or_not_there(tmp_path: Path) -> None:
    with Server("prometheus", tmp_path, prometheus_yml([scrape("windsock", "127.0.0.1:9")])) as prometheus:
        url = f"--prometheus-url={prometheus.url}"
        until(lambda: "is down" in str(doctor(url)[1]), what="scraped")
        found = doctor(url, "--name=nowhere")[1]
    down, none = wrong(found)["prometheus/targets"]
    assert "http://127.0.0.1:9/metrics is down" in down
    assert none == "no target of job 'airflow-statsd' (statsd)"
    assert "no target has airflow='nowhere' (there are: prod)" in wrong(found)["prometheus/label"]


def test_an_alertmanager_that_does_not_know_our_teams(tmp_path: Path) -> None:
    theirs = yaml.safe_load(THEIRS)
    theirs = {**theirs, "global": {}, "receivers": [{"name": each["name"]} for each in theirs["receivers"]]}
    with Server("alertmanager", tmp_path, theirs) as alertmanager:
        found = doctor(f"--alertmanager-url={alertmanager.url}", *FILES)[1]
    assert "a page of team finance goes to infra-oncall, not to finance-page" in only(
        found, "alertmanager/routes"
    )


def test_our_part_in_the_alertmanager_of_others_and_a_shadow(tmp_path: Path) -> None:
    merged = yaml.safe_load(merge.merged(THEIRS, FRAGMENT, name="others.yaml"))
    merged = {**merged, "global": {}, "receivers": [{"name": each["name"]} for each in merged["receivers"]]}
    alerts = tmp_path / "alerts.yaml"
    alerts.write_text("environment: demo\nlabels: {source: windsock}\n", encoding="utf-8")
    with Server("alertmanager", tmp_path, merged) as alertmanager:
        code, found = doctor(
            f"--alertmanager-url={alertmanager.url}", f"--alerts-file={alerts}", f"--owners-file={OWNERS}"
        )
    assert (code, wrong(found)) == (0, {})
    assert "a page of team finance goes to windsock-finance-page, which reaches nobody" in str(found)


@pytest.fixture
def grafana() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What `/api/search` of a Grafana answers."""
    there: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.headers["Authorization"] == "Bearer secret"
            body = json.dumps(there if allowed else {"message": "Unauthorized"}).encode()
            self.send_response(200 if allowed else 401)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"--grafana-url=http://127.0.0.1:{server.server_address[1]}", there
    server.shutdown()
    server.server_close()
    thread.join()


def test_dashboards_that_are_old_or_missing(
    grafana: tuple[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    url, there = grafana
    token = tmp_path / "token"
    token.write_text("secret\n", encoding="utf-8")
    assert "401 Unauthorized" in only(doctor(url)[1], "grafana/reached")
    first, *rest = dashboards.boards(dashboards.Settings())
    there += [{"uid": each["uid"], "tags": each["tags"]} for each in rest]
    with_token = (url, f"--grafana-token-file={token}")
    assert only(doctor(*with_token)[1], "grafana/dashboards") == f"not there: {first['uid']}"
    there.append({"uid": first["uid"], "tags": ["windsock", "content-00000000"]})
    assert "of another version" in only(doctor(*with_token)[1], "grafana/dashboards")
    there[-1]["tags"] = first["tags"]
    assert doctor(*with_token)[0] == 0


def test_files_that_are_wrong_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "owners.yaml"
    path.write_text(MINIMAL.replace("page", "pages"), encoding="utf-8")
    arguments = ["doctor", "--alertmanager-url=http://127.0.0.1:9", f"--owners-file={path}"]
    result = CliRunner().invoke(root, arguments)
    assert str(result.exception).startswith(f"{path}:4: receivers.default.pages: unknown key")
