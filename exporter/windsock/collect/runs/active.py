"""Queued and running runs: of those that are known already only what may change is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from windsock.collect.collector import Reader, batches
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

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


# Two branches on purpose: IN (…) becomes a sequential scan at the default random_page_cost.
_SINCE = {"running": "start_date", "queued": "queued_at"}


def active_runs(of: Flavour) -> Statement[ActiveRun]:
    """All of them [idx_dag_run_running_dags, idx_dag_run_queued_dags]."""
    branches = (f"SELECT {_columns(of)} FROM dag_run WHERE state = '{state}'" for state in _SINCE)
    return make("active_runs", ActiveRun, " UNION ALL ".join(branches), reads={"dag_run": _read(of)})


def active_marks(_of: Flavour) -> Statement[Mark]:
    """All of them [idx_dag_run_running_dags, idx_dag_run_queued_dags]."""
    branches = (
        f"SELECT id, '{state}' AS state, {since} AS since FROM dag_run WHERE state = '{state}'"
        for state, since in _SINCE.items()
    )
    reads = {"dag_run": ("id", "state", *_SINCE.values())}
    return make("active_marks", Mark, " UNION ALL ".join(branches), reads=reads)


def active_by_id(of: Flavour) -> Statement[ActiveRun]:
    """By primary key, if they are active still."""
    return make(
        "active_by_id",
        ActiveRun,
        f"SELECT {_columns(of)} FROM dag_run WHERE id IN :ids AND state IN ('running', 'queued')",
        reads={"dag_run": _read(of)},
        ids=[-1],
    )


def _columns(of: Flavour) -> str:
    return f"id, dag_id, run_id, run_type, state, {of.due} AS due, queued_at, start_date AS start"


def _read(of: Flavour) -> tuple[str, ...]:
    columns = ("id", "dag_id", "run_id", "run_type", "state", of.due_columns[0], "queued_at", "start_date")
    return columns if of.three else (*columns, "execution_date")


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
