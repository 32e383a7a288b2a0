"""Unfinished task instances that want no slot now: they wait for upstream tasks, for time, or for a human."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from windsock.catalog import tasks
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour, quoted
from windsock.metadb.statement import Statement, make

# What NULL means in the column of it.
DEFAULT_EXECUTOR = "default"
# Pool, queue and executor.
Place = tuple[str, str, str]


class WaitingTasks(NamedTuple):
    """Task instances that wait to be scheduled again, grouped by columns as they are."""

    state: str
    pool: str
    queue: str | None
    executor: str | None
    tasks: int


class Waiting(NamedTuple):
    """How many task instances have no state."""

    waiting: int


def waiting_tasks(of: Flavour) -> Statement[WaitingTasks]:
    """Those with a state [ti_state]."""
    executor, more = ("executor", ("executor",)) if of.since("2.10") else ("NULL", ())
    return make(
        "waiting_tasks",
        WaitingTasks,
        f"SELECT state, pool, queue, {executor} AS executor, count(*) AS tasks FROM task_instance"
        f" WHERE state IN ({quoted(of.waiting_states)}) GROUP BY 1, 2, 3, 4",
        reads={"task_instance": ("state", "pool", "queue", *more)},
    )


def waiting(_of: Flavour) -> Statement[Waiting]:
    """Those without a state [ti_state], index only where the table was vacuumed."""
    return make(
        "waiting",
        Waiting,
        "SELECT count(*) AS waiting FROM task_instance WHERE state IS NULL",
        reads={"task_instance": ("state",)},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """What waits.

    Attributes:
        without: those without a state.
        tasks: the others by state, pool, queue and executor.
        states: those that they may have, for zeros.
        places: every pool, queue and executor seen since the start, for zeros.
    """

    without: int
    tasks: Mapping[tuple[str, ...], int]
    states: tuple[str, ...]
    places: frozenset[Place]


class WaitingTasksCollector(Collector[Waits]):
    """Reads `task_instance`; nobody acts on these within seconds, and they are as many as all others."""

    name = "waiting_tasks"
    tier = Tier.SLOW
    reads = (waiting_tasks, waiting)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._places: frozenset[Place] = frozenset()

    def read(self, reader: Reader) -> Waits:
        """Both kinds."""
        (found,) = reader.rows(waiting)
        counts: Counter[tuple[str, ...]] = Counter()
        places: set[Place] = set()
        for row in reader.rows(waiting_tasks):
            place = row.pool, row.queue or "", row.executor or DEFAULT_EXECUTOR
            places.add(place)
            counts[(row.state, *place)] += row.tasks
        self._places |= places
        return Waits(
            without=found.waiting, tasks=counts, states=reader.flavour.waiting_states, places=self._places
        )

    def add(self, figures: Figures, value: Waits, scene: Scene) -> None:
        """Those without a state; the others go into one family with what has slots or wants them."""
        figures.add(tasks.TASK_INSTANCES_WAITING, value.without)
