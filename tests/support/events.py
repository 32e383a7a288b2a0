"""What happens between two readings, as rows for any version; `expected_events` says what they make."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
import pymysql

from tests.support.metadb import CHOICES
from tests.support.seed import Connection, execute, exists, insert, unchecked
from windsock.airflow_versions import AIRFLOW_3, since
from windsock.collect.collector import Collector, Context, Reader, Scene
from windsock.collect.default import COLLECTORS
from windsock.figures import Figures
from windsock.metadb.source import Source
from windsock.state import State

_DAY = "2026-01-10 "
WITH_EDGE = ("2.10", "3.1", "3.3")


def before(connection: Connection, line: str) -> None:
    """History, which nobody counts, and what is there in any case."""
    unchecked(connection)
    for tag in ("team-a", "Team", "team-b"):
        insert(connection, "dag_tag", dag_id="late", name=tag)
    if line in since("3.2"):
        for team in ("finance", "idle"):
            insert(connection, "team", name=team)
        insert(connection, "dag_bundle_team", dag_bundle_name="main", team_name="finance")
    if line in WITH_EDGE:
        _edge_workers(connection)
        _edge_jobs(connection)
    _sla_misses(connection, line)
    asset = "asset" if exists(connection, "asset") else "dataset"
    for number, name in ((1, "orders"), (2, "gone"), (3, "never")):
        insert(connection, asset, id=number, name=name, uri=name, is_orphaned=name == "gone")
    if exists(connection, "asset_active"):
        for name in ("orders", "never"):
            insert(connection, "asset_active", name=name, uri=name)
    insert(connection, f"{asset}_event", **{"id": 2, f"{asset}_id": 1, "timestamp": _time("11:00")})
    insert(connection, "log", id=3, event="heartbeat timeout", dttm=_time("11:00"))
    if exists(connection, "dag_version"):
        _dag_version(connection, 1, "11:00")
        execute(connection, "UPDATE dag_bundle SET version = 'c0ffee' WHERE name = 'fresh'")


def happen(connection: Connection) -> None:
    """What the second reading counts."""
    unchecked(connection)
    for number, event in enumerate(_EVENTS):
        insert(connection, "log", id=10 + number, event=event, dttm=_time("11:59"))
    for number, task_id in ((30, "other5"), (31, "other5"), (32, "deleted")):
        insert(
            connection,
            "log",
            id=number,
            event="stuck in queued reschedule",
            dttm=_time("11:59"),
            dag_id="late",
            task_id=task_id,
            run_id="s2",
            map_index=-1,
        )
    for number, kind, by in ((100, "scheduled", "TIMETABLE"), (101, "manual", "UI"), (102, "manual", "UI")):
        insert(
            connection,
            "dag_run",
            id=number,
            dag_id="late",
            run_id=f"new{number}",
            run_type=kind,
            triggered_by=by,
            state="success",
            execution_date=_time(f"11:{number - 60}"),
            run_after=_time("11:40"),
        )
    asset = "asset" if exists(connection, "asset") else "dataset"
    for number, of, time in ((3, 1, "11:57"), (4, 1, "11:58"), (5, 2, "11:59")):
        insert(connection, f"{asset}_event", **{"id": number, f"{asset}_id": of, "timestamp": _time(time)})
    if exists(connection, "dag_version"):
        _dag_version(connection, 2, "11:58")
    for number, task_id, state in (
        (60, "check_rows", "success"),
        (61, "check_sums", "failed"),
        (62, "t", "success"),
    ):
        _ended_task(connection, number, task_id, state)
    if exists(connection, "sla_miss"):
        _sla_miss(connection, "t3", "11:59")
    if exists(connection, "hitl_detail"):
        _miss_deadlines(connection)


def figures(opened: Source, *, between: Any, now: datetime) -> Figures:
    """The figures of the collectors after two readings, with `between()` called between them."""
    context = Context(state=State(None), choices=CHOICES)
    collectors = [kind(context) for kind in COLLECTORS]
    found = Figures()
    for again in range(2):
        for collector in _counting(collectors):
            if collector.used(opened.statements):
                value = collector.read(
                    Reader(database=opened.database, statements=opened.statements, now=now)
                )
                if again:
                    collector.add(found, value, Scene(now=now))
        if not again:
            between()
    return found


def _counting(collectors: list[Collector[Any]]) -> list[Collector[Any]]:
    names = {
        *("audit", "run_sources", "assets", "missed_deadlines", "sla_misses", "dag_versions"),
        *("requeues", "check_tasks"),
    }
    return [collector for collector in collectors if collector.name in names]


_EVENTS = (
    *("heartbeat timeout", "heartbeat timeout", "running", "success", "cli_task_run"),
    *("paused", "cli_dag_pause", "patch_dag", "trigger", "api.post_dag_run"),
    *("post_clear_task_instances", "ui.clear_dag_run"),
)


def _time(text: str) -> str:
    return f"{_DAY}{text}+00"


def _id(number: int) -> str:
    return f"00000000-0000-7000-8000-0000000002{number:02}"


def _dag_version(connection: Connection, number: int, created: str) -> None:
    insert(
        connection,
        "dag_version",
        id=_id(number),
        dag_id="late",
        version_number=number,
        created_at=_time(created),
    )


def _ended_task(connection: Connection, number: int, task_id: str, state: str) -> None:
    insert(
        connection,
        "job",
        id=number,
        job_type="LocalTaskJob",
        state="success",
        latest_heartbeat=_time("11:59:30"),
    )
    insert(
        connection,
        "task_instance",
        id=_id(number),
        dag_id="late",
        task_id=task_id,
        run_id="s2",
        map_index=-1,
        state=state,
        pool="other",
        queue="other",
        job_id=number,
        start_date=_time("11:50"),
        end_date=_time("11:59:30"),
        last_heartbeat_at=_time("11:59:30"),
    )


def _edge_workers(connection: Connection) -> None:
    """The columns of 1.1.0 of the provider that we read."""
    time = "timestamp(6) NULL" if isinstance(connection, pymysql.Connection) else "timestamp with time zone"
    execute(
        connection,
        "CREATE TABLE edge_worker (worker_name varchar(64) PRIMARY KEY, state varchar(20),"
        f" queues varchar(256), last_update {time})",
    )
    for number, (state, queues, update) in enumerate(
        (
            ("running", "['gpu', 'default']", "11:59"),
            ("running", "['default', 'gpu', 'gpu']", "11:51"),
            ("idle", None, "11:59"),
            ("running", None, "11:49"),
            ("offline", None, "09:00"),
        )
    ):
        name = f"worker{number}"
        insert(
            connection, "edge_worker", worker_name=name, state=state, queues=queues, last_update=_time(update)
        )


def _edge_jobs(connection: Connection) -> None:
    """The columns of 1.1.0 of the provider that we read."""
    time = "timestamp(6) NULL" if isinstance(connection, pymysql.Connection) else "timestamp with time zone"
    execute(
        connection,
        "CREATE TABLE edge_job (task_id varchar(250) PRIMARY KEY, state varchar(20), queue varchar(256),"
        f" queued_dttm {time})",
    )
    for number, (state, queue, queued) in enumerate(
        (("queued", "gpu", "11:58"), ("queued", "gpu", "11:57"), ("running", "gpu", "11:50"))
    ):
        insert(
            connection, "edge_job", task_id=f"t{number}", state=state, queue=queue, queued_dttm=_time(queued)
        )


def _sla_misses(connection: Connection, line: str) -> None:
    """On 3.x such a table is left behind by the upgrade from 2.x, and its rows stay."""
    if line in AIRFLOW_3 and isinstance(connection, psycopg.Connection):
        execute(
            connection,
            "CREATE TABLE sla_miss (task_id varchar(250), dag_id varchar(250), execution_date timestamptz,"
            ' "timestamp" timestamptz)',
        )
    if exists(connection, "sla_miss"):
        _sla_miss(connection, "t1", "11:30")
        _sla_miss(connection, "t2", "11:55")


def _sla_miss(connection: Connection, task_id: str, time: str) -> None:
    insert(
        connection,
        "sla_miss",
        dag_id="late",
        task_id=task_id,
        execution_date=_time("10:00"),
        timestamp=_time(time),
    )


def _miss_deadlines(connection: Connection) -> None:
    """One with a name, one without a run, and one that was pending long past its time."""
    alerts = exists(connection, "deadline_alert")
    if alerts:
        insert(connection, "deadline_alert", id=_id(90), serialized_dag_id=_id(91), name="too slow")
    for number, of_run, alert in ((50, 0, _id(90)), (51, None, None)):
        insert(
            connection,
            "deadline",
            id=_id(number),
            dagrun_id=of_run,
            deadline_time=_time("11:59"),
            deadline_alert_id=alert,
            missed=True,
            callback_state="queued",
            callback_id=_id(number),
        )
    handled = "missed = true" if alerts else "callback_state = 'queued'"
    execute(
        connection,
        f"UPDATE deadline SET {handled} WHERE deadline_time = '{_DAY}11:30:00.000000{_utc(connection)}'",
    )


def _utc(connection: Connection) -> str:
    return "+00" if isinstance(connection, psycopg.Connection) else ""
