"""Runs and tasks of the DAGs that an SLA speaks of, and of no others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.collect.runs import scoped
from windsock.collect.runs.scoped import TaskState, scoped_events, scoped_tasks
from windsock.figures import Figures
from windsock.metadb.dag_runs import FINISHED, Run, newest
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make
from windsock.sla.register import Register
from windsock.sla.rules import KINDS, SUCCESS_RATIO, Looks
from windsock.sla.scope import Scopes, scopes
from windsock.sla.words import MOST_RUNS

SLA_RUNS = 20
# So many runs of a DAG its page shows.
SHOWN_RUNS = 30
# Those that `SLA_RUNS` are sure to hold some minutes later are not kept twice.
_NOT_KEPT = SHOWN_RUNS - SLA_RUNS
# One part of this many of the DAGs is read again in each cycle.
_TURNS = 10
# Of those that are only shown, seen first; the others follow in the next cycles.
_NEW_PER_CYCLE = 500


class DagTasks(NamedTuple):
    """Unfinished task instances of one DAG."""

    dag_id: str
    state: str
    pool: str
    queue: str
    tasks: int


def sla_runs(of: Flavour) -> Statement[Run]:
    """The newest of the given DAGs."""
    return newest(of, "sla_runs", where="x.state IS NOT NULL", limit=SLA_RUNS)


def sla_history(of: Flavour) -> Statement[Run]:
    """The newest finished ones of the given DAGs, as many as an SLA may count."""
    return newest(of, "sla_history", where=FINISHED, limit=MOST_RUNS)


def sla_older(of: Flavour) -> Statement[Run]:
    """The newest finished ones of the given DAGs, as many as a page shows."""
    return newest(of, "sla_older", where=FINISHED, limit=SHOWN_RUNS)


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
    """What was read, for which DAGs, and when: everything that ended before `now` is in it.

    Attributes:
        task_states: by DAG and task of which an SLA speaks.
        asset_events: by DAG and asset of which an SLA speaks.
    """

    now: datetime
    dag_ids: frozenset[str]
    runs: tuple[Run, ...]
    tasks: tuple[DagTasks, ...]
    task_states: Mapping[tuple[str, str], tuple[TaskState, ...]] = field(default_factory=dict)
    asset_events: Mapping[tuple[str, str], tuple[datetime, ...]] = field(default_factory=dict)


class Selection:
    """Which of the DAGs that exist an SLA speaks of now.

    Args:
        register: what is promised; None for nothing.
        dags: the DAGs as they look now.
    """

    def __init__(self, register: Register | None, dags: Callable[[], Iterable[Looks]]) -> None:
        self._register = register
        self._dags = dags

    def __call__(self) -> list[str]:
        """The DAG ids, sorted."""
        return self._with(KINDS)

    def counted(self) -> list[str]:
        """Those whose last runs are counted, more of them than others need."""
        return self._with((SUCCESS_RATIO,))

    def scopes(self) -> Scopes:
        """The tasks and assets of which one speaks."""
        register = self._register
        return scopes(register, self._dags()) if register is not None and register.scoped else Scopes()

    def _with(self, kinds: Collection[str]) -> list[str]:
        register = self._register
        if register is None:
            return []
        return sorted(
            looks.dag_id
            for looks in self._dags()
            if any(promise.entry.kind in kinds for promise in register.of(looks).promises)
        )


class WatchedCollector(Collector[Watched]):
    """Reads `dag_run` and `task_instance`."""

    name = "sla_facts"
    tier = Tier.FAST
    reads = (sla_runs, sla_tasks, scoped_tasks, scoped_events)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._dag_ids = context.watched
        self._scopes = context.scopes

    def read(self, reader: Reader) -> Watched:
        """In batches, so that a pattern like * works too."""
        wanted = sorted(self._dag_ids())
        runs: list[Run] = []
        tasks: list[DagTasks] = []
        for batch in batches(wanted):
            runs += reader.rows(sla_runs, dag_ids=batch)
            tasks += reader.rows(sla_tasks, dag_ids=batch)
        scopes = self._scopes()
        return Watched(
            now=reader.now,
            dag_ids=frozenset(wanted),
            runs=tuple(runs),
            tasks=tuple(tasks),
            task_states=scoped.read_tasks(reader, scopes.tasks, runs),
            asset_events=scoped.read_events(reader, scopes.assets),
        )

    def add(self, figures: Figures, value: Watched, scene: Scene) -> None:
        """Nothing of their own: the SLA engine looks at them."""


class History(NamedTuple):
    """Finished runs by DAG, newest first.

    Attributes:
        counted: the newest hundred, of DAGs whose runs an SLA counts.
        older: of the other watched DAGs those that follow on the newest ten.
    """

    counted: Mapping[str, tuple[Run, ...]]
    older: Mapping[str, tuple[Run, ...]]


class HistoryCollector(Collector[History]):
    """Reads `dag_run`: of each DAG at first sight and then in turn; `WatchedCollector` has the newest."""

    name = "sla_history"
    tier = Tier.SLOW
    reads = (sla_history, sla_older)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._counted = context.counted
        self._watched = context.watched
        self._kept = History({}, {})
        self._turn = 0

    def read(self, reader: Reader) -> History:
        """Of those whose runs an SLA counts, and of those that have a page."""
        counted = sorted(self._counted())
        shown = sorted({*self._watched()}.difference(counted))
        turn = {*counted[self._turn :: _TURNS], *shown[self._turn :: _TURNS]}
        kept = self._kept
        new = [dag_id for dag_id in shown if dag_id not in kept.older][:_NEW_PER_CYCLE]
        again = [dag_id for dag_id in counted if dag_id in turn or dag_id not in kept.counted]
        found = {**kept.counted, **_by_dag(reader, sla_history, again)}
        older = {
            dag_id: runs[_NOT_KEPT:]
            for dag_id, runs in _by_dag(reader, sla_older, sorted({*new, *turn.intersection(shown)})).items()
        }
        older = {**kept.older, **older}
        self._kept = History(
            counted={dag_id: found[dag_id] for dag_id in counted},
            older={dag_id: older[dag_id] for dag_id in shown if dag_id in older},
        )
        self._turn = (self._turn + 1) % _TURNS
        return self._kept

    def add(self, figures: Figures, value: History, scene: Scene) -> None:
        """Nothing of their own: the SLA engine and the pages look at them."""


def _by_dag(
    reader: Reader, statement: Callable[[Flavour], Statement[Run]], dag_ids: list[str]
) -> dict[str, tuple[Run, ...]]:
    found: dict[str, list[Run]] = {dag_id: [] for dag_id in dag_ids}
    for batch in batches(dag_ids):
        for row in reader.rows(statement, dag_ids=batch):
            found[row.dag_id].append(row)
    return {dag_id: tuple(sorted(runs, key=_order, reverse=True)) for dag_id, runs in found.items()}


def _order(run: Run) -> datetime:
    return run.logical or run.due
