"""What moves, what does not, and why: rows for any version, and the figures that they make."""

from __future__ import annotations

from tests.support.expected import Expected
from tests.support.metadb import at
from tests.support.seed import Connection, insert
from windsock.airflow_versions import VERSIONS, since
from windsock.catalog import components, dags, tasks

_DAY = "2026-01-10 "


def fill(connection: Connection) -> None:
    """DAGs `m_…` with runs and task instances in pools of their own."""
    for pool, slots in (("full", 2), ("wide", 10)):
        insert(connection, "slot_pool", pool=pool, slots=slots, include_deferred=True)
    for dag_id, paused, limit in (("m_free", False, 16), ("m_limit", False, 2), ("m_paused", True, 16)):
        _dag(connection, dag_id, is_paused=paused, max_active_tasks=limit)
    for number, (dag_id, run_id, state) in enumerate(
        (
            ("m_free", "r", "running"),
            ("m_free", "waits", "queued"),
            ("m_free", "ended", "success"),
            ("m_paused", "r", "running"),
            ("m_limit", "r", "running"),
            ("m_limit", "r2", "running"),
        )
    ):
        _run(connection, dag_id, run_id, state, f"09:{number:02}")
    for number, (dag_id, run_id, state, pool) in enumerate(
        (
            ("m_free", "r", "running", "full"),
            ("m_limit", "r", "queued", "full"),
            ("m_limit", "r", "running", "wide"),
            ("m_free", "r", "scheduled", "full"),
            ("m_free", "r", "scheduled", "full"),
            ("m_free", "r", "scheduled", "wide"),
            ("m_free", "r", "scheduled", "deleted"),
            ("m_free", "waits", "scheduled", "wide"),
            ("m_free", "ended", "running", "wide"),
            ("m_free", "none", "deferred", "wide"),
            ("m_paused", "r", "scheduled", "full"),
            ("m_limit", "r", "scheduled", "wide"),
            ("m_limit", "r2", "scheduled", "wide"),
        )
    ):
        _task(connection, number, dag_id=dag_id, run_id=run_id, state=state, pool=pool)
    _fill_durations(connection)
    for number, (kind, host, beat) in enumerate(
        (
            ("DagProcessorJob", "one", "11:58"),
            ("DagProcessorJob", "one", "11:10"),
            ("DagProcessorJob", "two", "11:59"),
            ("DagProcessorJob", "old", "10:59"),
            ("LocalTaskJob", "worker", "11:00"),
        )
    ):
        insert(
            connection,
            "job",
            id=30 + number,
            state="success" if host == "two" else "running",
            job_type=kind,
            hostname=host,
            start_date=_time("08:00"),
            latest_heartbeat=_time(beat),
        )


def _fill_durations(connection: Connection) -> None:
    """A daily DAG: five runs of an hour, and one that has run for three; and its task."""
    _dag(
        connection,
        "m_slow",
        max_consecutive_failed_dag_runs=3,
        last_parsed_time=_time("11:50"),
        schedule_interval='"0 9 * * *"',
        timetable_summary="0 9 * * *",
        next_dagrun="2026-01-10 09:00+00",
        next_dagrun_data_interval_start="2026-01-10 09:00+00",
        next_dagrun_data_interval_end="2026-01-11 09:00+00",
        next_dagrun_create_after="2026-01-11 09:00+00",
    )
    days = [f"2026-01-{day:02} " for day in range(4, 11)]
    for number, day in enumerate(days):
        state = ("failed", *("success",) * 5, "running")[number]
        _run(
            connection,
            "m_slow",
            f"scheduled__{day}",
            state,
            "09:00",
            day=day,
            run_type="scheduled",
            queued_at=f"{day}09:00+00",
            start_date=f"{day}09:01+00",
            end_date=None if state == "running" else f"{day}10:01+00",
        )
        _task(
            connection,
            20 + number,
            dag_id="m_slow",
            task_id="slow",
            run_id=f"scheduled__{day}",
            state=state,
            pool="wide",
            start_date=f"{day}09:01+00",
            duration=None if state == "running" else 3600.0,
        )


_BLOCKED = tuple(
    Expected(
        fact=f"scheduled, {fact}",
        metric=tasks.SCHEDULED_BLOCKED,
        labels={"reason": reason, "pool": pool},
        value=value,
        on_2=on_2,
    )
    for fact, reason, pool, value, on_2 in (
        ("nothing in the way", "ready", "wide", 2, 1),
        # On 2.x max_active_tasks limits the DAG, on 3.x each of its runs.
        ("the limit of tasks is reached", "dag_max_active_tasks", "wide", 1, 2),
        ("the pool is full", "pool_full", "full", 2, None),
        ("the pool is gone", "pool_missing", "deleted", 1, None),
        ("the DAG is paused", "dag_paused", "full", 1, None),
        ("the run has not begun", "run_not_running", "wide", 1, None),
        ("a pool where nothing waits", "pool_full", "default_pool", 0, None),
    )
)
_POOLS = (
    Expected(
        fact="holder of a full pool",
        metric=tasks.POOL_TOP_HOLDER,
        labels={"pool": "full", "dag_id": "m_limit"},
        value=1,
    ),
    Expected(
        fact="slots of running tasks",
        metric=tasks.POOL_SLOTS,
        labels={"pool": "default_pool", "state": "running"},
        value=1,
    ),
    Expected(
        fact="slots of queued tasks, not their number",
        metric=tasks.POOL_SLOTS,
        labels={"pool": "default_pool", "state": "queued"},
        value=2,
    ),
    Expected(
        fact="slots of an idle state",
        metric=tasks.POOL_SLOTS,
        labels={"pool": "full", "state": "deferred"},
        value=0,
    ),
)
_ORPHANS = tuple(
    Expected(
        fact=f"{state} in a run that is not", metric=tasks.ORPHANED, labels={"state": state}, value=count
    )
    for state, count in (("running", 1), ("deferred", 1), ("queued", 0))
)
_DURATIONS = (
    Expected(
        fact="a run of thrice its time",
        metric=dags.RUN_OVERRUN,
        labels={"dag_id": "m_slow"},
        value=179 / 60,
    ),
    Expected(
        fact="a task of thrice its time", metric=tasks.OVERRUNNING, labels={"dag_id": "m_slow"}, value=1
    ),
    Expected(
        fact="failures until Airflow pauses the DAG",
        metric=dags.AUTO_PAUSE_HEADROOM,
        labels={"dag_id": "m_slow"},
        value=3,
        lines=since("2.9"),
    ),
    Expected(fact="the oldest parse", metric=dags.LAST_PARSE, value=at("2026-01-10 11:50").timestamp()),
)
_COMPONENTS = (
    *(
        Expected(
            fact=f"{host} as a host of the last hour",
            metric=components.HOST_HEARTBEAT,
            labels={"job_type": kind, "hostname": host},
            value=at(f"2026-01-10 {beat}").timestamp(),
            lines=lines,
            elsewhere=True,
        )
        for kind, host, beat, lines in (
            ("DagProcessorJob", "one", "11:58", VERSIONS),
            ("DagProcessorJob", "two", "11:59", VERSIONS),
            ("DagProcessorJob", "old", "10:59", ()),
            ("LocalTaskJob", "worker", "11:00", ()),
        )
    ),
    Expected(
        fact="the newest of a type",
        metric=components.NEWEST,
        labels={"job_type": "DagProcessorJob", "hostname": "two", "state": "success"},
        value=1,
    ),
    Expected(
        fact="what began before the first look",
        metric=components.STARTS,
        labels={"job_type": "DagProcessorJob"},
        value=0,
    ),
)
# What only the preset `full` shows.
IN_FULL = (
    *(
        Expected(
            fact=f"{statistic} of the last successes",
            metric=dags.EXPECTED_RUN,
            labels={"dag_id": "m_slow", "statistic": statistic},
            value=3600,
        )
        for statistic in ("p50", "p95")
    ),
    Expected(
        fact="age of the oldest run",
        metric=dags.DAG_RUNS_OLDEST_AGE,
        labels={"dag_id": "late", "state": "running"},
        value=7198,
    ),
    Expected(
        fact="a day between due times",
        metric=dags.SCHEDULE_PERIOD,
        labels={"dag_id": "m_slow"},
        value=86_400,
    ),
)
EXPECTED = (*_BLOCKED, *_POOLS, *_ORPHANS, *_DURATIONS, *_COMPONENTS)


def _time(text: str) -> str:
    return f"{_DAY}{text}+00"


def _dag(connection: Connection, dag_id: str, **values: object) -> None:
    insert(
        connection,
        "dag",
        dag_id=dag_id,
        is_active=True,
        is_stale=False,
        bundle_name="main",
        fileloc=f"/dags/{dag_id}.py",
        relative_fileloc=f"{dag_id}.py",
        **values,
    )


def _run(
    connection: Connection,
    dag_id: str,
    run_id: str,
    state: str,
    due: str,
    *,
    day: str = _DAY,
    run_type: str = "manual",
    **values: object,
) -> None:
    times = ("execution_date", "logical_date", "run_after", "data_interval_end")
    insert(
        connection,
        "dag_run",
        dag_id=dag_id,
        run_id=run_id,
        run_type=run_type,
        state=state,
        **dict.fromkeys(times, f"{day}{due}+00"),
        **values,
    )


def _task(
    connection: Connection,
    number: int,
    *,
    dag_id: str,
    run_id: str,
    state: str,
    pool: str,
    task_id: str = "",
    **values: object,
) -> None:
    insert(
        connection,
        "task_instance",
        id=f"00000000-0000-7000-8000-0000000002{number:02}",
        dag_id=dag_id,
        task_id=task_id or f"moving{number}",
        run_id=run_id,
        map_index=-1,
        state=state,
        pool=pool,
        pool_slots=1,
        queue="moving",
        **values,
    )
