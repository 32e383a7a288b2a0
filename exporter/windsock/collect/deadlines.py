"""Deadlines of runs, of Airflow 3.1 and later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from windsock.catalog import waiting
from windsock.collect.collector import Collector, Reader, Tier, batches
from windsock.figures import Figures
from windsock.metadb import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Pending deadlines by run, and the DAG of each run."""

    pending: tuple[rows.Deadlines, ...]
    dag_ids: dict[int, str]


class DeadlinesCollector(Collector[Deadlines]):
    """Reads `deadline`, and from `dag_run` the DAGs of the runs that it has not met before."""

    name = "deadlines"
    tier = Tier.SLOW
    uses = ("deadlines", "deadline_runs")

    def __init__(self) -> None:
        self._dag_ids: dict[int, str] = {}

    def read(self, reader: Reader) -> Deadlines:
        """Everything that is neither met nor missed."""
        pending = reader.rows(reader.statements.small.deadlines, now=reader.now)
        runs = {row.run for row in pending if row.run is not None}
        known = {run: dag_id for run, dag_id in self._dag_ids.items() if run in runs}
        for batch in batches(sorted(runs - known.keys())):
            found = reader.rows(reader.statements.small.deadline_runs, runs=batch)
            known |= {row.run: row.dag_id for row in found}
        self._dag_ids = known
        return Deadlines(pending=tuple(pending), dag_ids=known)


def add(figures: Figures, read: Deadlines) -> None:
    """Number and earliest by DAG, and how many are past their time."""
    counts: dict[str, int] = {}
    earliest: dict[str, datetime] = {}
    for row in read.pending:
        dag_id = read.dag_ids.get(row.run, "") if row.run is not None else ""
        counts[dag_id] = counts.get(dag_id, 0) + row.deadlines
        earliest[dag_id] = min(row.next, earliest.get(dag_id, row.next))
    for dag_id, count in counts.items():
        figures.add(waiting.DEADLINES_PENDING, count, dag_id=dag_id)
        figures.add(waiting.DEADLINE_NEXT, earliest[dag_id].timestamp(), dag_id=dag_id)
    figures.add(waiting.DEADLINES_OVERDUE, sum(row.overdue for row in read.pending))
