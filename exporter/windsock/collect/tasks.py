"""Unfinished task instances by state, pool and queue, and the pools they take slots of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from windsock.catalog import tasks
from windsock.collect.collector import Collector, Reader, Tier
from windsock.facts import Pool
from windsock.figures import Figures
from windsock.metadb import rows

# Airflow's own scheduler.task_queued_timeout, unless it was changed there.
_STUCK_AFTER = timedelta(seconds=600)
_OCCUPYING = frozenset({"running", "queued"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """One pass over the unfinished ones.

    Attributes:
        states: every state that a row may have, for zeros.
        places: every (pool, queue) seen since the start, for zeros.
    """

    active: tuple[rows.ActiveTasks, ...]
    waiting: int
    pools: tuple[rows.Pool, ...]
    states: tuple[str, ...]
    places: frozenset[tuple[str, str]]


class TasksCollector(Collector[Tasks]):
    """Reads `task_instance` and `slot_pool`."""

    name = "tasks"
    tier = Tier.FAST
    uses = ("active_tasks", "waiting", "pools")

    def __init__(self) -> None:
        self._places: frozenset[tuple[str, str]] = frozenset()

    def read(self, reader: Reader) -> Tasks:
        """Read, and remember the pools and queues."""
        active = reader.rows(reader.statements.active_tasks, queued_before=reader.now - _STUCK_AFTER)
        waiting = reader.rows(reader.statements.waiting)
        pools = reader.rows(reader.statements.pools)
        self._places |= {(row.pool, row.queue) for row in active}
        return Tasks(
            active=tuple(active),
            waiting=waiting[0].waiting,
            pools=tuple(pools),
            states=reader.statements.states,
            places=self._places,
        )


def occupancy(read: Tasks) -> Mapping[str, Pool]:
    """Limit and taken slots of every pool; deferred tasks take slots where the pool says so."""
    deferred_too = {row.pool for row in read.pools if row.include_deferred}
    taken: dict[str, int] = defaultdict(int)
    for row in read.active:
        if row.state in _OCCUPYING or (row.state == "deferred" and row.pool in deferred_too):
            taken[row.pool] += row.slots
    return {
        row.pool: Pool(limit=None if row.slots < 0 else row.slots, occupied=taken[row.pool])
        for row in read.pools
    }


def add(figures: Figures, read: Tasks, now: datetime) -> None:
    """Counts with zeros for what has been seen, ages per queue, slots per pool."""
    counts = {(row.state, row.pool, row.queue): row.tasks for row in read.active}
    for pool, queue in sorted(read.places):
        for state in read.states:
            value = counts.get((state, pool, queue), 0)
            figures.add(tasks.TASK_INSTANCES, value, state=state, pool=pool, queue=queue)
    figures.add(tasks.TASK_INSTANCES_WAITING, read.waiting)
    _add_stuck(figures, read)
    _add_ages(figures, read, now)
    _add_pools(figures, read)


def _add_stuck(figures: Figures, read: Tasks) -> None:
    stuck = {queue: 0 for _, queue in sorted(read.places)}
    for row in read.active:
        stuck[row.queue] += row.stuck
    for queue, count in stuck.items():
        figures.add(tasks.STUCK_QUEUED, count, queue=queue)


def _add_ages(figures: Figures, read: Tasks, now: datetime) -> None:
    since: dict[tuple[str, str], datetime] = {}
    for row in read.active:
        # Each time means something in its own state only: a task waiting for a retry keeps its old one.
        moment = {"queued": row.oldest_queued, "scheduled": row.oldest_scheduled}.get(row.state)
        if moment is not None:
            key = (row.queue, row.state)
            since[key] = min(moment, since.get(key, moment))
    for queue in sorted({queue for _, queue in read.places}):
        for state in ("scheduled", "queued"):
            oldest = since.get((queue, state))
            age = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
            figures.add(tasks.QUEUE_OLDEST_AGE, age, queue=queue, state=state)


def _add_pools(figures: Figures, read: Tasks) -> None:
    demanded: dict[str, int] = defaultdict(int)
    for row in read.active:
        if row.state == "scheduled":
            demanded[row.pool] += row.slots
    pools = occupancy(read)
    for name, pool in pools.items():
        if pool.limit is not None:
            figures.add(tasks.POOL_LIMIT, pool.limit, pool=name)
        figures.add(tasks.POOL_OCCUPIED, pool.occupied, pool=name)
    # A pool that was deleted while tasks name it has a backlog, and no slots.
    for name in sorted({*pools, *demanded}):
        figures.add(tasks.POOL_DEMANDED, demanded[name], pool=name)
