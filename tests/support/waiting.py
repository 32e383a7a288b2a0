"""What waits for somebody who does not come: rows for any version, and the figures that they make."""

from __future__ import annotations

from tests.support import moving
from tests.support.expected import Expected
from tests.support.metadb import at
from tests.support.seed import Connection, execute, exists, insert, unchecked
from windsock.airflow_versions import AIRFLOW_2, AIRFLOW_3, VERSIONS, since, until
from windsock.catalog import dags, metadb, tasks, triggers, waiting

_DAY = "2026-01-10 "
_OLD = "2025-12-01"


def fill(connection: Connection) -> None:
    """Rows beside those of the late DAG, its run `s2`, in pool and queue `other`."""
    # DAGs, assets and triggers are named, not made.
    unchecked(connection)
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

    _fill_small_tables(connection)
    _fill_old_rows(connection)
    moving.fill(connection)


def _fill_small_tables(connection: Connection) -> None:
    for kind, dag_id in (("non-existent pool", "late"), ("non-existent pool", "x"), ("other", "late")):
        insert(connection, "dag_warning", dag_id=dag_id, warning_type=kind, message="secret")
    queue, asset = ("asset_dag_run_queue", "asset_id")
    if not exists(connection, queue):
        queue, asset = ("dataset_dag_run_queue", "dataset_id")
    for number, created in ((1, "11:40"), (2, "11:30")):
        insert(connection, queue, **{asset: number}, target_dag_id="late", created_at=_time(created))
    if exists(connection, "callback_request"):
        for number in (1, 2):
            insert(connection, "callback_request", id=number, callback_type="DagCallbackRequest")
    if exists(connection, "backfill"):
        _fill_airflow_3(connection)
    if exists(connection, "hitl_detail"):
        _fill_since_3_1(connection)


def _fill_old_rows(connection: Connection) -> None:
    insert(
        connection, "job", id=0, state="success", job_type="LocalTaskJob", latest_heartbeat=f"{_OLD} 01:00+00"
    )
    insert(
        connection,
        "dag_run",
        id=0,
        dag_id="deleted",
        run_id="old",
        run_type="manual",
        state="success",
        start_date=f"{_OLD} 02:00+00",
        execution_date=f"{_OLD} 02:00+00",
        run_after=f"{_OLD} 02:00+00",
    )
    for number, time in ((1, f"{_OLD} 03:00+00"), (2, _time("11:00"))):
        insert(connection, "log", id=number, dttm=time)
    for table, column, time in (
        ("task_fail", "start_date", "04:00"),
        ("dataset_event", "timestamp", "05:00"),
        ("asset_event", "timestamp", "05:00"),
    ):
        if exists(connection, table):
            insert(connection, table, **{"id": 1, column: f"{_OLD} {time}+00"})


def _fill_airflow_3(connection: Connection) -> None:
    insert(connection, "dag_bundle", name="fresh", active=True, last_refreshed=_time("11:55"))
    insert(connection, "dag_bundle", name="gone", active=False, last_refreshed=_time("11:55"))
    for number, completed in ((1, None), (2, None), (3, _time("11:00"))):
        insert(connection, "backfill", id=number, dag_id="late", completed_at=completed)


def _fill_since_3_1(connection: Connection) -> None:
    """A question that waits, one that is answered, and one whose task has timed out."""
    _task(connection, 8, state="failed")
    for number, asked, answered in ((1, "11:15", None), (2, "11:10", "11:20"), (8, "11:05", None)):
        insert(
            connection,
            "hitl_detail",
            ti_id=_task_id(number),
            created_at=_time(asked),
            responded_at=answered and _time(answered),
        )
    newer = exists(connection, "callback")
    states = ("scheduled", "pending", "running", "success", "scheduled") if newer else (None,) * 5
    for number, state in enumerate(states):
        if newer:
            insert(connection, "callback", id=_task_id(number), type="triggerer", state=state)
    if newer:
        for number in (6, 7):
            insert(connection, "callback", id=_task_id(number), type="dag_processor", state=None)
    deadlines = ((0, True, "12:30", None), (1, True, "11:30", None), (2, True, "11:00", "queued"))
    for number, of_run, time, handled in (*deadlines, (3, False, "13:00", None)):
        insert(
            connection,
            "deadline",
            id=_task_id(number),
            dagrun_id=_run_id(connection) if of_run else None,
            deadline_time=_time(time),
            missed=handled is not None,
            callback_state=handled,
            callback_id=_task_id(number),
        )


_SINCE_3_1, _SINCE_3_2 = since("3.1"), since("3.2")
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
_SMALL_TABLES = (
    Expected(
        fact="warnings by type",
        metric=dags.DAG_WARNINGS,
        labels={"warning_type": "non-existent pool"},
        value=2,
    ),
    Expected(
        fact="bundle that was refreshed",
        metric=dags.BUNDLE_LAST_REFRESH,
        labels={"bundle": "fresh"},
        value=at("2026-01-10 11:55").timestamp(),
        lines=AIRFLOW_3,
    ),
    Expected(
        fact="backfills that are not completed",
        metric=dags.BACKFILLS_ACTIVE,
        labels={"dag_id": "late"},
        value=2,
        lines=AIRFLOW_3,
    ),
    Expected(
        fact="no runs of backfills", metric=dags.BACKFILL_DAG_RUNS, labels={"state": "running"}, value=0
    ),
    Expected(
        fact="assets of a waiting DAG",
        metric=waiting.ASSET_QUEUE_EVENTS,
        labels={"dag_id": "late"},
        value=2,
    ),
    Expected(
        fact="since when it waits",
        metric=waiting.ASSET_QUEUE_OLDEST,
        labels={"dag_id": "late"},
        value=at("2026-01-10 11:30").timestamp(),
    ),
)
_CALLBACKS = (
    *(
        Expected(
            fact=f"{count} {state} callbacks of type {kind}",
            metric=waiting.CALLBACKS_PENDING,
            labels={"type": kind, "state": state},
            value=count,
            lines=lines,
            elsewhere=True,
        )
        for kind, state, count, lines in (
            ("DagCallbackRequest", "pending", 2, until("3.1")),
            ("dag_processor", "pending", 2, _SINCE_3_2),
            ("triggerer", "pending", 1, _SINCE_3_2),
            ("triggerer", "running", 1, _SINCE_3_2),
        )
    ),
)
_PEOPLE_AND_DEADLINES = (
    Expected(fact="questions of tasks that wait", metric=waiting.HITL_PENDING, value=1, lines=_SINCE_3_1),
    Expected(
        fact="oldest question",
        metric=waiting.HITL_OLDEST,
        value=at("2026-01-10 11:15").timestamp(),
        lines=_SINCE_3_1,
    ),
    Expected(
        fact="deadlines neither met nor missed",
        metric=waiting.DEADLINES_PENDING,
        labels={"dag_id": "late"},
        value=2,
        lines=_SINCE_3_1,
    ),
    Expected(
        fact="deadline without a run",
        metric=waiting.DEADLINES_PENDING,
        labels={"dag_id": ""},
        value=1,
        lines=_SINCE_3_1,
    ),
    Expected(
        fact="earliest deadline",
        metric=waiting.DEADLINE_NEXT,
        labels={"dag_id": "late"},
        value=at("2026-01-10 11:30").timestamp(),
        lines=_SINCE_3_1,
    ),
    Expected(fact="deadline that has passed", metric=waiting.DEADLINES_OVERDUE, value=1, lines=_SINCE_3_1),
)
_OLDEST_ROWS = tuple(
    Expected(
        fact=f"oldest row of {table}",
        metric=metadb.TABLE_OLDEST_ROW,
        labels={"table": table},
        value=at(moment).timestamp(),
        lines=lines,
        elsewhere=True,
    )
    for table, moment, lines in (
        ("job", f"{_OLD} 01:00", VERSIONS),
        ("dag_run", f"{_OLD} 02:00", VERSIONS),
        ("log", f"{_OLD} 03:00", VERSIONS),
        ("task_fail", f"{_OLD} 04:00", AIRFLOW_2),
        ("dataset_event", f"{_OLD} 05:00", AIRFLOW_2),
        ("asset_event", f"{_OLD} 05:00", AIRFLOW_3),
        ("task_instance", "1970-01-01 00:00", AIRFLOW_3),
    )
)
EXPECTED = (*_TASKS, *_SMALL_TABLES, *_CALLBACKS, *_PEOPLE_AND_DEADLINES, *_OLDEST_ROWS, *moving.EXPECTED)


def _time(text: str) -> str:
    return f"{_DAY}{text}+00"


def _task_id(number: int) -> str:
    return f"00000000-0000-7000-8000-0000000001{number:02}"


def _run_id(connection: Connection) -> int:
    ((found,),) = execute(connection, "SELECT id FROM dag_run WHERE run_id = 's2'")
    return int(found)


def _job(connection: Connection, id_: int, kind: str, beat: str) -> None:
    insert(connection, "job", id=id_, state="running", job_type=kind, latest_heartbeat=_time(beat))


def _task(
    connection: Connection, number: int, *, state: str, job_id: int | None = None, **times: str
) -> None:
    insert(
        connection,
        "task_instance",
        id=_task_id(number),
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
