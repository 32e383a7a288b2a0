"""What Airflow itself holds of deadlines and missed SLAs, one by one: of runs and tasks that are not done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from windsock.collect.collector import Collector, Reader, Scene, Tier
from windsock.facts import OwnPromise
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make

# Nobody waits for older ones any more.
_OLDEST = timedelta(days=7)
# Of each kind; with more, runs would be looked up by the ten thousand.
_MOST = 1_000


class RunDeadline(NamedTuple):
    """A deadline of a run that has not succeeded."""

    dag_id: str
    run_id: str
    state: str
    due: datetime
    deadline: datetime
    missed: bool


class TaskMiss(NamedTuple):
    """A task that was late and has not succeeded since."""

    dag_id: str
    run_id: str
    task_id: str
    state: str
    due: datetime
    recorded: datetime


def own_deadlines(of: Flavour) -> Statement[RunDeadline] | None:
    """The next ones and the last that were missed; met ones are deleted.

    [deadline_missed_deadline_time_idx, on 3.1 deadline_callback_state_time_idx; dag_run_pkey]
    """
    if not of.since("3.1"):
        return None
    column, states = (
        ("missed", ("missed = false", "missed = true"))
        if of.since("3.2")
        else ("callback_state", ("callback_state IS NULL", "callback_state IS NOT NULL"))
    )
    parts = (
        "SELECT r.dag_id, r.run_id, r.state, r.run_after AS due, d.deadline_time AS deadline,"
        f" {missed} AS missed FROM (SELECT dagrun_id, deadline_time FROM deadline WHERE {state}"
        f" AND deadline_time > :since ORDER BY deadline_time {order} LIMIT {_MOST}) AS d"
        " JOIN dag_run r ON r.id = d.dagrun_id WHERE r.state <> 'success'"
        for state, missed, order in zip(states, ("false", "true"), ("ASC", "DESC"), strict=True)
    )
    return make(
        "own_deadlines",
        RunDeadline,
        " UNION ALL ".join(parts),
        reads={
            "deadline": ("dagrun_id", "deadline_time", column),
            "dag_run": ("id", "dag_id", "run_id", "state", "run_after"),
        },
        since=EXAMPLE_TIME,
    )


def own_misses(of: Flavour) -> Statement[TaskMiss] | None:
    """2.x: no index has the time, so the guard refuses it once the table is big."""
    if of.three:
        return None
    return make(
        "own_misses",
        TaskMiss,
        "SELECT m.dag_id, r.run_id, m.task_id, r.state,"
        ' COALESCE(r.data_interval_end, m.execution_date) AS due, m."timestamp" AS recorded FROM sla_miss m'
        " JOIN dag_run r ON r.dag_id = m.dag_id AND r.execution_date = m.execution_date"
        " LEFT JOIN task_instance t"
        " ON t.dag_id = m.dag_id AND t.task_id = m.task_id AND t.run_id = r.run_id AND t.map_index = -1"
        " WHERE m.\"timestamp\" > :since AND r.state <> 'success'"
        " AND (t.state IS NULL OR t.state NOT IN ('success', 'skipped'))"
        f' ORDER BY m."timestamp" LIMIT {_MOST}',
        reads={
            "sla_miss": ("dag_id", "task_id", "execution_date", "timestamp"),
            "dag_run": ("dag_id", "run_id", "state", "execution_date", "data_interval_end"),
            "task_instance": ("dag_id", "task_id", "run_id", "map_index", "state"),
        },
        since=EXAMPLE_TIME,
    )


class OwnPromisesCollector(Collector[tuple[OwnPromise, ...]]):
    """Reads `deadline` with `dag_run`, on 2.x `sla_miss` with `dag_run` and `task_instance`."""

    name = "sla_own"
    tier = Tier.SLOW
    lies_under_lag = True
    reads = (own_deadlines, own_misses)

    def read(self, reader: Reader) -> tuple[OwnPromise, ...]:
        """Those of the last week whose run has not succeeded."""
        since = reader.now - _OLDEST
        deadlines = (
            OwnPromise(
                kind="airflow_deadline",
                dag_id=row.dag_id,
                run_id=row.run_id,
                state=row.state,
                due=row.due,
                deadline=row.deadline,
                missed=bool(row.missed),
            )
            for row in reader.rows(own_deadlines, since=since)
        )
        misses = (
            OwnPromise(
                kind="airflow_sla_miss",
                dag_id=row.dag_id,
                run_id=row.run_id,
                task_id=row.task_id,
                state=row.state,
                due=row.due,
                deadline=row.recorded,
                missed=True,
            )
            for row in reader.rows(own_misses, since=since)
        )
        return (*deadlines, *misses)

    def add(self, figures: Figures, value: tuple[OwnPromise, ...], scene: Scene) -> None:
        """Nothing of their own: they are shown as SLAs."""
