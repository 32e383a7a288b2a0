"""What dashboards answer of a made-up Airflow in trouble, on a real Prometheus that scrapes two replicas."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.stack import ports, programs
from demo.stack.process import Process
from tests.support import world
from tests.support.prometheus import Prometheus
from windsock_dashboards import build
from windsock_dashboards.queries import queries
from windsock_dashboards.shapes import thirdparty

BUILT = {board["uid"]: board for board in build.boards(build.Settings())}
CHOSEN = {"airflow": "prod", "dag_id": "marketing_sync"}
_OVERDUE = "Which DAGs are overdue, and what blocks them?"
_WINDOW = "20s"
_WARM_SECONDS = 12.0

# One of each kind that the panels tell apart.
_ALERTS = (
    (
        "AirflowSlaBreached",
        {"severity": "page", "team": "marketing", "dag_id": "marketing_sync", "sla": "fresh"},
    ),
    ("AirflowQueueStuck", {"severity": "page", "team": "data-platform", "queue": "heavy"}),
    ("AirflowPoolExhausted", {"severity": "ticket", "team": "data-platform", "pool": "dwh"}),
)
_OF_STATSD = (
    thirdparty.STATSD_LINES,
    thirdparty.STATSD_PACKET_DROPS,
    thirdparty.STATSD_TAG_ERRORS,
    thirdparty.STATSD_UNMAPPED,
)


class Boards(Prometheus):
    """A running Prometheus that answers the panels."""

    def numbers(self, board: str, title: str, **variables: str) -> dict[str, float]:
        """What a panel shows that has one number for each Airflow."""
        asked = queries(BUILT[board], CHOSEN | variables, rate_interval=_WINDOW)
        found = self.ask(next(expr for name, expr in asked if name == title))
        return {each["metric"]["airflow"]: float(each["value"][1]) for each in found}


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boards]:
    folder = tmp_path_factory.mktemp("prometheus")
    port = ports.choose({"prometheus": 0})["prometheus"]
    server = ThreadingHTTPServer((ports.HOST, 0), _Targets)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _configure(folder, server.server_address[1], port)
    argv = [
        programs.prometheus(),
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address={ports.HOST}:{port}",
    ]
    process = Process("prometheus", argv, log=folder / "prometheus.log")
    try:
        process.start()
        asked = Boards(port)
        process.wait(asked.ready, timeout=120)
        time.sleep(_WARM_SECONDS)
        yield asked
    finally:
        process.stop()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("uid", BUILT)
def test_no_answer_tells_replicas_apart(prometheus: Boards, uid: str) -> None:
    for title, expr in queries(BUILT[uid], CHOSEN, rate_interval=_WINDOW, window="1m"):
        assert all("instance" not in found["metric"] for found in prometheus.ask(expr)), title


def test_two_replicas_count_once_and_each_airflow_for_itself(prometheus: Boards) -> None:
    breached = len([one for one in world.SLAS if one.cause])
    assert prometheus.numbers("windsock-late", "Breached SLAs?") == {"prod": breached}
    both = prometheus.numbers("windsock-late", "Breached SLAs?", airflow=".+")
    assert both == {"prod": breached, "staging": breached}


def test_a_team_sees_its_own(prometheus: Boards) -> None:
    breached = len([one for one in world.SLAS if one.cause and one.team == "finance"])
    assert prometheus.numbers("windsock-late", "Breached SLAs?", team="finance") == {"prod": breached}


@pytest.mark.parametrize("team", [".*", "finance"])
def test_an_overdue_dag_without_info_is_shown_to_every_team(prometheus: Boards, team: str) -> None:
    asked = queries(BUILT["windsock-overview"], CHOSEN | {"team": team})
    (expr,) = [expr for name, expr in asked if name == _OVERDUE]
    teams = {found["metric"]["dag_id"]: found["metric"].get("team") for found in prometheus.ask(expr)}
    assert teams["just_deployed"] is None
    assert teams["dwh_load"] == "finance"
    assert ("ml_training" in teams) == (team == ".*")


def test_rows_of_the_breach_table_carry_team_cause_and_deadline(prometheus: Boards) -> None:
    title = "Which SLAs are breached, whose are they, and why?"
    asked = [expr for name, expr in queries(BUILT["windsock-late"], CHOSEN) if name == title]
    expected = {one.dag_id: one for one in world.SLAS if one.cause}
    for expr in asked:
        assert {found["metric"]["dag_id"] for found in prometheus.ask(expr)} == expected.keys()
    # Grafana merges the rows of the other queries into these, by the labels that all have.
    rows = {found["metric"]["dag_id"]: found["metric"] for found in prometheus.ask(asked[0])}
    for dag_id, one in expected.items():
        assert rows[dag_id]["team"] == one.team
        assert rows[dag_id]["cause"] == one.cause
        assert rows[dag_id]["deadline_text"] == one.text


class _Targets(BaseHTTPRequestHandler):
    """The exporter, statsd_exporter and Alertmanager, each under its path."""

    def do_GET(self) -> None:
        now = time.time()
        seen = world.samples(now, now)
        count = float(int(now % 1e7))
        match self.path:
            case "/windsock":
                seen = [sample for sample in seen if not world.is_statsd(sample.name)]
            case "/statsd":
                seen = [sample for sample in seen if world.is_statsd(sample.name)]
                seen += [world.Sample(name, {}, count) for name in _OF_STATSD]
            case _:
                labels = {"integration": "webhook"}
                names = (thirdparty.NOTIFICATIONS_FAILED, thirdparty.NOTIFICATIONS)
                seen = [world.Sample(name, labels, count) for name in names]
        body = world.exposition(seen).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        with suppress(ConnectionError):  # Prometheus ends while a scrape is under way
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
        """Say nothing."""


def _configure(folder: Path, targets: int, own: int) -> None:
    def target(path: str, airflow: str, instance: str) -> dict[str, Any]:
        labels = {"__metrics_path__": path, "airflow": airflow, "instance": instance}
        return {"targets": [f"{ports.HOST}:{targets}"], "labels": labels}

    exporters = [target("/windsock", *which) for which in (("prod", "a"), ("prod", "b"), ("staging", "c"))]
    jobs = {
        "windsock": exporters,
        "airflow-statsd": [target("/statsd", "prod", "a")],
        "alertmanager": [target("/alertmanager", "prod", "a")],
        "prometheus": [{"targets": [f"{ports.HOST}:{own}"]}],
    }
    config = {
        "global": {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [{"job_name": job, "static_configs": where} for job, where in jobs.items()],
    }
    rules = [
        {"alert": name, "expr": "vector(1)", "labels": {**labels, "airflow": "prod"}}
        for name, labels in _ALERTS
    ]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (folder / "rules.yml").write_text(
        yaml.safe_dump({"groups": [{"name": "made-up", "rules": rules}]}), encoding="utf-8"
    )
