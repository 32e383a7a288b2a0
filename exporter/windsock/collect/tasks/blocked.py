"""Why scheduled task instances do not move, who holds a full pool, and what unfinished runs left behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from windsock.catalog import tasks
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.collect.dags.dag_row import Dag
from windsock.collect.dags.dags import DagsCollector
from windsock.collect.runs.runs import active_runs
from windsock.collect.tasks.placed import (
    MOST_ROWS,
    HeldSlots,
    RunTasks,
    ScheduledTasks,
    held_slots,
    run_tasks,
    scheduled_tasks,
    taken_slots,
)
from windsock.collect.tasks.tasks import OCCUPYING, TasksCollector, deferred_too, occupancy
from windsock.collect.tasks.tasks import pools as pool_rows
from windsock.facts import Pool
from windsock.figures import Figures

REASONS = ("run_not_running", "dag_paused", "pool_missing", "pool_full", "dag_max_active_tasks", "ready")
_TOP = 5

Key = tuple[str, str]
Rows = TypeVar("Rows")


class TooManyError(Exception):
    """More groups than this collector takes into memory; part of them would make wrong figures."""


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
        held: slots by pool and DAG that running and queued ones take, of full pools.
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
    reads = (active_runs, run_tasks, scheduled_tasks, pool_rows, taken_slots, held_slots)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._pools: frozenset[str] = frozenset()
        self._left: frozenset[Key] = frozenset()

    def read(self, reader: Reader) -> Placement:
        """Runs first; if task instances are of none of them, their run may have begun in between."""
        runs = {(row.dag_id, row.run_id): row.state for row in reader.shared(active_runs)}
        by_run = _all(reader.rows(run_tasks))
        scheduled = _all(reader.rows(scheduled_tasks))
        left = frozenset((row.dag_id, row.run_id) for row in by_run) - runs.keys()
        if left - self._left:
            runs |= {(row.dag_id, row.run_id): row.state for row in reader.rows(active_runs)}
            left -= runs.keys()
        self._left = left
        self._pools |= {row.pool for row in scheduled}
        return place(
            by_run,
            scheduled,
            self._held(reader),
            runs,
            states=reader.flavour.states,
            three=reader.flavour.three,
            pools=self._pools,
        )

    def _held(self, reader: Reader) -> list[HeldSlots]:
        """Who holds the pools that are full."""
        taken: Counter[str] = Counter()
        rows = reader.rows(pool_rows)
        counting = {row.pool for row in rows if row.include_deferred}
        for each in reader.rows(taken_slots):
            if each.state != "deferred" or each.pool in counting:
                taken[each.pool] += each.slots
        full = [row.pool for row in rows if 0 <= row.slots <= taken[row.pool]]
        return [held for batch in batches(full) for held in _all(reader.rows(held_slots, pools=batch))]

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


def place(
    by_run: Iterable[RunTasks],
    scheduled: Iterable[ScheduledTasks],
    held: Iterable[HeldSlots],
    runs: Mapping[Key, str],
    *,
    states: Iterable[str],
    three: bool,
    pools: frozenset[str],
) -> Placement:
    """Sort the rows by what figures need; `runs` are the active ones with their state."""
    active: Counter[str | Key] = Counter()
    orphans = Counter(dict.fromkeys(states, 0))
    for row in by_run:
        key = row.dag_id, row.run_id
        active[key if three else row.dag_id] += sum(getattr(row, state) for state in OCCUPYING)
        if key not in runs:
            orphans.update({state: getattr(row, state) for state in orphans})
    groups: Counter[Scheduled] = Counter()
    for each in scheduled:
        key = each.dag_id, each.run_id
        count = active[key if three else each.dag_id]
        group = Scheduled(each.pool, each.dag_id, runs.get(key) == "running", count, each.smallest)
        groups[group] += each.tasks
    slots: dict[bool, Counter[Key]] = {False: Counter(), True: Counter()}
    for one in held:
        slots[one.state == "deferred"][one.pool, one.dag_id] += one.slots
    return Placement(scheduled=groups, held=slots[False], deferred=slots[True], orphans=orphans, pools=pools)


def _all(rows: list[Rows]) -> list[Rows]:
    if len(rows) > MOST_ROWS:
        raise TooManyError(f"more than {MOST_ROWS} groups of unfinished task instances")
    return rows


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
