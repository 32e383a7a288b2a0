"""What moves, what does not, and why: rows for any version, and the figures that they make."""

from __future__ import annotations

from tests.support.expected import Expected
from tests.support.seed import Connection, insert
from windsock.catalog import tasks

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
EXPECTED = (*_BLOCKED, *_POOLS, *_ORPHANS)


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


def _run(connection: Connection, dag_id: str, run_id: str, state: str, due: str, **values: object) -> None:
    insert(
        connection,
        "dag_run",
        dag_id=dag_id,
        run_id=run_id,
        run_type="manual",
        state=state,
        **{name: _time(due) for name in ("execution_date", "logical_date", "run_after", "data_interval_end")},
        **values,
    )


def _task(connection: Connection, number: int, *, dag_id: str, run_id: str, state: str, pool: str) -> None:
    insert(
        connection,
        "task_instance",
        id=f"00000000-0000-7000-8000-0000000002{number:02}",
        dag_id=dag_id,
        task_id=f"moving{number}",
        run_id=run_id,
        map_index=-1,
        state=state,
        pool=pool,
        pool_slots=1,
        queue="moving",
    )
