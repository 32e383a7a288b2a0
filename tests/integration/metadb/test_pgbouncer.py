"""Everything through a real pgbouncer in transaction mode, which gives one connection to many clients."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg

from demo.stack.postgres import Postgres
from tests.support import pgbouncer
from tests.support.role import role
from tests.support.serving import DOWN, UP, serving

# What a session setting of ours would change for whoever gets the connection next.
_SETTINGS = (
    *("statement_timeout", "lock_timeout", "jit", "max_parallel_workers_per_gather"),
    *("default_transaction_read_only", "transaction_read_only", "application_name"),
)


def test_every_collector_reads_through_it_and_leaves_nothing_behind(
    recorded: Callable[[str], str], cluster: Postgres, tmp_path: Path
) -> None:
    name = recorded("3.3").rpartition("/")[2]
    with role(cluster, name, "3.3", tmp_path):
        with pgbouncer.pgbouncer(cluster, {"reader": "hunter2"}, tmp_path / "pgbouncer.log") as (
            process,
            port,
        ):
            url = f"postgresql://reader:hunter2@127.0.0.1:{port}/{name}"
            # One server connection for all: the other client gets ours, and ours gets its.
            with psycopg.connect(url, autocommit=True, prepare_threshold=None) as other:
                before = _settings(other)
                idle, done = [0], threading.Event()
                watcher = threading.Thread(target=_watch, args=(cluster, name, done, idle))
                watcher.start()
                with serving(url) as exporter:
                    text = exporter.until(lambda text: "airflow_dag_last_success_timestamp_seconds" in text)
                    for _ in range(20):
                        assert _settings(other) == before
                    assert re.findall(r"collector_success\{.*\} 0\.0", text) == []
                    assert "collector_disabled{" not in text
                    assert other.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
                    assert other.execute(
                        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
                    ).fetchone() == (0,)
                    done.set()
                    watcher.join()
                    assert idle == [0]
                    connections = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'"
                    assert cluster.sql(connections) == "1"
                    process.stop()
                    exporter.until(lambda text: DOWN in text)
                    pgbouncer.start(process, port)
                    exporter.until(lambda text: UP in text and "airflow_dag_last_success_timestamp" in text)
                    process.stop()
                    pgbouncer.start(process, port)
                    # It was gone for less than a cycle: the dead connections are replaced, nobody notices.
                    exporter.until(lambda text: UP in text)
                    assert re.findall(r"collector_success\{.*\} 0\.0", exporter.scrape()) == []


def _settings(connection: psycopg.Connection[tuple[object, ...]]) -> list[object]:
    question = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s) ORDER BY name"
    return connection.execute(question, (list(_SETTINGS),)).fetchall()


def _watch(cluster: Postgres, database: str, done: threading.Event, idle: list[int]) -> None:
    """Count how often the connection is found waiting for us within a transaction, for longer than a moment."""
    question = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND state LIKE 'idle in transaction%%'"
        " AND state_change < clock_timestamp() - interval '200 ms'"
    )
    url = cluster.url("postgres").replace("+psycopg2", "")
    with psycopg.connect(url, autocommit=True) as admin:
        while not done.wait(0.02):
            row = admin.execute(question, (database,)).fetchone()
            assert row
            idle[0] += row[0]
