"""Databases for `fed`: recorded and made rows as if they were of now, and what happens in them meanwhile."""

from __future__ import annotations

import random
import sqlite3
import threading
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psycopg

from demo.stack.postgres import Postgres
from tests.support import board_world, events, waiting
from tests.support.metadb import at, schema
from tests.support.seed import exists, insert, one_late_dag, unchecked
from tests.support.simulator import Simulator
from tests.support.simulator_model import FINAL, SHOP
from windsock.collect.tasks.usual import UsualRunning
from windsock.state import State

# When the recorded databases were dumped, and when the made rows are.
_ENDED = {"2.11": at("2026-11-22 08:05:30"), "3.3": at("2026-11-22 08:22:00")}
_MADE = at("2026-01-10 12:00")
# Nothing but made rows is older than this.
_LONG_AGO = at("2026-03-01 00:00")


def recorded(cluster: Postgres, line: str) -> str:
    """A copy of the recorded database whose last moment is now, with a canary; its URL."""
    name = f"fed_{line[0]}"
    cluster.sql(f"CREATE DATABASE {name} TEMPLATE recorded_{line[0]}")
    with psycopg.connect(_dsn(cluster.url(name)), autocommit=True) as connection:
        _shift(connection, datetime.now(timezone.utc) - _ENDED[line])
        (dag_id,) = connection.execute("SELECT dag_id FROM dag_run WHERE state = 'success'").fetchone() or (
            "",
        )
        for table in ("dag", "dag_run", "task_instance"):
            renamed = f"UPDATE {table} SET dag_id = 'windsock_canary' WHERE dag_id = %s"
            connection.execute(renamed.encode(), (dag_id,))
    return cluster.url(name)


def made(cluster: Postgres, line: str) -> str:
    """A database with something of everything that waits, as if it were now, without an index; its URL."""
    name = f"fed_made_{line[0]}"
    cluster.sql(f"CREATE DATABASE {name}")
    with psycopg.connect(_dsn(cluster.url(name)), autocommit=True) as connection:
        connection.execute(schema(line, "postgresql").encode())
    # Schemas set the search path.
    with psycopg.connect(_dsn(cluster.url(name)), autocommit=True) as connection:
        one_late_dag(connection)
        waiting.fill(connection)
        events.before(connection, line)
        _shift(connection, datetime.now(timezone.utc) - _MADE)
        connection.execute("DROP INDEX idx_job_state_heartbeat, job_type_heart")
    return cluster.url(name)


def late_and_at_risk(path: Path) -> str:
    """A database with SLAs in every state, without the audit log; its URL."""
    url = board_world.make(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE log")
    return url


def a_week_of_queues(folder: Path) -> None:
    """What an exporter has learnt in a week about queues, into its state directory."""
    usual = UsualRunning(State(folder))
    begin = datetime.now(timezone.utc).replace(minute=0) - timedelta(days=7)
    for hours in range(7 * 24 + 1):
        for minutes in (0, 40):
            usual.observe(begin + timedelta(hours=hours, minutes=minutes), {"default": 4, "other": 2})


def work(url: str, over: threading.Event) -> None:
    """Runs with every kind of task, one after the other, until `over`; some tasks fail."""
    rng = random.Random(1)
    simulator = Simulator(_dsn(url), three=url.endswith("3"), rng=rng)
    simulator.history(20_000)
    while not over.is_set():
        run = simulator.create("shop", SHOP)
        simulator.start(run)
        while not over.is_set() and (left := [task for task in run.tasks if task.state not in FINAL]):
            for task in left:
                if simulator.ready(run, task):
                    simulator.advance(run, task, succeeds=rng.random() < 0.7)
            over.wait(0.15)
        simulator.finish(run)
    simulator.connection.close()


def happen(url: str, over: threading.Event) -> None:
    """Audit events, assets, checks, deadlines, once the exporter has looked a first time."""
    over.wait(6)
    with psycopg.connect(_dsn(url)) as connection:
        events.happen(connection)
        _shift(connection, datetime.now(timezone.utc) - _MADE, before=_LONG_AGO)
    number = 0
    # A counter's first value is no increase.
    while not over.wait(4):
        number += 1
        with psycopg.connect(_dsn(url)) as connection:
            unchecked(connection)
            _miss(connection, number)


def _miss(connection: psycopg.Connection[tuple[object, ...]], number: int) -> None:
    """One of Airflow's own promises, for each number another."""
    now = datetime.now(timezone.utc)
    if exists(connection, "sla_miss"):
        key = {"task_id": f"missed{number}", "dag_id": "late", "execution_date": now}
        insert(connection, "sla_miss", **key, timestamp=now)
    if exists(connection, "deadline"):
        each = f"00000000-0000-7000-8000-{900 + number:012}"
        state = {"missed": True, "callback_state": "queued", "callback_id": each}
        insert(connection, "deadline", id=each, dagrun_id=0, deadline_time=now, **state)


def _dsn(url: str) -> str:
    return url.replace("+psycopg2", "")


def _shift(
    connection: psycopg.Connection[tuple[object, ...]], by: timedelta, *, before: datetime | None = None
) -> None:
    """Move every time in the database, or those before a moment."""
    connection.execute("SET session_replication_role = replica")
    found = connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " JOIN information_schema.tables USING (table_schema, table_name)"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type LIKE 'timestamp%'"
    ).fetchall()
    for table, column in found:
        moved = f'UPDATE "{table}" SET "{column}" = "{column}" + %s'
        connection.execute(f'{moved} WHERE "{column}" < %s'.encode(), (by, before or "infinity"))
