"""Rows for an empty metadata database of any version: what a version has no column for is left out."""

from __future__ import annotations

import re
import sqlite3
from typing import Any, TypeAlias

import psycopg
import pymysql
import pytest

from tests.support.metadb import at
from windsock.catalog import components, dags, tasks

# What every version and dialect must say of one late DAG.
ONE_LATE_DAG = [
    pytest.param(components.ALIVE, {"job_type": "SchedulerJob"}, 1, id="scheduler alive"),
    pytest.param(
        tasks.TASK_INSTANCES,
        {"pool": "default_pool", "queue": "default", "state": "running"},
        1,
        id="running tasks",
    ),
    pytest.param(tasks.POOL_OCCUPIED, {"pool": "default_pool"}, 3, id="slots, not tasks"),
    pytest.param(tasks.QUEUE_OLDEST_AGE, {"queue": "default", "state": "queued"}, 120, id="oldest queued"),
    pytest.param(
        tasks.QUEUE_LAST_START, {"queue": "default"}, at("2026-01-10 11:51").timestamp(), id="last start"
    ),
    pytest.param(dags.OVERDUE, {"dag_id": "late"}, 3600, id="overdue at max_active_runs"),
    pytest.param(dags.BLOCKED, {"dag_id": "late", "reason": "max_active_runs"}, 1, id="and blocked"),
    pytest.param(dags.LAST_SUCCESS, {"dag_id": "late"}, at("2026-01-10 09:30").timestamp(), id="success"),
    pytest.param(dags.IMPORT_ERRORS, {}, 1, id="import errors"),
]
# For columns that must not be NULL and that a test says nothing about, by the type's name.
_FILLERS: dict[str, object] = {
    "boolean": False,
    "integer": 0,
    "bigint": 0,
    "double precision": 0.0,
    "character varying": "",
    "text": "",
    "json": "{}",
    "jsonb": "{}",
    "bytea": b"",
    "timestamp with time zone": "2026-01-10 08:00+00",
}
_MARIADB_FILLERS: dict[str, object] = {
    "tinyint": 0,
    "int": 0,
    "float": 0.0,
    "longtext": "{}",
    "timestamp": "2026-01-10 08:00+00",
    "uuid": "00000000-0000-0000-0000-000000000000",
}
_SQLITE_FILLERS: dict[str, object] = {
    "BOOLEAN": False,
    "INTEGER": 0,
    "FLOAT": 0.0,
    "JSON": "{}",
    "TIMESTAMP": "2026-01-10 08:00+00",
    "DATETIME": "2026-01-10 08:00+00",
}
_TIME = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d)(:\d\d)?\+00")
Connection: TypeAlias = "psycopg.Connection[Any] | pymysql.Connection[Any] | sqlite3.Connection"


def insert(connection: Connection, table: str, **values: object) -> None:
    """One row; times are text such as `2026-01-10 11:59+00`; what the table has no column for is left out."""
    fillers, quote, mark = _FILLERS, '"', "%s"
    if isinstance(connection, sqlite3.Connection):
        fillers, mark = _SQLITE_FILLERS, "?"
    elif isinstance(connection, pymysql.Connection):
        fillers, quote = _MARIADB_FILLERS, "`"
    columns = _columns(connection, table)
    assert columns, f"no table {table}"
    row = {
        name: values.get(name, fillers.get(kind, ""))
        for name, kind, free in columns
        if name in values or not free
    }
    if not isinstance(connection, psycopg.Connection):
        # Without a time zone it is UTC.
        row = {name: _TIME.sub(_naive, each) if isinstance(each, str) else each for name, each in row.items()}
    names = ", ".join(f"{quote}{name}{quote}" for name in row)
    execute(
        connection,
        f"INSERT INTO {quote}{table}{quote} ({names}) VALUES ({', '.join([mark] * len(row))})",
        *row.values(),
    )


def execute(connection: Connection, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Run a statement, in the words of its database; its rows, if it has any."""
    if isinstance(connection, sqlite3.Connection):
        return connection.execute(statement, values).fetchall()
    with connection.cursor() as cursor:
        # Without values a % is a %.
        cursor.execute(
            statement.encode() if isinstance(cursor, psycopg.Cursor) else statement, values or None
        )
        return list(cursor.fetchall()) if cursor.description else []


def exists(connection: Connection, table: str) -> bool:
    """Whether this version has the table."""
    return bool(_columns(connection, table))


def unchecked(connection: Connection) -> None:
    """From here on rows may refer to others that are not there."""
    if isinstance(connection, psycopg.Connection):
        execute(connection, "SET session_replication_role = replica")
    elif isinstance(connection, pymysql.Connection):
        execute(connection, "SET foreign_key_checks = 0")


def _naive(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2] or ':00'}.000000"


def _columns(connection: Connection, table: str) -> list[tuple[Any, ...]]:
    """Name, type, and whether it may be left out."""
    if isinstance(connection, sqlite3.Connection):
        return execute(
            connection,
            "SELECT name, type, NOT \"notnull\" OR dflt_value IS NOT NULL OR (pk AND type = 'INTEGER')"
            " FROM pragma_table_info(?)",
            table,
        )
    maria = isinstance(connection, pymysql.Connection)
    return execute(
        connection,
        "SELECT column_name, data_type, is_nullable = 'YES' OR column_default IS NOT NULL"
        + (" OR extra LIKE '%%auto_increment%%'" if maria else "")
        + " FROM information_schema.columns WHERE table_name = %s AND table_schema = "
        + ("database()" if maria else "'public'"),
        table,
    )


def one_late_dag(connection: Connection) -> None:
    """An hourly DAG at its limit of one run: due at 11, still running the run of 10, at 12 o'clock."""
    day = "2026-01-10 "
    exceeds, columns = "exceeds_max_non_backfill", {name for name, *_ in _columns(connection, "dag")}
    insert(connection, "slot_pool", pool="default_pool", slots=128, include_deferred=False)
    if exists(connection, "dag_bundle"):
        insert(connection, "dag_bundle", name="main", active=True)
    insert(
        connection,
        "dag",
        dag_id="late",
        is_paused=False,
        is_active=True,
        is_stale=False,
        exceeds_max_non_backfill=True,
        bundle_name="main",
        owners="b, a",
        schedule_interval='"0 * * * *"',
        timetable_summary="0 * * * *",
        next_dagrun=day + "10:00+00",
        next_dagrun_data_interval_start=day + "10:00+00",
        next_dagrun_data_interval_end=day + "11:00+00",
        next_dagrun_create_after=day + "11:00+00" if exceeds in columns else None,
        max_active_runs=1,
        fileloc="/dags/etl/late.py",
        relative_fileloc="etl/late.py",
        processor_subdir="/dags",
    )
    for run_id, state, hour, end in (("s1", "success", "08", "09:30"), ("s2", "running", "09", None)):
        due = f"{day}{int(hour) + 1:02}:00+00"
        insert(
            connection,
            "dag_run",
            dag_id="late",
            run_id=run_id,
            run_type="scheduled",
            state=state,
            queued_at=due,
            start_date=due.replace(":00+", ":00:02+"),
            end_date=end and f"{day}{end}+00",
            execution_date=f"{day}{hour}:00+00",
            logical_date=due,
            run_after=due,
            data_interval_start=f"{day}{hour}:00+00",
            data_interval_end=due,
        )
    insert(
        connection,
        "job",
        id=1,
        state="running",
        job_type="SchedulerJob",
        start_date=day + "08:00+00",
        latest_heartbeat=day + "11:59:58+00",
    )
    insert(
        connection,
        "job",
        id=7,
        dag_id="late",
        state="running",
        job_type="LocalTaskJob",
        start_date=day + "11:51+00",
        latest_heartbeat=day + "11:59:58+00",
    )
    for task_id, state, slots, queued, start in (
        ("t1", "queued", 2, "11:58", None),
        ("t2", "running", 1, "11:50", "11:51"),
    ):
        insert(
            connection,
            "task_instance",
            id=f"00000000-0000-7000-8000-00000000000{slots}",
            dag_id="late",
            task_id=task_id,
            run_id="s2",
            map_index=-1,
            state=state,
            pool="default_pool",
            pool_slots=slots,
            queue="default",
            queued_dttm=f"{day}{queued}+00",
            updated_at=day + "11:58+00",
            start_date=start and f"{day}{start}+00",
            job_id=7 if start else None,
            last_heartbeat_at=day + "11:59:58+00" if start else None,
        )
    insert(
        connection,
        "import_error",
        id=1,
        timestamp=day + "11:59+00",
        filename="broken.py",
        bundle_name="main",
        stacktrace="secret",
    )
