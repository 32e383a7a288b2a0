"""A database in which one DAG is late, one will be, two are in time; times are around now."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

from tests.support.metadb import make_sqlite
from tests.support.seed import insert

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LATE, RISKY, KEPT = "finance_daily", "report", "shop_orders"
ODD = 'crm/<b>"x"</b>\N{SNOWMAN}' + "_a_very_long_name" * 5
SLAS = f"""
slas:
- {{dag: {LATE}, max_age: 25h, name: daily numbers, team: finance, tier: 1, runbook: "https://wiki.example/f"}}
- {{dag: {RISKY}, max_age: 24h15m, team: reporting, severity: ticket}}
- {{dag: {KEPT}, max_age: 40h, team: commerce}}
- {{dag: {KEPT}, max_run_time: 45m, team: commerce}}
- {{tag: odd, max_age: 40h, team: commerce}}
"""


def make(path: Path) -> str:
    """Its URL; SQLite, as Airflow 3.3 makes it."""
    url = make_sqlite(path, "3.3")
    with _connected(path) as connection:
        now = datetime.now(timezone.utc).replace(microsecond=0)
        for pool, slots in (("default_pool", 128), ("dwh", 1)):
            insert(connection, "slot_pool", pool=pool, slots=slots, include_deferred=False)
        insert(connection, "job", id=1, job_type="SchedulerJob", state="running", latest_heartbeat=_text(now))
        # Each with the age of its newest success and whether today's run is under way.
        for dag_id, tags, age in (
            (LATE, ("pci", "daily"), 26 * HOUR),
            (RISKY, ("daily",), DAY + 10 * MINUTE),
            (KEPT, ("daily",), 5 * HOUR),
            (ODD, ("odd",), 6 * HOUR),
        ):
            today = now - age - 30 * MINUTE + DAY
            _dag(connection, dag_id, tags, today if age < DAY else today + DAY)
            for number in range(40):
                due = now - age - 30 * MINUTE - number * DAY
                run_id = _run(connection, dag_id, due, due + 30 * MINUTE)
                if dag_id == RISKY:
                    _task(connection, dag_id, run_id, "load", due, due + 10 * MINUTE)
                    _task(connection, dag_id, run_id, "report", due + 10 * MINUTE, due + 30 * MINUTE)
        run_id = _run(connection, LATE, now - 150 * MINUTE, None)
        _task(connection, LATE, run_id, "load_gl", None, None, pool="dwh")
        begun = now - 40 * MINUTE
        run_id = _run(connection, RISKY, begun, None)
        _task(connection, RISKY, run_id, "load", begun, begun + 35 * MINUTE)
        _task(connection, RISKY, run_id, "report", begun + 35 * MINUTE, None, pool="dwh")
    return url


def succeed(path: Path) -> None:
    """The late run is done now."""
    now = datetime.now(timezone.utc)
    with _connected(path) as connection:
        done = ("success", _text(now), LATE)
        connection.execute(
            "UPDATE dag_run SET state = ?, end_date = ? WHERE dag_id = ? AND state = 'running'", done
        )
        connection.execute(
            "UPDATE task_instance SET state = ?, end_date = ? WHERE dag_id = ? AND state = 'scheduled'", done
        )


@contextmanager
def beating(path: Path) -> Iterator[None]:
    """The scheduler is alive until the end of the block."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(5):
            with _connected(path) as connection:
                connection.execute(
                    "UPDATE job SET latest_heartbeat = ?", (_text(datetime.now(timezone.utc)),)
                )

    heart = threading.Thread(target=beat)
    heart.start()
    try:
        yield
    finally:
        over.set()
        heart.join()


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=20)) as connection, connection:
        yield connection


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}.000000"


def _dag(connection: sqlite3.Connection, dag_id: str, tags: tuple[str, ...], next_due: datetime) -> None:
    insert(
        connection,
        "dag",
        dag_id=dag_id,
        is_paused=False,
        is_stale=False,
        owners="cfo",
        timetable_summary="0 2 * * *",
        next_dagrun=_text(next_due - DAY),
        next_dagrun_create_after=_text(next_due),
        fileloc=f"/dags/{dag_id}.py",
    )
    for tag in tags:
        insert(connection, "dag_tag", dag_id=dag_id, name=tag)


def _run(connection: sqlite3.Connection, dag_id: str, due: datetime, end: datetime | None) -> str:
    run_id = f"scheduled__{due:%Y-%m-%dT%H:%M:%S}+00:00"
    (number,) = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM dag_run").fetchone()
    insert(
        connection,
        "dag_run",
        id=number,
        dag_id=dag_id,
        run_id=run_id,
        run_type="scheduled",
        state="running" if end is None else "success",
        run_after=_text(due),
        queued_at=_text(due),
        data_interval_end=_text(due),
        logical_date=_text(due - DAY),
        start_date=_text(due + MINUTE),
        end_date=None if end is None else _text(end),
    )
    return run_id


def _task(
    connection: sqlite3.Connection,
    dag_id: str,
    run_id: str,
    name: str,
    start: datetime | None,
    end: datetime | None,
    *,
    pool: str = "default_pool",
) -> None:
    state = "scheduled" if start is None else "running" if end is None else "success"
    (number,) = connection.execute("SELECT count(*) FROM task_instance").fetchone()
    insert(
        connection,
        "task_instance",
        id=f"{number:032x}",
        dag_id=dag_id,
        run_id=run_id,
        task_id=name,
        state=state,
        pool=pool,
        pool_slots=1,
        queue="default",
        map_index=-1,
        try_number=1,
        start_date=None if start is None else _text(start),
        end_date=None if end is None else _text(end),
    )
