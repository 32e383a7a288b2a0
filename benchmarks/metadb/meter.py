"""Time and blocks of one statement."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any, NamedTuple

from sqlalchemy import Connection, TextClause, create_engine, text
from sqlalchemy.engine import make_url

EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) "
# As `windsock serve` reads: in a transaction that cannot write, without parallel workers or compilation.
_OURS = text(
    "SELECT set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)"
)

# The rows that Airflow works with are in memory where it works; here nobody has read them yet.
_ACTIVE = (
    "'scheduled', 'queued', 'running', 'restarting', 'deferred', 'up_for_retry', 'up_for_reschedule',"
    " 'awaiting_input'"
)
_NEWEST = "(SELECT max(last_heartbeat_at) FROM task_instance) - interval '1 hour'"
_IN_MEMORY = (
    f"SELECT count(duration) FROM task_instance WHERE state IN ({_ACTIVE})",
    f"SELECT count(duration) FROM task_instance WHERE last_heartbeat_at > {_NEWEST}",
    "SELECT count(end_date) FROM dag_run",
)
# Rows that are fetched in one go.
_SOME = 1_000


class Cost(NamedTuple):
    """What one execution took: milliseconds until the last row was here, and rows."""

    milliseconds: float
    rows: int


class Plan(NamedTuple):
    """What it touched: blocks found in shared buffers or read into them, and tables read from end to end."""

    blocks: int
    whole: frozenset[str]


class Meter:
    """A connection of its own; statements of others run with the server's defaults."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            make_url(url).set(drivername="postgresql+psycopg"), connect_args={"prepare_threshold": None}
        )

    def close(self) -> None:
        """Give the connection back."""
        self._engine.dispose()

    def time(self, clause: TextClause, parameters: Mapping[str, Any], *, ours: bool) -> Cost:
        """Run it and fetch every row."""
        with self._transaction(ours=ours) as connection:
            started = perf_counter()
            # Some at a time, as we read, and not kept: a million of them would be what is measured.
            rows = sum(map(len, connection.execute(clause, parameters).partitions(_SOME)))
            return Cost((perf_counter() - started) * 1000, rows)

    def plan(self, explain: TextClause, parameters: Mapping[str, Any], *, ours: bool) -> Plan:
        """Run what `explained` made."""
        with self._transaction(ours=ours) as connection:
            found = connection.execute(explain, parameters).scalar_one()
        (document,) = json.loads(found) if isinstance(found, str) else found
        root = document["Plan"]
        return Plan(root["Shared Hit Blocks"] + root["Shared Read Blocks"], frozenset(_whole(root)))

    @contextmanager
    def _transaction(self, *, ours: bool) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            if ours:
                connection.execute(text("SET TRANSACTION READ ONLY"))
                connection.execute(_OURS)
            yield connection
            connection.rollback()


def into_memory(url: str) -> None:
    """Read what Airflow works with, so that it is in memory as it would be."""
    meter = Meter(url)
    for sql in _IN_MEMORY:
        meter.time(text(sql), {}, ours=True)
    meter.close()


def _whole(node: Mapping[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for below in node.get("Plans", ()):
        yield from _whole(below)
