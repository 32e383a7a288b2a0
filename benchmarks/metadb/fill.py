"""Airflow's tables filled by SQL alone, the same rows for the same size and time at each run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import psycopg

from benchmarks.metadb.size import Size

_HERE = Path(__file__).parent
# The big ones: indexes are built after the rows are there, in a fraction of the time.
_BIG = ("dag_run", "log", "task_instance", "task_instance_history")
_CHUNK = 2_000_000
_DAG_ID = (
    "((ARRAY['sales', 'finance', 'marketing', 'logistics', 'risk', 'web', 'crm', 'ml'])[1 + d % 8]"
    " || '_pipeline_' || to_char(d, 'FM00000'))"
)
_SETTINGS = (
    # Foreign keys of millions of rows are not what is measured.
    ("session_replication_role", "replica"),
    ("maintenance_work_mem", "1GB"),
    ("max_parallel_maintenance_workers", "0"),
    ("max_parallel_workers_per_gather", "0"),
    ("jit", "off"),
    ("work_mem", "256MB"),
)


class _Held(NamedTuple):
    drop: str
    create: str


def fill(dsn: str, size: Size, at: datetime, *, said: Callable[[str], None] = print) -> None:
    """Replace what a database with the schema of Airflow 3.3 holds.

    Args:
        dsn: as its owner.
        size: of the data.
        at: the moment that the data show; everything unfinished is unfinished then.
        said: hears of progress.
    """
    started = time.monotonic()

    def report(what: str) -> None:
        said(f"{time.monotonic() - started:6.0f} s  {what}")

    with psycopg.connect(dsn, autocommit=True) as connection:
        for name, value in _SETTINGS:
            connection.execute(f"SET {name} = '{value}'".encode())
        _empty(connection)
        script = _Script(size, at)
        with connection.transaction(), _without_indexes(connection, report):
            for name in ("dags", "runs", "shape"):
                script.run(connection, name)
                report(name)
            for first in range(0, size.rows, _CHUNK):
                last = min(first + _CHUNK, size.rows) - 1
                script.run(connection, "tasks", first=first, last=last)
                report(f"{last + 1:,} task instances")
            script.run(connection, "after", per_minute=max(1, round(size.finished_per_minute)))
            connection.execute("DROP TABLE shape")
            report("what belongs to them")
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
        report("vacuumed and analysed")


class _Script:
    def __init__(self, size: Size, at: datetime) -> None:
        self._values = {
            **size.parameters(),
            "at": f"timestamptz '{at.isoformat()}'",
            "dag_id": _DAG_ID,
            "version": "md5('version' || d)::uuid",
        }

    def run(self, connection: psycopg.Connection, name: str, **more: object) -> None:
        text = (_HERE / f"{name}.sql").read_text(encoding="utf-8") % {**self._values, **more}
        for step in text.split(";\n"):
            if step.strip():
                connection.execute(step.encode())


def _empty(connection: psycopg.Connection) -> None:
    tables = connection.execute(
        "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables"
        " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    ).fetchone()
    assert tables is not None
    connection.execute(f"TRUNCATE {tables[0]} RESTART IDENTITY CASCADE".encode())


@contextmanager
def _without_indexes(connection: psycopg.Connection, report: Callable[[str], None]) -> Iterator[None]:
    """Take the indexes of the big tables away, and build them as Airflow made them."""
    held = [*_foreign_keys(connection), *_keys(connection), *_indexes(connection)]
    # A table written in the transaction that emptied it goes past the write-ahead log.
    connection.execute(f"TRUNCATE {', '.join(_BIG)} RESTART IDENTITY CASCADE".encode())
    for each in held:
        connection.execute(each.drop.encode())
    # Runs are looked up while the task instances are made.
    connection.execute("CREATE INDEX while_filling ON dag_run (id)")
    yield
    connection.execute("DROP INDEX while_filling")
    for each in reversed(held):
        connection.execute(each.create.encode())
        if "FOREIGN" not in each.create:
            report(each.create[:100])


def _foreign_keys(connection: psycopg.Connection) -> list[_Held]:
    found = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND (conrelid::regclass::text = ANY(%(big)s)"
        " OR confrelid::regclass::text = ANY(%(big)s))"
        " ORDER BY 1, 2",
        {"big": list(_BIG)},
    )
    return [
        _Held(
            f'ALTER TABLE {table} DROP CONSTRAINT "{name}"',
            f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition} NOT VALID',
        )
        for table, name, definition in found
    ]


def _keys(connection: psycopg.Connection) -> list[_Held]:
    found = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype IN ('p', 'u') AND conrelid::regclass::text = ANY(%s) ORDER BY 1, 2",
        (list(_BIG),),
    )
    return [
        _Held(
            f'ALTER TABLE {table} DROP CONSTRAINT "{name}"',
            f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}',
        )
        for table, name, definition in found
    ]


def _indexes(connection: psycopg.Connection) -> list[_Held]:
    found = connection.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " WHERE i.indrelid::regclass::text = ANY(%s)"
        " AND NOT EXISTS"
        " (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u'))"
        " ORDER BY 1",
        (list(_BIG),),
    )
    return [_Held(f"DROP INDEX {name}", definition) for name, definition in found]
