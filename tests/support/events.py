"""What happens between two readings: rows for any version, and the counters that they make."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
import pymysql

from tests.support.expected import Expected
from tests.support.metadb import CHOICES, at
from tests.support.seed import Connection, execute, exists, insert, unchecked
from windsock.airflow_versions import AIRFLOW_2, AIRFLOW_3, VERSIONS, between, since
from windsock.catalog import changes, components, dags, practices, tasks, waiting
from windsock.collect.collector import Collector, Context, Reader, Scene
from windsock.collect.default import COLLECTORS
from windsock.figures import Figures
from windsock.metadb.source import Source
from windsock.state import State

_DAY = "2026-01-10 "
_WITH_EDGE = ("2.10", "3.1", "3.3")


def before(connection: Connection, line: str) -> None:
    """History, which nobody counts, and what is there in any case."""
    unchecked(connection)
    for tag in ("team-a", "Team", "team-b"):
        insert(connection, "dag_tag", dag_id="late", name=tag)
    if line in _WITH_EDGE:
        _edge_workers(connection)
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


def _audited(event: str, value: float, lines: tuple[str, ...]) -> Expected:
    return Expected(
        fact=f"{event}: {value} on {lines[0]}",
        metric=changes.AUDIT_EVENTS,
        labels={"event": event},
        value=value,
        lines=lines,
        elsewhere=True,
    )


STANDING = (
    *(
        Expected(
            fact=f"tags that were asked for, and the place of the file, on {lines[0]}",
            metric=dags.DAG_INFO,
            labels={
                "dag_id": "late",
                "owners": "a, b",
                "team": "default",
                "schedule": "0 * * * *",
                "tags": "team-a,team-b",
                "bundle": bundle,
                "folder": "etl",
            },
            value=1,
            lines=lines,
            elsewhere=True,
        )
        for bundle, lines in (("", AIRFLOW_2), ("main", AIRFLOW_3))
    ),
    Expected(
        fact="a revision that is seen first now",
        metric=changes.REVISION_SINCE,
        value=at("2026-01-10 12:00").timestamp(),
    ),
    *(
        Expected(
            fact=f"bundle {bundle} has version {version!r}",
            metric=changes.BUNDLE_INFO,
            labels={"bundle": bundle, "version": version},
            value=1,
            lines=AIRFLOW_3,
        )
        for bundle, version in (("fresh", "c0ffee"), ("main", ""))
    ),
    Expected(
        fact="a version that is seen first now",
        metric=changes.BUNDLE_VERSION_SINCE,
        labels={"bundle": "fresh"},
        value=at("2026-01-10 12:00").timestamp(),
        lines=AIRFLOW_3,
    ),
    *(
        Expected(
            fact=f"edge worker: {state} for {queues!r}",
            metric=components.EDGE_WORKERS,
            labels={"state": state, "queues": queues},
            value=count,
            lines=_WITH_EDGE,
        )
        for state, queues, count in (
            ("running", "default,gpu", 2),
            ("idle", "", 1),
            ("unknown", "", 1),
            ("offline", "", 1),
        )
    ),
)
COUNTED = (
    _audited("heartbeat timeout", 2, since("2.10")),
    _audited("paused or unpaused", 2, VERSIONS),
    _audited("auto-paused", 1, AIRFLOW_3),
    _audited("trigger", 2, VERSIONS),
    _audited("clear", 2, VERSIONS),
    _audited("stuck in queued reschedule", 3, since("2.10")),
    *(
        Expected(
            fact=f"{count} requeues of queue {queue!r}",
            metric=tasks.REQUEUES,
            labels={"queue": queue},
            value=count,
            lines=since("2.10"),
        )
        for queue, count in (("other", 2), ("", 1))
    ),
    _audited("state mismatch", 0, since("2.10")),
    _audited("task launch failure", 0, between("2.10", "3.0")),
    *(
        Expected(
            fact=f"{count} {kind} runs by {by!r}",
            metric=practices.RUNS_CREATED,
            labels={"run_type": kind, "triggered_by": by},
            value=count,
            lines=lines,
            elsewhere=True,
        )
        for kind, by, count, lines in (
            ("scheduled", "timetable", 1, AIRFLOW_3),
            ("manual", "ui", 2, AIRFLOW_3),
            ("manual", "", 2, AIRFLOW_2),
        )
    ),
    Expected(
        fact="last event of an asset",
        metric=waiting.ASSET_LAST_EVENT,
        labels={"asset": "orders"},
        value=at("2026-01-10 11:58").timestamp(),
    ),
    Expected(fact="its new events", metric=waiting.ASSET_EVENTS, labels={"asset": "orders"}, value=2),
    Expected(
        fact="events of an asset that no DAG refers to",
        metric=waiting.ASSET_EVENTS,
        labels={"asset": ""},
        value=1,
    ),
    Expected(
        fact="a check that was green",
        metric=practices.CHECK_TASK_LAST_SUCCESS,
        labels={"dag_id": "late", "task_id": "check_rows"},
        value=at("2026-01-10 11:59:30").timestamp(),
    ),
    *(
        Expected(
            fact=f"no check that was green: {task_id}",
            metric=practices.CHECK_TASK_LAST_SUCCESS,
            labels={"dag_id": "late", "task_id": task_id},
            value=0,
            lines=(),
            elsewhere=True,
        )
        for task_id in ("check_sums", "t")
    ),
    Expected(
        fact="a new version of a DAG",
        metric=changes.DAG_VERSIONS_CREATED,
        labels={"dag_id": "late"},
        value=1,
        lines=AIRFLOW_3,
    ),
    Expected(
        fact="when it was made",
        metric=changes.DAG_VERSION_NEWEST,
        value=at("2026-01-10 11:58").timestamp(),
        lines=AIRFLOW_3,
    ),
    Expected(
        fact="SLAs that were missed since the first look; what 3.x finds in that table is history",
        metric=waiting.SLA_MISSES,
        labels={"dag_id": "late"},
        value=1,
        lines=AIRFLOW_2,
    ),
    *(
        Expected(
            fact=f"deadline of {dag_id!r} with alert {alert!r} on {lines[0]}",
            metric=waiting.DEADLINES_MISSED,
            labels={"dag_id": dag_id, "alert": alert},
            value=count,
            lines=lines,
            elsewhere=True,
        )
        for dag_id, alert, count, lines in (
            ("deleted", "too slow", 1, since("3.2")),
            ("deleted", "", 1, ("3.1",)),
            ("late", "", 1, since("3.1")),
            ("", "", 1, since("3.1")),
        )
    ),
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
