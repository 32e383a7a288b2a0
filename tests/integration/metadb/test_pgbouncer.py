"""Everything through a real pgbouncer in transaction mode, which gives one connection to many clients."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from demo.stack.postgres import Postgres
from demo.stack.process import Process
from tests.support import pgbouncer
from tests.support.role import role
from tests.support.serving import DOWN, UP, serving

pytestmark = pytest.mark.real_time

# What a session setting of ours would change for whoever gets the connection next.
_SETTINGS = (
    *("statement_timeout", "lock_timeout", "jit", "max_parallel_workers_per_gather"),
    *("default_transaction_read_only", "transaction_read_only", "application_name"),
)


@pytest.fixture
def behind(
    recorded: Callable[[str], str], cluster: Postgres, tmp_path: Path
) -> Iterator[tuple[str, Process, int]]:
    """The database's name, and a pgbouncer with one server connection for all of the role's clients."""
    name = recorded("3.3").rpartition("/")[2]
    log = tmp_path / "pgbouncer.log"
    with (
        role(cluster, name, "3.3", tmp_path),
        pgbouncer.pgbouncer(cluster, {"reader": "hunter2"}, log) as (process, port),
    ):
        yield name, process, port
        # Its server connection, or the role cannot be dropped.
        process.stop()


def test_every_collector_reads_through_it_and_leaves_nothing_behind(
    behind: tuple[str, Process, int], cluster: Postgres
) -> None:
    name, _, port = behind
    url = f"postgresql://reader:hunter2@127.0.0.1:{port}/{name}"
    named = f"{url}?application_name=other"
    with psycopg.connect(named, autocommit=True, prepare_threshold=None) as other:
        before = _settings(other)
        with serving(url) as exporter:
            text = exporter.until(lambda text: "airflow_dag_last_success_timestamp_seconds" in text)
            assert re.findall(r"collector_success\{.*\} 0\.0", text) == []
            assert "collector_disabled{" not in text
            with _watching(cluster, name) as idle:
                # The other client gets the connection that has just been ours.
                for _ in range(40):
                    assert _settings(other) == before
                    assert _count(other, "pg_prepared_statements") == 0
                    time.sleep(0.03)
            assert idle == []
            # Not those of this test itself, some of which may not have ended yet.
            through = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND usename = 'reader'"
            assert cluster.sql(through) == "1"


def test_a_restart_of_it_heals(behind: tuple[str, Process, int]) -> None:
    name, process, port = behind
    with serving(f"postgresql://reader:hunter2@127.0.0.1:{port}/{name}") as exporter:
        exporter.until(lambda text: UP in text)
        process.stop()
        exporter.until(lambda text: DOWN in text)
        pgbouncer.start(process, port)
        exporter.until(lambda text: UP in text and "airflow_dag_last_success_timestamp" in text)
        exporter.until(lambda text: re.search(r"collector_success\{.*\} 0\.0", text) is None)


def _settings(connection: psycopg.Connection[Any]) -> list[Any]:
    question = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s) ORDER BY name"
    return connection.execute(question, (list(_SETTINGS),)).fetchall()


def _count(connection: psycopg.Connection[Any], table: LiteralString) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row
    return int(row[0])


@contextmanager
def _watching(cluster: Postgres, database: str) -> Iterator[list[Any]]:
    """Connections that wait within a transaction for longer than a moment, while the block runs."""
    question = (
        "SELECT query FROM pg_stat_activity WHERE datname = %s AND state LIKE 'idle in transaction%%'"
        " AND state_change < clock_timestamp() - interval '200 ms'"
    )
    found: list[Any] = []
    done = threading.Event()

    def watch() -> None:
        url = cluster.url("postgres").replace("+psycopg2", "")
        with psycopg.connect(url, autocommit=True) as admin:
            while not done.wait(0.02):
                found.extend(admin.execute(question, (database,)).fetchall())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        done.set()
        watcher.join()
