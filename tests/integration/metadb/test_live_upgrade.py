"""A real Airflow 2.11 is migrated to 3.3 under a running exporter."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from demo.stack.airflow import Airflow
from demo.stack.ports import choose
from demo.stack.postgres import Postgres
from tests.support.role import role
from tests.support.seed import one_late_dag
from tests.support.serving import Serving, serving
from windsock.collect.grants import script

pytestmark = pytest.mark.real_time

_OLD, _NEW = 'revision="5f2621c13b39"', 'revision="d2f4e1b3c5a7"'
_OFF = re.compile(r'airflow_metadb_collector_disabled\{collector="(\w+)",reason="(\w+)"\}')


@pytest.fixture
def url(cluster: Postgres) -> Iterator[str]:
    """Of an empty database."""
    cluster.sql("CREATE DATABASE upgraded")
    yield cluster.url("upgraded")
    cluster.sql("DROP DATABASE upgraded WITH (FORCE)")


def _airflow(version: str, url: str, folder: Path) -> Airflow:
    dags = folder / "dags"
    dags.mkdir(exist_ok=True)
    return Airflow(
        version,
        home=folder / f"home-{version}",
        dags=dags,
        logs=folder,
        database_url=url,
        port=choose({"web": 0})["web"],
        statsd_port=choose({"statsd": 0})["statsd"],
    )


def test_the_exporter_answers_notices_says_which_grants_are_missing_and_reads_on(
    url: str, cluster: Postgres, tmp_path: Path
) -> None:
    _airflow("2.11.2", url, tmp_path).migrate()
    with psycopg.connect(url.replace("+psycopg2", ""), autocommit=True) as admin:
        admin.execute("DELETE FROM slot_pool")
        one_late_dag(admin)
    with role(cluster, "upgraded", "2.11", tmp_path) as reader, serving(reader) as exporter:
        before = exporter.until(lambda text: _OLD in text and "airflow_dag_last_success" in text)
        assert _OFF.findall(before) == []
        with _scraping(exporter) as waits:
            _airflow("3.3.2", url, tmp_path).migrate()
            after = exporter.until(lambda text: _NEW in text)
        assert len(waits) > 20
        # The machine has other work too.
        assert sorted(waits)[len(waits) * 9 // 10] < 1
        assert max(waits) < 5
        assert 'airflow_version_max="3.3"' in after
        # The tables and columns of 3.x need grants of their own; what has kept its columns is read on.
        text = exporter.until(lambda text: ("dags", "privilege") in _OFF.findall(text))
        off = _OFF.findall(text)
        assert {reason for _, reason in off} == {"privilege"}
        assert ("components", "privilege") not in off
        assert "airflow_component_heartbeat_timestamp_seconds" in text
        file = tmp_path / "role.sql"
        file.write_text(script("3.3", role="reader"))
        cluster.psql("-v", "password=hunter2", "-f", str(file), database="upgraded")
        exporter.until(lambda text: _OFF.findall(text) == [] and "airflow_dag_last_success" in text)
        text = exporter.until(lambda text: re.search(r"collector_success\{.*\} 0\.0", text) is None)
        assert "airflow_dag_info{" in text
        assert 'dag_id="late"' in text


class _scraping:  # noqa: N801 (used like a function)
    """Scrape all the time while the block runs; how long each scrape took, in seconds."""

    def __init__(self, exporter: Serving) -> None:
        self._exporter = exporter
        self._done = threading.Event()
        self._waits: list[float] = []
        self._thread = threading.Thread(target=self._scrape)

    def __enter__(self) -> list[float]:
        self._thread.start()
        return self._waits

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _scrape(self) -> None:
        while not self._done.wait(0.1):
            started = time.perf_counter()
            self._exporter.scrape()
            self._waits.append(time.perf_counter() - started)
