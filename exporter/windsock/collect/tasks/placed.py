"""Unfinished task instances by run, scheduled ones by pool and run, and who takes the slots of a pool."""

from __future__ import annotations

from typing import NamedTuple

from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

# A statement that has more is not cut but given up: part of the rows would make wrong figures.
MOST_ROWS = 200_000


class RunTasks(NamedTuple):
    """Unfinished task instances of one run by state."""

    dag_id: str
    run_id: str
    scheduled: int
    queued: int
    running: int
    restarting: int
    deferred: int
    up_for_retry: int
    up_for_reschedule: int
    awaiting_input: int


class ScheduledTasks(NamedTuple):
    """Scheduled task instances of one pool and run; `smallest` slots are those of the smallest."""

    pool: str
    dag_id: str
    run_id: str
    tasks: int
    smallest: int


class TakenSlots(NamedTuple):
    """Slots of a pool by state."""

    pool: str
    state: str
    slots: int


class HeldSlots(NamedTuple):
    """Slots of a pool that one DAG takes, by state."""

    pool: str
    dag_id: str
    state: str
    slots: int


def run_tasks(of: Flavour) -> Statement[RunTasks]:
    """One pass over the unfinished ones [ti_state]; joined in SQL, its plan flips.

    Not by pool: that is a row for nearly every task instance, and what needs the pool needs a part of them.
    """
    counts = ", ".join(
        f"sum(CASE WHEN state = '{state}' THEN 1 ELSE 0 END) AS {state}" for state in RunTasks._fields[2:]
    )
    return make(
        "run_tasks",
        RunTasks,
        f"SELECT dag_id, run_id, {counts} FROM task_instance WHERE state IN ({of.active})"
        f" GROUP BY 1, 2 LIMIT {MOST_ROWS + 1}",
        reads={"task_instance": ("state", "dag_id", "run_id")},
    )


def scheduled_tasks(_of: Flavour) -> Statement[ScheduledTasks]:
    """The scheduled ones [ti_state]."""
    return make(
        "scheduled_tasks",
        ScheduledTasks,
        "SELECT pool, dag_id, run_id, count(*) AS tasks, min(pool_slots) AS smallest"
        f" FROM task_instance WHERE state = 'scheduled' GROUP BY 1, 2, 3 LIMIT {MOST_ROWS + 1}",
        reads={"task_instance": ("state", "pool", "dag_id", "run_id", "pool_slots")},
    )


def taken_slots(_of: Flavour) -> Statement[TakenSlots]:
    """As Airflow's scheduler asks, again and again [ti_state]."""
    return make(
        "taken_slots",
        TakenSlots,
        "SELECT pool, state, sum(pool_slots) AS slots FROM task_instance"
        " WHERE state IN ('running', 'queued', 'deferred') GROUP BY 1, 2",
        reads={"task_instance": ("state", "pool", "pool_slots")},
    )


def held_slots(_of: Flavour) -> Statement[HeldSlots]:
    """Of a few pools [ti_pool]."""
    return make(
        "held_slots",
        HeldSlots,
        "SELECT pool, dag_id, state, sum(pool_slots) AS slots FROM task_instance"
        " WHERE pool IN :pools AND state IN ('running', 'queued', 'deferred') GROUP BY 1, 2, 3"
        f" LIMIT {MOST_ROWS + 1}",
        reads={"task_instance": ("state", "pool", "dag_id", "pool_slots")},
        pools=["-"],
    )
