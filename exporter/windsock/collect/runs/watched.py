"""Runs and tasks of the DAGs that an SLA names, and of no others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.figures import Figures
from windsock.metadb.dag_runs import Run, newest
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make
from windsock.sla import Slas

SLA_RUNS = 20


class DagTasks(NamedTuple):
    """Unfinished task instances of one DAG."""

    dag_id: str
    state: str
    pool: str
    queue: str
    tasks: int


def sla_runs(of: Flavour) -> Statement[Run]:
    """The newest of the given DAGs."""
    where, dags = "x.state IS NOT NULL", "d.dag_id IN :dag_ids"
    return newest(of, "sla_runs", where=where, limit=SLA_RUNS, dags=dags, dag_column="dag_id", dag_ids=["-"])


def sla_tasks(of: Flavour) -> Statement[DagTasks]:
    """Those of the given DAGs [ti_dag_state]; with many of them MariaDB would read all their history."""
    return make(
        "sla_tasks",
        DagTasks,
        "SELECT dag_id, state, pool, COALESCE(queue, '') AS queue, count(*) AS tasks"
        f" FROM task_instance{of.force('task_instance', 'dag_id', 'state')}"
        f" WHERE dag_id IN :dag_ids AND state IN ({of.active}) GROUP BY 1, 2, 3, 4",
        reads={"task_instance": ("dag_id", "state", "pool", "queue")},
        dag_ids=["-"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What was read, for which DAGs, and when: everything that ended before `now` is in it."""

    now: datetime
    dag_ids: frozenset[str]
    runs: tuple[Run, ...]
    tasks: tuple[DagTasks, ...]


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
    """Reads `dag_run` and `task_instance`."""

    name = "sla_facts"
    tier = Tier.FAST
    reads = (sla_runs, sla_tasks)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._dag_ids = context.watched

    def read(self, reader: Reader) -> Watched:
        """In batches, so that a pattern like * works too."""
        wanted = sorted(self._dag_ids())
        runs: list[Run] = []
        tasks: list[DagTasks] = []
        for batch in batches(wanted):
            runs += reader.rows(sla_runs, dag_ids=batch)
            tasks += reader.rows(sla_tasks, dag_ids=batch)
        return Watched(now=reader.now, dag_ids=frozenset(wanted), runs=tuple(runs), tasks=tuple(tasks))

    def add(self, figures: Figures, value: Watched, scene: Scene) -> None:
        """Nothing of their own: the SLA engine looks at them."""
