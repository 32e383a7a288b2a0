"""Runs of some weeks, for a replay: by DAG and time along the unique index, in pages, and never backfills."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from windsock.metadb import dag_runs
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make

# Rows that one statement returns at most, where it has no other limit.
MOST_ROWS = 20_000


class PastRow(NamedTuple):
    """A run as the database has it now.

    Attributes:
        logical: execution date on 2.x; None for a run off the schedule on 3.x.
        queued_at: when it was created; written anew when somebody clears it.
        cleared: how many times; None where Airflow does not count (2.7).
    """

    dag_id: str
    run_id: str
    run_type: str
    state: str
    due: datetime
    logical: datetime | None
    start: datetime | None
    end: datetime | None
    queued_at: datetime | None
    cleared: int | None


class Count(NamedTuple):
    """Runs of one DAG."""

    dag_id: str
    runs: int


def window_counts(of: Flavour) -> Statement[Count]:
    """Runs of the given DAGs since a logical date, backfills too [dag_run_dag_id_{logical}_key]."""
    return make(
        "window_counts",
        Count,
        f"SELECT dag_id, count(*) AS runs FROM dag_run{of.force('dag_run', 'dag_id', of.logical)}"
        f" WHERE dag_id IN :dag_ids AND {of.logical} >= :since GROUP BY dag_id",
        reads={"dag_run": ("dag_id", of.logical)},
        dag_ids=["-"],
        since=EXAMPLE_TIME,
    )


def window_runs(of: Flavour) -> Statement[PastRow]:
    """Those of the given DAGs from one logical date to another [dag_run_dag_id_{logical}_key]."""
    return make(
        "window_runs",
        PastRow,
        f"SELECT {_columns(of)} FROM dag_run r{of.force('dag_run', 'dag_id', of.logical)}"
        f" WHERE r.dag_id IN :dag_ids AND r.{of.logical} >= :since AND r.{of.logical} < :until"
        " AND r.run_type <> 'backfill'",
        reads={"dag_run": _read(of)},
        dag_ids=["-"],
        since=EXAMPLE_TIME,
        until=EXAMPLE_TIME,
    )


def earlier(name: str, limit: int) -> Callable[[Flavour], Statement[PastRow]]:
    """The newest ones of the given DAGs before a logical date."""

    def runs(of: Flavour) -> Statement[PastRow]:
        inner = ", ".join(f"x.{column}" for column in _read(of))
        newest = (
            f"FROM dag_run x{of.force('dag_run', 'dag_id', of.logical)} WHERE x.dag_id = {{dag}}"
            f" AND x.{of.logical} < :since AND x.run_type <> 'backfill' ORDER BY x.{of.logical} DESC"
        )
        if of.postgresql:
            sql = (
                f"SELECT {_columns(of)} FROM dag d CROSS JOIN LATERAL (SELECT {inner}"
                f" {newest.format(dag='d.dag_id')} LIMIT {limit}) r WHERE d.dag_id IN :dag_ids"
            )
        elif of.sqlite:
            sql = (
                f"SELECT {_columns(of)} FROM dag d JOIN dag_run r ON r.id IN"
                f" (SELECT x.id {newest.format(dag='d.dag_id')} LIMIT {limit}) WHERE d.dag_id IN :dag_ids"
            )
        else:
            sql = _MYSQL.format(
                columns=_columns(of),
                logical=of.logical,
                newest=newest.format(dag="d.dag_id"),
                force=of.force("dag_run", "dag_id", of.logical),
                skip=limit - 1,
            )
        return make(
            name,
            PastRow,
            sql,
            reads={"dag": ("dag_id",), "dag_run": ("id", *_read(of))},
            dag_ids=["-"],
            since=EXAMPLE_TIME,
        )

    return runs


def undated_runs(of: Flavour) -> Statement[PastRow] | None:
    """3.x: those off the schedule, of all DAGs, by due time [idx_dag_run_run_after]."""
    if not of.three:
        return None
    return make(
        "undated_runs",
        PastRow,
        f"SELECT {_columns(of)} FROM dag_run r WHERE r.run_after > :since AND r.run_after <= :until"
        " AND r.run_type <> 'scheduled' AND r.run_type <> 'backfill'"
        f" ORDER BY r.run_after LIMIT {MOST_ROWS}",
        reads={"dag_run": _read(of)},
        since=EXAMPLE_TIME,
        until=EXAMPLE_TIME,
    )


# As in `dag_runs`: MariaDB knows no LATERAL.
_MYSQL = (
    "SELECT {columns} FROM (SELECT d.dag_id, COALESCE((SELECT x.{logical} {newest} LIMIT 1 OFFSET {skip}),"
    " TIMESTAMP '1970-01-02 00:00:00') AS first FROM dag d WHERE d.dag_id IN :dag_ids LIMIT 1000000) t"
    " JOIN dag_run r{force} ON r.dag_id >= t.dag_id AND r.dag_id <= t.dag_id AND r.{logical} >= t.first"
    " WHERE r.{logical} < :since AND r.run_type <> 'backfill'"
)


def _read(of: Flavour) -> tuple[str, ...]:
    return (*dag_runs.columns(of), "queued_at", *(("clear_number",) if of.since("2.8") else ()))


def _columns(of: Flavour) -> str:
    cleared = "r.clear_number" if of.since("2.8") else "NULL"
    due = "r.run_after" if of.three else "COALESCE(r.data_interval_end, r.execution_date)"
    return (
        f"r.dag_id, r.run_id, r.run_type, r.state, {due} AS due, r.{of.logical} AS logical,"
        f' r.start_date AS start, r.end_date AS "end", r.queued_at, {cleared} AS cleared'
    )
