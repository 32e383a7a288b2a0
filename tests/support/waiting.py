"""What waits for somebody who does not come: rows for any version, and the figures that they make."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.support.metadb import at
from tests.support.seed import Connection, insert
from windsock.airflow_versions import VERSIONS
from windsock.catalog import tasks, triggers
from windsock.metric import Metric

_DAY = "2026-01-10 "


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One figure at 12 o'clock; on other lines than these there is no series of the family at all."""

    fact: str
    metric: Metric
    labels: dict[str, str] = field(default_factory=dict)
    value: float
    lines: tuple[str, ...] = VERSIONS


def fill(connection: Connection) -> None:
    """Rows beside those of the late DAG, its run `s2`, in pool and queue `other`."""
    for id_, kind, beat in ((8, "TriggererJob", "12:00"), (9, "TriggererJob", "11:50")):
        _job(connection, id_, kind, beat)
    for id_, triggerer, created in ((1, 8, "11:10"), (2, 9, "11:20"), (3, None, "11:30"), (4, None, "11:31")):
        insert(
            connection,
            "trigger",
            id=id_,
            classpath="a.B",
            kwargs="{}",
            triggerer_id=triggerer,
            created_date=_time(created),
        )
    _job(connection, 10, "LocalTaskJob", "11:50")
    _job(connection, 11, "LocalTaskJob", "11:59")
    _task(connection, 1, state="deferred", trigger_timeout="11:59")
    _task(connection, 2, state="deferred", trigger_timeout="12:01")
    _task(connection, 3, state="running", job_id=10, last_heartbeat_at="11:50")
    _task(connection, 4, state="running", job_id=11, last_heartbeat_at="11:59")
    _task(connection, 5, state="queued", queued_dttm="11:49")
    _task(connection, 6, state="queued", queued_dttm="11:51")
    _task(connection, 7, state="up_for_retry", queued_dttm="11:00")


_TASKS = (
    Expected(
        fact="trigger of a living triggerer", metric=triggers.TRIGGERS, labels={"triggerer": "alive"}, value=1
    ),
    Expected(
        fact="trigger of a dead triggerer", metric=triggers.TRIGGERS, labels={"triggerer": "dead"}, value=1
    ),
    Expected(
        fact="triggers that nobody took", metric=triggers.TRIGGERS, labels={"triggerer": "none"}, value=2
    ),
    Expected(fact="triggers that nobody runs", metric=triggers.UNASSIGNED, value=3),
    Expected(fact="oldest trigger", metric=triggers.OLDEST, value=at("2026-01-10 11:10").timestamp()),
    Expected(fact="deferred past the timeout", metric=triggers.DEFERRED_OVERDUE, value=1),
    Expected(fact="running without heartbeat", metric=tasks.STALE_HEARTBEAT, value=1),
    Expected(fact="stuck in the queue", metric=tasks.STUCK_QUEUED, labels={"queue": "other"}, value=1),
    Expected(fact="not stuck in the queue", metric=tasks.STUCK_QUEUED, labels={"queue": "default"}, value=0),
)
EXPECTED = (*_TASKS,)


def _time(text: str) -> str:
    return f"{_DAY}{text}+00"


def _job(connection: Connection, id_: int, kind: str, beat: str) -> None:
    insert(connection, "job", id=id_, state="running", job_type=kind, latest_heartbeat=_time(beat))


def _task(
    connection: Connection, number: int, *, state: str, job_id: int | None = None, **times: str
) -> None:
    insert(
        connection,
        "task_instance",
        id=f"00000000-0000-7000-8000-0000000001{number:02}",
        dag_id="late",
        task_id=f"other{number}",
        run_id="s2",
        map_index=-1,
        state=state,
        pool="other",
        pool_slots=1,
        queue="other",
        job_id=job_id,
        **{name: _time(time) for name, time in times.items()},
    )
