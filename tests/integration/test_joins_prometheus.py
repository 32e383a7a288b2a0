"""The queries that people copy: those of docs/metadb.md, and the one that scales workers."""

from __future__ import annotations

import re
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
from tests.support.prometheus import Prometheus
from windsock.catalog import dags, metadb, tasks
from windsock.figures import Figures

CHECKOUT = Path(__file__).parents[2]
_TARGETS = {"/a": "prod", "/b": "prod", "/c": "staging", "/d": "stuck", "/e": "gone"}
_GONE = threading.Event()


def _figures(path: str) -> Figures:
    """What a replica says: two of one Airflow that disagree for a moment, and three others."""
    figures = Figures()
    airflow = _TARGETS[path]
    late = {"prod": 3600.0, "staging": 1200.0}.get(airflow, 0.0)
    team = {"/a": "finance", "/b": "commerce"}.get(path, "marketing")
    figures.add(dags.OVERDUE, late, dag_id="late")
    figures.add(dags.OVERDUE, 0.0, dag_id="in_time")
    for dag_id, tags in (("late", "team-a,x"), ("in_time", "team-abc")):
        place = {"schedule": "@daily", "bundle": "main", "folder": "etl", "airflow_team": ""}
        figures.add(dags.DAG_INFO, 1, dag_id=dag_id, owners="o", team=team, tags=tags, **place)
        figures.add(dags.DAG_RUNS, 2, dag_id=dag_id, state="running")
    if path == "/a":
        figures.add(dags.OVERDUE, 1800.0, dag_id="just_deployed")
    # The other replica has read a moment before, and misses one.
    counts = {("x", "queued"): 5, ("x", "running"): 11, ("y", "running"): path != "/b", ("y", "deferred"): 9}
    for (pool, state), count in counts.items():
        figures.add(tasks.TASK_INSTANCES, count, pool=pool, queue="default", state=state, executor="")
    read = time.time() - (600 if airflow == "stuck" else 5)
    figures.add(metadb.COLLECTOR_LAST_SUCCESS, read, collector="tasks")
    return figures


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("prometheus")
    port = ports.choose({"prometheus": 0})["prometheus"]
    server = ThreadingHTTPServer((ports.HOST, 0), _Replicas)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    targets = [
        {
            "targets": [f"{ports.HOST}:{server.server_address[1]}"],
            "labels": {"__metrics_path__": path, "airflow": airflow, "instance": path},
        }
        for path, airflow in _TARGETS.items()
    ]
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [{"job_name": "windsock", "static_configs": targets}],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    argv = [
        programs.prometheus(),
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address={ports.HOST}:{port}",
    ]
    process = Process("prometheus", argv, log=folder / "prometheus.log")
    try:
        process.start()
        asked = Prometheus(port)
        process.wait(asked.ready, timeout=120)
        process.wait(lambda: len(asked.ask("up == 1")) == len(_TARGETS), timeout=120)
        yield asked
    finally:
        process.stop()
        server.shutdown()
        server.server_close()


def _documented(first_words: str) -> str:
    """The query of docs/metadb.md whose explanation begins so."""
    text = (CHECKOUT / "docs" / "metadb.md").read_text(encoding="utf-8")
    found = re.search(re.escape(first_words) + r".*?\n```promql\n(.*?)```", text, re.DOTALL)
    assert found, f"no query about {first_words!r}"
    return found[1]


def _scaled(**labels: str) -> str:
    """The query of the ScaledObject, for another Airflow or queue."""
    text = (CHECKOUT / "deploy" / "kubernetes" / "keda-scaledobject.yaml").read_text(encoding="utf-8")
    (trigger,) = yaml.safe_load(text)["spec"]["triggers"]
    query = str(trigger["metadata"]["query"])
    for name, value in labels.items():
        query = re.sub(rf'{name}="[a-z]+"', f'{name}="{value}"', query)
    return query


def _values(rows: list[dict[str, Any]], *labels: str) -> dict[tuple[str, ...], float]:
    return {tuple(row["metric"][label] for label in labels): float(row["value"][1]) for row in rows}


def test_an_alert_finds_its_team_once_and_fires_without_one(prometheus: Prometheus) -> None:
    rows = prometheus.ask(_documented("To route by team"))
    found = {(row["metric"]["airflow"], row["metric"]["dag_id"]): row["metric"]["team"] for row in rows}
    assert len(rows) == 3
    assert found.pop(("prod", "late")) in {"finance", "commerce"}
    assert found == {("prod", "just_deployed"): "default", ("staging", "late"): "marketing"}


def test_a_tag_picks_dags_and_none_that_only_begins_like_it(prometheus: Prometheus) -> None:
    rows = prometheus.ask(_documented("Only DAGs with a tag"))
    assert _values(rows, "airflow", "dag_id") == {("prod", "late"): 3600, ("staging", "late"): 1200}


def test_running_runs_by_folder_are_not_doubled_by_a_replica(prometheus: Prometheus) -> None:
    rows = prometheus.ask(_documented("Sums by folder"))
    assert _values(rows, "airflow", "folder")["prod", "etl"] == 4


def test_workers_follow_the_replica_that_sees_more(prometheus: Prometheus) -> None:
    assert _values(prometheus.ask(_scaled()), "airflow") == {("prod",): 17}


def test_an_idle_queue_needs_no_worker(prometheus: Prometheus) -> None:
    assert _values(prometheus.ask(_scaled(queue="idle")), "airflow") == {("prod",): 0}


def test_an_exporter_that_has_not_read_tasks_for_long_says_nothing(prometheus: Prometheus) -> None:
    assert prometheus.ask(_scaled(airflow="stuck")) == []


def test_an_exporter_that_is_gone_says_nothing(prometheus: Prometheus) -> None:
    assert _values(prometheus.ask(_scaled(airflow="gone")), "airflow") == {("gone",): 17}
    _GONE.set()
    deadline = time.monotonic() + 30
    while prometheus.ask(_scaled(airflow="gone")):
        assert time.monotonic() < deadline, "still an answer"
        time.sleep(0.5)
    assert prometheus.ask(_scaled(airflow="gone", queue="idle")) == []


class _Replicas(BaseHTTPRequestHandler):
    """Replicas of the exporter, each under its path."""

    def do_GET(self) -> None:
        gone = self.path == "/e" and _GONE.is_set()
        body = b"" if gone else _figures(self.path).render()
        self.send_response(500 if gone else 200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        with suppress(ConnectionError):  # Prometheus ends while a scrape is under way
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
        """Say nothing."""
