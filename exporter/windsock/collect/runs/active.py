"""Queued and running runs: of those that are known already only what may change is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from windsock.collect.collector import Reader, batches
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import R, Statement, make

# If more are not known, everything is read at once.
_MOST_UNKNOWN = 2_000


class ActiveRun(NamedTuple):
    """A queued or running run."""

    id: int
    dag_id: str
    run_id: str
    run_type: str
    state: str
    due: datetime
    queued_at: datetime | None
    start: datetime | None


class Mark(NamedTuple):
    """What changes of an active run.

    Attributes:
        since: when it was queued, or started to run.
    """

    id: int
    state: str
    since: datetime | None


def active_runs(of: Flavour) -> Statement[ActiveRun]:
    """All of them [idx_dag_run_running_dags, idx_dag_run_queued_dags]."""
    branches = (f"SELECT {_columns(of)} FROM dag_run WHERE state = '{state}'" for state in _SINCE)
    return _read("active_runs", ActiveRun, of, " UNION ALL ".join(branches))


def active_marks(of: Flavour) -> Statement[Mark]:
    """All of them [idx_dag_run_running_dags, idx_dag_run_queued_dags]."""
    branches = (
        f"SELECT id, '{state}' AS state, {since} AS since FROM dag_run WHERE state = '{state}'"
        for state, since in _SINCE.items()
    )
    return _read("active_marks", Mark, of, " UNION ALL ".join(branches))


def active_by_id(of: Flavour) -> Statement[ActiveRun]:
    """By primary key, if they are active still."""
    return _read(
        "active_by_id",
        ActiveRun,
        of,
        f"SELECT {_columns(of)} FROM dag_run WHERE id IN :ids AND state IN ('running', 'queued')",
        ids=[-1],
    )


# Two branches on purpose: IN (…) becomes a sequential scan at the default random_page_cost.
_SINCE = {"running": "start_date", "queued": "queued_at"}


def _columns(of: Flavour) -> str:
    return f"id, dag_id, run_id, run_type, state, {of.due} AS due, queued_at, start_date AS start"


def _read(name: str, row: type[R], of: Flavour, sql: str, **example: list[int]) -> Statement[R]:
    columns = ("id", "dag_id", "run_id", "run_type", "state", of.due_columns[0], "queued_at", "start_date")
    return make(
        name,
        row,
        sql,
        reads={"dag_run": (*columns, *(() if of.three else ("execution_date",)))},
        **example,
    )


class ActiveRuns:
    """All of them, cycle after cycle: ten thousand runs are told apart by three columns instead of eight."""

    def __init__(self) -> None:
        self._known: Mapping[int, ActiveRun] = {}

    def read(self, reader: Reader) -> tuple[ActiveRun, ...]:
        """As they are now, in no order; the other collectors of this cycle share them."""
        found = self._found(reader)
        self._known = {run.id: run for run in found}
        reader.share(active_runs, found)
        return tuple(found)

    def _found(self, reader: Reader) -> list[ActiveRun]:
        if not self._known:
            return reader.rows(active_runs)
        marks = reader.rows(active_marks)
        same = [run for mark in marks if (run := self._known.get(mark.id)) and _is(run, mark)]
        if len(marks) - len(same) > _MOST_UNKNOWN:
            return reader.rows(active_runs)
        same_ids = {run.id for run in same}
        others = [mark.id for mark in marks if mark.id not in same_ids]
        return [*same, *_by_id(reader, others)]


def _is(run: ActiveRun, mark: Mark) -> bool:
    """Whether nothing has happened to it: a run that is cleared is queued at another time, or starts anew."""
    since = run.queued_at if mark.state == "queued" else run.start
    return run.state == mark.state and since == mark.since


def _by_id(reader: Reader, ids: list[int]) -> Iterable[ActiveRun]:
    for some in batches(ids):
        yield from reader.rows(active_by_id, ids=some)
