"""Runs of Airflow 3 that are off the schedule: what is known of them, kept up to date.

No index leads from a DAG to their due time. So a day of runs is read by the time they were due, which on a
busy Airflow is a lot, only now and then; in between those are read that are new, became active, or are active
no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from windsock.collect.collector import Reader, batches
from windsock.metadb import dag_runs
from windsock.metadb.dag_runs import Run
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make

_FIRST_LOOK = timedelta(days=30)
_LOOK_BACK = timedelta(days=1)
_LOOK_EVERY = timedelta(minutes=10)
_KEPT_PER_DAG = 20
_ON_SCHEDULE = frozenset({"scheduled", "backfill"})
_COLUMNS = (
    "dag_id, run_id, run_type, state, run_after AS due, logical_date AS logical, start_date AS start,"
    ' end_date AS "end"'
)


class Identified(Protocol):
    """A row of a run with its serial id."""

    @property
    def id(self) -> int:
        """The serial id."""

    @property
    def run_type(self) -> str:
        """What made it."""


def undated(of: Flavour) -> Statement[Run] | None:
    """3.x: by due time [idx_dag_run_run_after].

    They have no logical date, or one that is not their due time.
    """
    if not of.three:
        return None
    return make(
        "undated",
        Run,
        f"SELECT {_COLUMNS} FROM dag_run WHERE run_after > :since"
        " AND run_type <> 'scheduled' AND run_type <> 'backfill'",
        reads={"dag_run": dag_runs.columns(of)},
        since=EXAMPLE_TIME,
    )


def undated_by_id(of: Flavour) -> Statement[Run] | None:
    """3.x: by primary key."""
    if not of.three:
        return None
    return make(
        "undated_by_id",
        Run,
        f"SELECT {_COLUMNS} FROM dag_run WHERE id IN :ids",
        reads={"dag_run": ("id", *dag_runs.columns(of))},
        ids=[-1],
    )


class Undated:
    """By DAG, the newest due first."""

    def __init__(self) -> None:
        self._runs: dict[str, tuple[Run, ...]] = {}
        self._looked: datetime | None = None
        self._active: frozenset[int] = frozenset()
        self._new: frozenset[int] = frozenset()

    def read(
        self, reader: Reader, active: Iterable[Identified], new: Iterable[Identified]
    ) -> Mapping[str, tuple[Run, ...]]:
        """Bring what is known up to date.

        Args:
            reader: of this cycle.
            active: every queued or running run.
            new: the runs with the newest ids, again and again.
        """
        if not reader.has(undated):
            return {}
        now_active, now_new = _off_schedule(active), _off_schedule(new)
        rows: list[Run] = []
        looked = self._looked
        if looked is None or reader.now - looked >= _LOOK_EVERY:
            since = reader.now - (_FIRST_LOOK if looked is None else _LOOK_BACK)
            rows += reader.rows(undated, since=since)
            looked = reader.now
        for batch in batches(sorted((now_active ^ self._active) | (now_new - self._new))):
            rows += reader.rows(undated_by_id, ids=batch)
        self._keep(rows)
        # Only now: after a failure in between the same ones are read again.
        self._looked, self._active, self._new = looked, now_active, now_new
        return dict(self._runs)

    def _keep(self, rows: Iterable[Run]) -> None:
        found: dict[str, dict[str, Run]] = {}
        for row in rows:
            found.setdefault(row.dag_id, {})[row.run_id] = row
        for dag_id, fresh in found.items():
            known = {run.run_id: run for run in self._runs.get(dag_id, ())} | fresh
            self._runs[dag_id] = _worth_keeping(known.values())


def _off_schedule(runs: Iterable[Identified]) -> frozenset[int]:
    return frozenset(run.id for run in runs if run.run_type not in _ON_SCHEDULE)


def _worth_keeping(runs: Iterable[Run]) -> tuple[Run, ...]:
    """The newest, and the last of each result, however long ago that was."""
    newest = sorted(runs, key=lambda run: run.due, reverse=True)
    kept = newest[:_KEPT_PER_DAG]
    for state in ("success", "failed"):
        if not any(run.state == state for run in kept):
            kept += [run for run in newest[_KEPT_PER_DAG:] if run.state == state][:1]
    return tuple(kept)
