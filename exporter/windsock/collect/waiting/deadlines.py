"""Deadlines of runs, of Airflow 3.1 and later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from windsock.catalog import waiting
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make


class PendingOfRun(NamedTuple):
    """Deadlines of a run that are neither met nor missed."""

    run: int | None
    deadlines: int
    overdue: int
    next: datetime


class RunDag(NamedTuple):
    """The DAG of a run, by the run's serial id."""

    run: int
    dag_id: str


def deadlines(of: Flavour) -> Statement[PendingOfRun] | None:
    """By run. [missed or, on 3.1, callback_state, and deadline_time]; what is met is deleted."""
    if not of.since("3.1"):
        return None
    column, pending = (
        ("missed", "missed = false") if of.since("3.2") else ("callback_state", "callback_state IS NULL")
    )
    return make(
        "deadlines",
        PendingOfRun,
        "SELECT dagrun_id AS run, count(*) AS deadlines,"
        " sum(CASE WHEN deadline_time < :now THEN 1 ELSE 0 END) AS overdue, min(deadline_time) AS next"
        f" FROM deadline WHERE {pending} GROUP BY 1",
        reads={"deadline": ("dagrun_id", "deadline_time", column)},
        now=EXAMPLE_TIME,
    )


def deadline_runs(of: Flavour) -> Statement[RunDag] | None:
    """The DAGs of runs, by primary key."""
    if not of.since("3.1"):
        return None
    return make(
        "deadline_runs",
        RunDag,
        "SELECT id AS run, dag_id FROM dag_run WHERE id IN :runs",
        reads={"dag_run": ("id", "dag_id")},
        runs=[-1],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Pending deadlines by run, and the DAG of each run."""

    pending: tuple[PendingOfRun, ...]
    dag_ids: dict[int, str]


class DeadlinesCollector(Collector[Deadlines]):
    """Reads `deadline`, and from `dag_run` the DAGs of the runs that it has not met before."""

    name = "deadlines"
    tier = Tier.SLOW
    lies_under_lag = True
    reads = (deadlines, deadline_runs)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._dag_ids: dict[int, str] = {}

    def read(self, reader: Reader) -> Deadlines:
        """Everything that is neither met nor missed."""
        pending = reader.rows(deadlines, now=reader.now)
        runs = {row.run for row in pending if row.run is not None}
        known = {run: dag_id for run, dag_id in self._dag_ids.items() if run in runs}
        for batch in batches(sorted(runs - known.keys())):
            found = reader.rows(deadline_runs, runs=batch)
            known |= {row.run: row.dag_id for row in found}
        self._dag_ids = known
        return Deadlines(pending=tuple(pending), dag_ids=known)

    def add(self, figures: Figures, value: Deadlines, scene: Scene) -> None:
        """Number and earliest by DAG, and how many are past their time."""
        counts: dict[str, int] = {}
        earliest: dict[str, datetime] = {}
        for row in value.pending:
            dag_id = value.dag_ids.get(row.run, "") if row.run is not None else ""
            counts[dag_id] = counts.get(dag_id, 0) + row.deadlines
            earliest[dag_id] = min(row.next, earliest.get(dag_id, row.next))
        for dag_id, count in counts.items():
            figures.add(waiting.DEADLINES_PENDING, count, dag_id=dag_id)
            figures.add(waiting.DEADLINE_NEXT, earliest[dag_id].timestamp(), dag_id=dag_id)
        figures.add(waiting.DEADLINES_OVERDUE, sum(row.overdue for row in value.pending))
