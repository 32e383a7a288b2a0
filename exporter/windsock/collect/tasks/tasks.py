"""Task instances that have slots of a pool or want them, by state, pool and queue; and the pools."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from windsock.catalog import tasks
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.collect.tasks.newest import newest
from windsock.collect.tasks.usual import UsualRunning
from windsock.collect.tasks.waiting_tasks import DEFAULT_EXECUTOR, Place, WaitingTasksCollector, Waits
from windsock.facts import Pool
from windsock.figures import Figures
from windsock.metadb.flavour import SLOT_STATES, Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make

# Airflow's own scheduler.task_queued_timeout, unless it was changed there.
_STUCK_AFTER = timedelta(seconds=600)
OCCUPYING = frozenset({"running", "queued"})
STARTED = frozenset({"running", "deferred"})


class TaskGroup(NamedTuple):
    """Task instances that have slots of a pool or want them, grouped by columns as they are.

    Attributes:
        executor: None where it is not asked for, too.
        since: of queued ones the oldest `queued_dttm`, of scheduled ones when the first was scheduled, of the
            others the newest start: each time means something in its own state only.
        stuck: of queued ones, for too long.
    """

    state: str
    pool: str
    queue: str | None
    executor: str | None
    tasks: int
    slots: int
    since: datetime | None
    stuck: int


class ActiveTasks(NamedTuple):
    """The same with names for NULL, so there may be two of a kind."""

    state: str
    pool: str
    queue: str
    executor: str
    tasks: int
    slots: int
    since: datetime | None
    stuck: int


class PoolRow(NamedTuple):
    """slot_pool; -1 slots mean no limit."""

    pool: str
    slots: int
    include_deferred: bool


def active_tasks(of: Flavour) -> Statement[TaskGroup]:
    """Those that the scheduler's own query about slots looks at [ti_state]."""
    return _active("active_tasks", of, executor=False)


def active_tasks_by_executor(of: Flavour) -> Statement[TaskGroup] | None:
    """The same, each executor by itself: a group more takes a tenth longer."""
    return _active("active_tasks_by_executor", of, executor=True) if of.since("2.10") else None


def _active(name: str, of: Flavour, *, executor: bool) -> Statement[TaskGroup]:
    """State by state, so that each row is asked only for the time that counts in its state.

    By columns as they are: to group by an expression takes longer.
    """
    scheduled = "scheduled_dttm" if of.three else "updated_at"
    times = {"queued": "min(queued_dttm)", "scheduled": f"min({scheduled})"}
    stuck = {"queued": "count(CASE WHEN queued_dttm < :queued_before THEN 1 END)"}
    kept = "pool, queue, executor" if executor else "pool, queue"
    branches = (
        f"SELECT '{state}' AS state, {kept if executor else kept + ', NULL AS executor'}, count(*) AS tasks,"
        f" sum(pool_slots) AS slots, {times.get(state, 'max(start_date)')} AS since,"
        f" {stuck.get(state, '0')} AS stuck FROM task_instance WHERE state = '{state}' GROUP BY {kept}"
        for state in SLOT_STATES
    )
    columns = ("state", "pool", "queue", "pool_slots", "queued_dttm", "start_date", scheduled)
    return make(
        name,
        TaskGroup,
        " UNION ALL ".join(branches),
        reads={"task_instance": (*columns, *(("executor",) if executor else ()))},
        queued_before=EXAMPLE_TIME,
    )


def pools(_of: Flavour) -> Statement[PoolRow]:
    """The whole table."""
    return make(
        "pools",
        PoolRow,
        "SELECT pool, COALESCE(slots, 0) AS slots, include_deferred FROM slot_pool",
        reads={"slot_pool": ("pool", "slots", "include_deferred")},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """One pass over those that have slots or want them.

    Attributes:
        places: every (pool, queue, executor) seen since the start, for zeros.
        starts: the newest start by queue ever seen among unfinished ones.
        usual: running tasks by queue as usual at this hour.
    """

    active: tuple[ActiveTasks, ...]
    pools: tuple[PoolRow, ...]
    places: frozenset[Place]
    starts: Mapping[str, datetime] = field(default_factory=dict)
    usual: Mapping[str, float] = field(default_factory=dict)


class TasksCollector(Collector[Tasks]):
    """Reads `task_instance` and `slot_pool`."""

    name = "tasks"
    tier = Tier.FAST
    reads = (active_tasks, active_tasks_by_executor, pools)
    vital = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._by_executor = context.full
        self._places: frozenset[Place] = frozenset()
        self._starts: Mapping[str, datetime] = {}
        self._usual = UsualRunning(context.state)

    def read(self, reader: Reader) -> Tasks:
        """Read, and remember the pools, the queues and their starts."""
        each = self._by_executor and reader.has(active_tasks_by_executor)
        groups = reader.rows(
            active_tasks_by_executor if each else active_tasks, queued_before=reader.now - _STUCK_AFTER
        )
        reader.share(active_tasks, groups)
        active = [_named(row) for row in groups]
        self._places |= {(row.pool, row.queue, row.executor) for row in active}
        self._starts = newest(
            self._starts, ((row.queue, row.since) for row in active if row.state in STARTED)
        )
        running: Counter[str] = Counter()
        for row in active:
            if row.state == "running":
                running[row.queue] += row.tasks
        self._usual.observe(reader.now, running)
        return Tasks(
            active=tuple(active),
            pools=tuple(reader.rows(pools)),
            places=self._places,
            starts=self._starts,
            usual=self._usual.at(reader.now),
        )

    def add(self, figures: Figures, value: Tasks, scene: Scene) -> None:
        """Counts with zeros for what has been seen, ages per queue, slots per pool."""
        _add_counts(figures, value, scene.value(WaitingTasksCollector))
        for queue, usual in value.usual.items():
            figures.add(tasks.USUAL_RUNNING, usual, queue=queue)
        _add_stuck(figures, value)
        _add_ages(figures, value, scene.now)
        _add_pools(figures, value)


def _named(row: TaskGroup) -> ActiveTasks:
    return ActiveTasks(row.state, row.pool, row.queue or "", row.executor or DEFAULT_EXECUTOR, *row[4:])


def occupancy(read: Tasks) -> Mapping[str, Pool]:
    """Limit and taken slots of every pool; deferred tasks take slots where the pool says so."""
    counting = deferred_too(read)
    taken: dict[str, int] = defaultdict(int)
    for row in read.active:
        if row.state in OCCUPYING or (row.state == "deferred" and row.pool in counting):
            taken[row.pool] += row.slots
    return {
        row.pool: Pool(limit=None if row.slots < 0 else row.slots, occupied=taken[row.pool])
        for row in read.pools
    }


def deferred_too(read: Tasks) -> frozenset[str]:
    """The pools whose slots deferred tasks take."""
    return frozenset(row.pool for row in read.pools if row.include_deferred)


def _add_counts(figures: Figures, read: Tasks, waits: Waits | None) -> None:
    """All states in one family; those that wait only while they are known."""
    counts: dict[tuple[str, ...], int] = {}
    for row in read.active:
        group = row[:4]
        counts[group] = counts.get(group, 0) + row.tasks
    places, states = read.places, SLOT_STATES
    if waits is not None:
        counts.update(waits.tasks)
        places, states = places | waits.places, (*SLOT_STATES, *waits.states)
    every = ((state, *place) for place in sorted(places) for state in states)
    figures.add_each(
        tasks.TASK_INSTANCES,
        ("state", "pool", "queue", "executor"),
        ((group, counts.get(group, 0)) for group in every),
    )


def _add_stuck(figures: Figures, read: Tasks) -> None:
    stuck = {queue: 0 for _, queue, _ in sorted(read.places)}
    for row in read.active:
        stuck[row.queue] += row.stuck
    for queue, count in stuck.items():
        figures.add(tasks.STUCK_QUEUED, count, queue=queue)


def _add_ages(figures: Figures, read: Tasks, now: datetime) -> None:
    since: dict[tuple[str, str], datetime] = {}
    for row in read.active:
        if row.since is not None and row.state not in STARTED:
            key = (row.queue, row.state)
            since[key] = min(row.since, since.get(key, row.since))
    for queue in sorted({queue for _, queue, _ in read.places}):
        for state in ("scheduled", "queued"):
            oldest = since.get((queue, state))
            age = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
            figures.add(tasks.QUEUE_OLDEST_AGE, age, queue=queue, state=state)


def _add_pools(figures: Figures, read: Tasks) -> None:
    demanded: dict[str, int] = defaultdict(int)
    for row in read.active:
        if row.state == "scheduled":
            demanded[row.pool] += row.slots
    _add_slots(figures, read)
    limits = occupancy(read)
    for name, pool in limits.items():
        if pool.limit is not None:
            figures.add(tasks.POOL_LIMIT, pool.limit, pool=name)
        figures.add(tasks.POOL_OCCUPIED, pool.occupied, pool=name)
    # A pool that was deleted while tasks name it has a backlog, and no slots.
    for name in sorted({*limits, *demanded}):
        figures.add(tasks.POOL_DEMANDED, demanded[name], pool=name)


def _add_slots(figures: Figures, read: Tasks) -> None:
    slots: dict[tuple[str, str], int] = defaultdict(int)
    for row in read.active:
        slots[row.pool, row.state] += row.slots
    for pool in sorted({row.pool for row in read.pools} | {place[0] for place in read.places}):
        for state in SLOT_STATES:
            figures.add(tasks.POOL_SLOTS, slots[pool, state], pool=pool, state=state)
