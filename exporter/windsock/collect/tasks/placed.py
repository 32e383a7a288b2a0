"""Unfinished task instances by run, scheduled ones by what holds them, and who takes the slots of a pool."""

from __future__ import annotations

from typing import NamedTuple

from windsock.metadb.flavour import Flavour, quoted
from windsock.metadb.statement import Statement, make

# A statement that has more is not cut but given up: part of the rows would make wrong figures.
MOST_ROWS = 200_000
# How many of a pool's holders are shown.
TOP = 5


class RunTasks(NamedTuple):
    """Unfinished task instances of one run: scheduled ones, and those that count against max_active_tasks."""

    dag_id: str
    run_id: str
    scheduled: int
    occupying: int


class LeftTasks(NamedTuple):
    """Unfinished task instances of one run by state."""

    dag_id: str
    run_id: str
    state: str
    tasks: int


class TaskLimits(NamedTuple):
    """What a DAG says of its tasks."""

    dag_id: str
    paused: bool
    limit: int | None


class ScheduledTasks(NamedTuple):
    """Scheduled task instances of one pool that need as many slots, by the list in which their run stands."""

    pool: str
    slots: int
    held: int
    tasks: int


class Holder(NamedTuple):
    """A DAG that is among those which take most slots of a pool."""

    pool: str
    dag_id: str
    slots: int


def run_tasks(of: Flavour) -> Statement[RunTasks]:
    """One pass over the unfinished ones [ti_state]; joined in SQL, its plan flips."""
    return make(
        "run_tasks",
        RunTasks,
        "SELECT dag_id, run_id, count(CASE WHEN state = 'scheduled' THEN 1 END) AS scheduled,"
        " count(CASE WHEN state IN ('queued', 'running') THEN 1 END) AS occupying"
        f" FROM task_instance WHERE state IN ({of.active}) GROUP BY 1, 2 LIMIT {MOST_ROWS + 1}",
        reads={"task_instance": ("state", "dag_id", "run_id")},
    )


def left_tasks(of: Flavour) -> Statement[LeftTasks]:
    """Of a few DAGs [ti_dag_state]."""
    return make(
        "left_tasks",
        LeftTasks,
        f"SELECT dag_id, run_id, state, count(*) AS tasks"
        f" FROM task_instance{of.force('task_instance', 'dag_id', 'state')}"
        f" WHERE dag_id IN :dag_ids AND state IN ({of.active}) GROUP BY 1, 2, 3 LIMIT {MOST_ROWS + 1}",
        reads={"task_instance": ("state", "dag_id", "run_id")},
        dag_ids=["-"],
    )


def task_limits(_of: Flavour) -> Statement[TaskLimits]:
    """Of the DAGs that are paused, or have a limit so low."""
    return make(
        "task_limits",
        TaskLimits,
        'SELECT dag_id, COALESCE(is_paused, false) AS paused, max_active_tasks AS "limit" FROM dag'
        " WHERE COALESCE(is_paused, false) OR max_active_tasks <= :most",
        reads={"dag": ("dag_id", "is_paused", "max_active_tasks")},
        most=0,
    )


def name_of(dag_id: str, run_id: str) -> str:
    """How `scheduled_tasks` calls a run; ids of DAGs have no blanks."""
    return f"{dag_id} {run_id}"


def scheduled_tasks(_of: Flavour) -> Statement[ScheduledTasks]:
    """The scheduled ones [ti_state], `held` by the first list that names their run, 0 by none.

    By run they would be a row for nearly each task instance.
    """
    return make(
        "scheduled_tasks",
        ScheduledTasks,
        "SELECT pool, slots, CASE WHEN run IN :first THEN 1 WHEN run IN :second THEN 2"
        " WHEN run IN :third THEN 3 ELSE 0 END AS held, count(*) AS tasks"
        " FROM (SELECT pool, pool_slots AS slots, dag_id || ' ' || run_id AS run FROM task_instance"
        f" WHERE state = 'scheduled') t GROUP BY 1, 2, 3 LIMIT {MOST_ROWS + 1}",
        reads={"task_instance": ("state", "pool", "dag_id", "run_id", "pool_slots")},
        first=["-"],
        second=["-"],
        third=["-"],
    )


def top_holders(_of: Flavour) -> Statement[Holder]:
    """Of each pool, full or not [ti_state]; deferred ones take slots of the pools that are named."""
    return make(
        "top_holders",
        Holder,
        "SELECT pool, dag_id, slots FROM (SELECT pool, dag_id, sum(pool_slots) AS slots,"
        " row_number() OVER (PARTITION BY pool ORDER BY sum(pool_slots) DESC, dag_id) AS place"
        f" FROM task_instance WHERE state IN ({quoted(('running', 'queued', 'deferred'))})"
        " AND (state <> 'deferred' OR pool IN :counting) GROUP BY 1, 2) t"
        f" WHERE place <= {TOP} LIMIT {MOST_ROWS + 1}",
        reads={"task_instance": ("state", "pool", "dag_id", "pool_slots")},
        counting=["-"],
    )
