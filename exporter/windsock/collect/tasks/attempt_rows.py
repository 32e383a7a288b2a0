"""Attempts of task instances that ended: rows and statements, by the heartbeat of what ran them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make

PAGE = 5_000


class Attempt(NamedTuple):
    """A task instance whose attempt has ended.

    Attributes:
        job: the id of its job, None on 3.x.
        beat: the last heartbeat; None on 2.x, where the job has it.
        scheduled: None on 2.x.
    """

    dag_id: str
    task_id: str
    run_id: str
    map_index: int
    job: int | None
    state: str | None
    queue: str
    pool: str
    operator: str
    beat: datetime | None
    scheduled: datetime | None
    queued: datetime | None
    start: datetime | None
    end: datetime


class Beat(NamedTuple):
    """A job and its last heartbeat."""

    id: int
    beat: datetime


class NewestBeat(NamedTuple):
    """The latest heartbeat of a task, None before the first."""

    beat: datetime | None


_SELECT = (
    "SELECT dag_id, task_id, run_id, map_index, {job} AS job, state, COALESCE(queue, '') AS queue, pool,"
    " COALESCE(custom_operator_name, operator, 'unknown') AS operator, {beat} AS beat,"
    ' {scheduled} AS scheduled, queued_dttm AS queued, start_date AS start, end_date AS "end"'
    " FROM task_instance WHERE "
)
_COLUMNS = (
    *(
        "dag_id",
        "task_id",
        "run_id",
        "map_index",
        "state",
        "queue",
        "pool",
        "operator",
        "custom_operator_name",
    ),
    *("queued_dttm", "start_date", "end_date"),
)


def newest_beat(of: Flavour) -> Statement[NewestBeat]:
    """The end of an index: [ti_heartbeat] on 3.x, [job_type_heart] on 2.x."""
    if of.three:
        sql = "SELECT max(last_heartbeat_at) AS beat FROM task_instance"
        return make("newest_beat", NewestBeat, sql, reads={"task_instance": ("last_heartbeat_at",)})
    sql = "SELECT max(latest_heartbeat) AS beat FROM job WHERE job_type = 'LocalTaskJob'"
    return make("newest_beat", NewestBeat, sql, reads={"job": ("job_type", "latest_heartbeat")})


def attempts(of: Flavour) -> Statement[Attempt] | None:
    """3.x: those that ended, by heartbeat [ti_heartbeat]."""
    if not of.three:
        return None
    select = _SELECT.format(job="NULL", beat="last_heartbeat_at", scheduled="scheduled_dttm")
    return make(
        "attempts",
        Attempt,
        f"{select}last_heartbeat_at > :since AND end_date IS NOT NULL"
        f" ORDER BY last_heartbeat_at LIMIT {PAGE}",
        reads={"task_instance": (*_COLUMNS, "last_heartbeat_at", "scheduled_dttm")},
        since=EXAMPLE_TIME,
    )


def lost_attempts(of: Flavour) -> Statement[Attempt] | None:
    """3.x: those that ended long after their heartbeat [ti_heartbeat]."""
    if not of.three:
        return None
    select = _SELECT.format(job="NULL", beat="last_heartbeat_at", scheduled="scheduled_dttm")
    later = (
        "end_date > strftime('%Y-%m-%d %H:%M:%f', last_heartbeat_at, '+20 seconds')"
        if of.sqlite
        else "end_date > last_heartbeat_at + INTERVAL '20' SECOND"
    )
    return make(
        "lost_attempts",
        Attempt,
        f"{select}last_heartbeat_at > :since AND last_heartbeat_at <= :until AND {later}"
        f" ORDER BY last_heartbeat_at LIMIT {PAGE}",
        reads={"task_instance": (*_COLUMNS, "last_heartbeat_at", "scheduled_dttm")},
        since=EXAMPLE_TIME,
        until=EXAMPLE_TIME,
    )


def ended_jobs(of: Flavour) -> Statement[Beat] | None:
    """2.x: jobs of tasks that have ended [job_type_heart]."""
    return None if of.three else _jobs("ended_jobs", "state <> 'running'")


def lost_jobs(of: Flavour) -> Statement[Beat] | None:
    """2.x: jobs that nobody ended, and whose heartbeat has stopped [job_type_heart]."""
    if of.three:
        return None
    return _jobs("lost_jobs", "state = 'running' AND latest_heartbeat <= :until", until=EXAMPLE_TIME)


def _jobs(name: str, where: str, **example: Any) -> Statement[Beat]:
    return make(
        name,
        Beat,
        "SELECT id, latest_heartbeat AS beat FROM job WHERE job_type = 'LocalTaskJob'"
        f" AND latest_heartbeat > :since AND {where} ORDER BY latest_heartbeat LIMIT {PAGE}",
        reads={"job": ("id", "job_type", "state", "latest_heartbeat")},
        since=EXAMPLE_TIME,
        **example,
    )


def attempts_of(of: Flavour) -> Statement[Attempt] | None:
    """2.x: task instances by their jobs [ti_job_id]."""
    if of.three:
        return None
    select = _SELECT.format(job="job_id", beat="NULL", scheduled="NULL")
    return make(
        "attempts_of",
        Attempt,
        f"{select}job_id IN :jobs AND end_date IS NOT NULL",
        reads={"task_instance": ("job_id", *_COLUMNS)},
        jobs=[-1],
    )
