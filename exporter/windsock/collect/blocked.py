"""Why scheduled task instances do not move, who holds a full pool, and what unfinished runs left behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from windsock.catalog import tasks
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.collect.dag_row import Dag
from windsock.collect.dags import DagsCollector
from windsock.collect.tasks import OCCUPYING, TasksCollector, deferred_too, occupancy
from windsock.facts import Pool
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

REASONS = ("run_not_running", "dag_paused", "pool_missing", "pool_full", "dag_max_active_tasks", "ready")
_MOST_ROWS = 200_000
_TOP = 5
# Read after those that it is compared with, so that its rows alone are kept.
_LAST = "scheduled"

Key = tuple[str, str]


class TooManyError(Exception):
    """More groups than this collector takes into memory; part of them would make wrong figures."""


class Placed(NamedTuple):
    """Task instances of one state, by pool and run; `smallest` slots are those of the smallest."""

    pool: str
    dag_id: str
    run_id: str
    tasks: int
    slots: int
    smallest: int


class RunState(NamedTuple):
    """A queued or running run."""

    dag_id: str
    run_id: str
    state: str


def placed_tasks(_of: Flavour) -> Statement[Placed]:
    """Those of one state [ti_state]; joined in SQL, its plan flips."""
    return make(
        "placed_tasks",
        Placed,
        "SELECT pool, dag_id, run_id, count(*) AS tasks, sum(pool_slots) AS slots,"
        " min(pool_slots) AS smallest FROM task_instance WHERE state = :state"
        f" GROUP BY 1, 2, 3 LIMIT {_MOST_ROWS + 1}",
        reads={"task_instance": ("state", "pool", "dag_id", "run_id", "pool_slots")},
        state="scheduled",
    )


def run_states(_of: Flavour) -> Statement[RunState]:
    """Queued or running ones [idx_dag_run_running_dags, idx_dag_run_queued_dags]; see `active_runs`."""
    branches = (
        f"SELECT dag_id, run_id, state FROM dag_run WHERE state = '{state}'"
        for state in ("running", "queued")
    )
    return make(
        "run_states",
        RunState,
        " UNION ALL ".join(branches),
        reads={"dag_run": ("dag_id", "run_id", "state")},
    )


class Scheduled(NamedTuple):
    """Scheduled task instances that stand before the same obstacles.

    Attributes:
        running: whether their run is.
        active: running and queued task instances of what `max_active_tasks` limits: on 2.x the DAG, on 3.x
            the run.
        smallest: slots of the smallest.
    """

    pool: str
    dag_id: str
    running: bool
    active: int
    smallest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What was read, as far as figures need it.

    Attributes:
        scheduled: how many task instances by what may hold them.
        held: slots by pool and DAG that running and queued ones take.
        deferred: the same of deferred ones.
        orphans: unfinished ones by state whose run is not, with zeros for every state.
        pools: every pool in which one was ever seen scheduled, for zeros.
    """

    scheduled: Mapping[Scheduled, int]
    held: Mapping[Key, int]
    deferred: Mapping[Key, int]
    orphans: Mapping[str, int]
    pools: frozenset[str]


class BlockedCollector(Collector[Placement]):
    """Reads `task_instance` and the active rows of `dag_run`; DAGs and pools are known from elsewhere."""

    name = "blocked"
    tier = Tier.SLOW
    # It is compared with runs and pools of the fast tier.
    lies_under_lag = True
    reads = (placed_tasks, run_states)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._pools: frozenset[str] = frozenset()

    def read(self, reader: Reader) -> Placement:
        """Runs first: task instances of a run that began in between are looked at twice.

        State by state, as all of them are much to hold at once; one that is queued in between is missing or
        counts twice in what is compared with a limit, for one cycle.
        """
        runs = self._runs(reader)
        placing = Placing(runs, three=reader.flavour.three)
        for state in sorted(reader.flavour.states, key=_LAST.__eq__):
            rows = reader.rows(placed_tasks, state=state)
            if len(rows) > _MOST_ROWS:
                raise TooManyError(f"more than {_MOST_ROWS} groups of {state} task instances")
            placing.take(state, rows)
        if placing.suspects:
            runs |= self._runs(reader)
        read = placing.finish(runs, states=reader.flavour.states, seen=self._pools)
        self._pools = read.pools
        return read

    def _runs(self, reader: Reader) -> dict[Key, str]:
        return {(row.dag_id, row.run_id): row.state for row in reader.rows(run_states)}

    def add(self, figures: Figures, value: Placement, scene: Scene) -> None:
        """Orphans; and while pools and DAGs are known, reasons and the top holders of full pools."""
        for state, count in value.orphans.items():
            figures.add(tasks.ORPHANED, count, state=state)
        read, dags = scene.value(TasksCollector), scene.value(DagsCollector)
        if read is None or dags is None:
            return
        pools = occupancy(read)
        by_id = {row.dag_id: row for row in dags}
        counts = Counter({(reason, pool): 0 for pool in (*pools, *value.pools) for reason in REASONS})
        for group, count in value.scheduled.items():
            counts[why(group, by_id.get(group.dag_id), pools.get(group.pool)), group.pool] += count
        for (reason, pool), count in counts.items():
            figures.add(tasks.SCHEDULED_BLOCKED, count, reason=reason, pool=pool)
        for pool, dag_id, slots in top_holders(value, pools, deferred_too(read)):
            figures.add(tasks.POOL_TOP_HOLDER, slots, pool=pool, dag_id=dag_id)


class Placing:
    """Sorts rows by what figures need, state by state.

    Args:
        runs: the active ones, before any row was read.
        three: whether it is Airflow 3.

    Attributes:
        suspects: task instances by state and run that is not among `runs`.
    """

    def __init__(self, runs: Mapping[Key, str], *, three: bool) -> None:
        self._runs = frozenset(runs)
        self._three = three
        self._active: Counter[str | Key] = Counter()
        self._held: Counter[Key] = Counter()
        self._deferred: Counter[Key] = Counter()
        self._scheduled: Sequence[Placed] = ()
        self.suspects: Counter[tuple[str, Key]] = Counter()

    def take(self, state: str, rows: Sequence[Placed]) -> None:
        """The rows of one state, all of them."""
        if state == _LAST:
            self._scheduled = rows
        for row in rows:
            run = row.dag_id, row.run_id
            if run not in self._runs:
                self.suspects[state, run] += row.tasks
            if state in OCCUPYING:
                self._active[run if self._three else row.dag_id] += row.tasks
                self._held[row.pool, row.dag_id] += row.slots
            elif state == "deferred":
                self._deferred[row.pool, row.dag_id] += row.slots

    def finish(self, runs: Mapping[Key, str], *, states: Iterable[str], seen: frozenset[str]) -> Placement:
        """What figures need; `runs` are those that were active before or after, `seen` pools of old."""
        orphans = Counter(dict.fromkeys(states, 0))
        for (state, run), count in self.suspects.items():
            orphans[state] += 0 if run in runs else count
        scheduled: Counter[Scheduled] = Counter()
        for row in self._scheduled:
            run = row.dag_id, row.run_id
            active = self._active[run if self._three else row.dag_id]
            group = Scheduled(row.pool, row.dag_id, runs.get(run) == "running", active, row.smallest)
            scheduled[group] += row.tasks
        return Placement(
            scheduled=scheduled,
            held=self._held,
            deferred=self._deferred,
            orphans=orphans,
            pools=seen | {row.pool for row in self._scheduled},
        )


def why(group: Scheduled, dag: Dag | None, pool: Pool | None) -> str:
    """The first obstacle in the order in which Airflow looks at them; `ready` where there is none.

    What is ready waits for the scheduler, for room in the executor, or for a limit of the task itself.
    """
    obstacles = (
        not group.running,
        dag is not None and dag.paused,
        pool is None,
        pool is not None and pool.limit is not None and pool.limit - pool.occupied < group.smallest,
        dag is not None and dag.max_active_tasks is not None and group.active >= dag.max_active_tasks,
        True,
    )
    return REASONS[obstacles.index(True)]


def top_holders(
    read: Placement, pools: Mapping[str, Pool], counting: frozenset[str]
) -> list[tuple[str, str, int]]:
    """Of every full pool the five DAGs that hold most slots: pool, DAG, slots.

    Deferred task instances hold slots of the pools in `counting`.
    """
    full = {
        name: Counter[str]()
        for name, pool in pools.items()
        if pool.limit is not None and pool.occupied >= pool.limit
    }
    for slots_of, counts in ((read.held, full.keys()), (read.deferred, full.keys() & counting)):
        for (pool, dag_id), slots in slots_of.items():
            if pool in counts:
                full[pool][dag_id] += slots
    return [
        (pool, dag_id, slots)
        for pool, by_dag in full.items()
        for dag_id, slots in sorted(by_dag.items(), key=lambda item: (-item[1], item[0]))[:_TOP]
    ]
