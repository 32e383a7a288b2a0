"""Why scheduled task instances do not move, who holds a full pool, and what unfinished runs left behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from windsock.catalog import tasks
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.collect.runs.active import active_runs
from windsock.collect.tasks.placed import (
    MOST_ROWS,
    Holder,
    RunTasks,
    TaskLimits,
    left_tasks,
    name_of,
    run_tasks,
    scheduled_tasks,
    task_limits,
    top_holders,
)
from windsock.collect.tasks.tasks import TasksCollector, occupancy
from windsock.collect.tasks.tasks import pools as pool_rows
from windsock.facts import Pool
from windsock.figures import Figures

REASONS = ("run_not_running", "dag_paused", "pool_missing", "pool_full", "dag_max_active_tasks", "ready")
# Those that the lists of `scheduled_tasks` stand for, in the order in which Airflow looks at them.
_OF_RUNS = ("run_not_running", "dag_paused", "dag_max_active_tasks")
# Parameters that every database takes in one statement.
_MOST_NAMES = 30_000

Key = tuple[str, str]
Rows = TypeVar("Rows")


class TooManyError(Exception):
    """More groups than this collector takes into memory; part of them would make wrong figures."""


class Scheduled(NamedTuple):
    """Scheduled task instances that stand before the same obstacles.

    Attributes:
        slots: that each of them needs.
        held: the reason of its run or DAG, if there is one.
    """

    pool: str
    slots: int
    held: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What was read, as far as figures need it.

    Attributes:
        scheduled: how many task instances by what may hold them.
        holders: of every pool the DAGs that take most slots, most first.
        orphans: unfinished ones by state whose run is not, with zeros for every state.
        pools: every pool in which one was ever seen scheduled, for zeros.
    """

    scheduled: Mapping[Scheduled, int]
    holders: Sequence[Holder]
    orphans: Mapping[str, int]
    pools: frozenset[str]


class BlockedCollector(Collector[Placement]):
    """Reads `task_instance`, `dag` and the active rows of `dag_run`; how full pools are is known already."""

    name = "blocked"
    tier = Tier.SLOW
    # It is compared with runs and pools of the fast tier.
    lies_under_lag = True
    reads = (active_runs, run_tasks, left_tasks, task_limits, scheduled_tasks, pool_rows, top_holders)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._pools: frozenset[str] = frozenset()
        self._left: frozenset[Key] = frozenset()

    def read(self, reader: Reader) -> Placement:
        """Runs first; if task instances are of none of them, their run may have begun in between."""
        runs = {(row.dag_id, row.run_id): row.state for row in reader.shared(active_runs)}
        by_run = _all(reader.rows(run_tasks))
        left = frozenset((row.dag_id, row.run_id) for row in by_run) - runs.keys()
        if left - self._left:
            runs |= {(row.dag_id, row.run_id): row.state for row in reader.rows(active_runs)}
            left -= runs.keys()
        self._left = left
        scheduled = self._scheduled(reader, by_run, runs)
        self._pools |= {group.pool for group in scheduled}
        return Placement(
            scheduled=scheduled,
            holders=self._holders(reader),
            orphans=_orphans(reader, left),
            pools=self._pools,
        )

    def _scheduled(
        self, reader: Reader, by_run: Sequence[RunTasks], runs: Mapping[Key, str]
    ) -> Mapping[Scheduled, int]:
        three = reader.flavour.three
        most = max(_occupying(by_run, three=three).values(), default=0)
        limits = reader.rows(task_limits, most=most)
        lists = held(by_run, runs, limits, three=three)
        if sum(map(len, lists)) > _MOST_NAMES:
            raise TooManyError(f"more than {_MOST_NAMES} runs whose scheduled task instances are held")
        # A list without a member is no SQL.
        first, second, third = ([name_of(*key) for key in keys] or [""] for keys in lists)
        found: Counter[Scheduled] = Counter()
        for row in _all(reader.rows(scheduled_tasks, first=first, second=second, third=third)):
            reason = _OF_RUNS[row.held - 1] if row.held else None
            found[Scheduled(row.pool, row.slots, reason)] += row.tasks
        return found

    def _holders(self, reader: Reader) -> Sequence[Holder]:
        counting = [row.pool for row in reader.rows(pool_rows) if row.include_deferred]
        return _all(reader.rows(top_holders, counting=counting or [""]))

    def add(self, figures: Figures, value: Placement, scene: Scene) -> None:
        """Orphans; and while pools are known, reasons and the top holders of full ones."""
        for state, count in value.orphans.items():
            figures.add(tasks.ORPHANED, count, state=state)
        read = scene.value(TasksCollector)
        if read is None:
            return
        pools = occupancy(read)
        counts = Counter({(reason, pool): 0 for pool in (*pools, *value.pools) for reason in REASONS})
        for group, count in value.scheduled.items():
            counts[why(group, pools.get(group.pool)), group.pool] += count
        for (reason, pool), count in counts.items():
            figures.add(tasks.SCHEDULED_BLOCKED, count, reason=reason, pool=pool)
        for holder in value.holders:
            pool_ = pools.get(holder.pool)
            if pool_ is not None and pool_.limit is not None and pool_.occupied >= pool_.limit:
                figures.add(tasks.POOL_TOP_HOLDER, holder.slots, pool=holder.pool, dag_id=holder.dag_id)


def held(
    by_run: Iterable[RunTasks], runs: Mapping[Key, str], limits: Iterable[TaskLimits], *, three: bool
) -> tuple[list[Key], list[Key], list[Key]]:
    """Runs with scheduled task instances that do not run, whose DAG is paused, or that are at their limit.

    Each is in the first list that fits. `max_active_tasks` limits the DAG on 2.x, the run on 3.x.
    """
    by_run = tuple(by_run)
    occupying = _occupying(by_run, three=three)
    of_dag = {row.dag_id: row for row in limits}
    lists: tuple[list[Key], list[Key], list[Key]] = ([], [], [])
    for row in by_run:
        if row.scheduled == 0:
            continue
        key, dag = (row.dag_id, row.run_id), of_dag.get(row.dag_id)
        if runs.get(key) != "running":
            lists[0].append(key)
        elif dag is not None and dag.paused:
            lists[1].append(key)
        elif (
            dag is not None and dag.limit is not None and occupying[key if three else row.dag_id] >= dag.limit
        ):
            lists[2].append(key)
    return lists


def _occupying(by_run: Iterable[RunTasks], *, three: bool) -> Counter[str | Key]:
    """Running and queued task instances of what `max_active_tasks` limits."""
    found: Counter[str | Key] = Counter()
    for row in by_run:
        found[(row.dag_id, row.run_id) if three else row.dag_id] += row.occupying
    return found


def _orphans(reader: Reader, left: frozenset[Key]) -> Mapping[str, int]:
    orphans = Counter(dict.fromkeys(reader.flavour.states, 0))
    for batch in batches(sorted({dag_id for dag_id, _ in left})):
        for row in _all(reader.rows(left_tasks, dag_ids=batch)):
            if (row.dag_id, row.run_id) in left:
                orphans[row.state] += row.tasks
    return orphans


def _all(rows: list[Rows]) -> list[Rows]:
    if len(rows) > MOST_ROWS:
        raise TooManyError(f"more than {MOST_ROWS} groups of unfinished task instances")
    return rows


def why(group: Scheduled, pool: Pool | None) -> str:
    """The first obstacle in the order in which Airflow looks at them; `ready` where there is none.

    What is ready waits for the scheduler, for room in the executor, or for a limit of the task itself.
    """
    obstacles = (
        group.held == "run_not_running",
        group.held == "dag_paused",
        pool is None,
        pool is not None and pool.limit is not None and pool.limit - pool.occupied < group.slots,
        group.held == "dag_max_active_tasks",
        True,
    )
    return REASONS[obstacles.index(True)]
