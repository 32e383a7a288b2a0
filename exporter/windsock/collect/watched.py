"""Runs and tasks of the DAGs that an SLA names, and of no others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from windsock.collect.collector import Collector, Reader, Tier, batches
from windsock.metadb import rows
from windsock.sla import Slas


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What was read, for which DAGs, and when: everything that ended before `now` is in it."""

    now: datetime
    dag_ids: frozenset[str]
    runs: tuple[rows.Run, ...]
    tasks: tuple[rows.DagTasks, ...]


class Selection:
    """Which of the DAGs that exist an SLA names; each is matched once."""

    def __init__(self, slas: Slas | None, dag_ids: Callable[[], Iterable[str]]) -> None:
        self._slas = slas
        self._dag_ids = dag_ids
        self._known: dict[str, bool] = {}

    def __call__(self) -> list[str]:
        """The DAG ids, sorted."""
        for dag_id in (existing := set(self._dag_ids())) - self._known.keys():
            self._known[dag_id] = self._slas is not None and self._slas.matches(dag_id)
        return sorted(dag_id for dag_id in existing if self._known[dag_id])


class WatchedCollector(Collector[Watched]):
    """Reads `dag_run` and `task_instance`.

    Args:
        dag_ids: tells which DAGs an SLA names now.
    """

    name = "sla_facts"
    tier = Tier.FAST
    uses = ("sla_runs", "sla_tasks")

    def __init__(self, dag_ids: Callable[[], Collection[str]]) -> None:
        self._dag_ids = dag_ids

    def read(self, reader: Reader) -> Watched:
        """In batches, so that a pattern like * works too."""
        wanted = sorted(self._dag_ids())
        runs: list[rows.Run] = []
        tasks: list[rows.DagTasks] = []
        for batch in batches(wanted):
            runs += reader.rows(reader.statements.sla_runs, dag_ids=batch)
            tasks += reader.rows(reader.statements.sla_tasks, dag_ids=batch)
        return Watched(now=reader.now, dag_ids=frozenset(wanted), runs=tuple(runs), tasks=tuple(tasks))
