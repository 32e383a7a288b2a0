"""Exactly one cause, chosen by a fixed order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exporter.sla_world import at, dag, run
from windsock.facts import ActiveTasks, Dag, Facts, MissingAsset, Pool, TaskSeen
from windsock.sla import Cause
from windsock.sla.diagnosis import Finding, find, gone

FLOOR = at("2026-03-01 06:30")
POOLS = {
    "full": Pool(limit=2, occupied=2),
    "free": Pool(limit=2, occupied=1),
    "open": Pool(limit=None, occupied=9),
}
RUNNING = run("2026-03-02 02:00", state="running")
QUEUED = run("2026-03-02 02:00", state="queued")
FAILED = run("2026-03-02 02:00", state="failed", end="2026-03-02 03:00")
YESTERDAY = run("2026-03-01 02:00", state="running")


def _found(found: Dag, **facts: Any) -> Finding:
    return find(found, FLOOR, Facts(**{"now": at("2026-03-02 07:00"), "pools": POOLS, **facts}))


def _tasks(state: str, pool: str = "free", count: int = 1) -> ActiveTasks:
    return ActiveTasks(state=state, pool=pool, queue="default", count=count)


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        pytest.param({"paused": True, "import_error": True}, Cause.PAUSED, id="paused comes first"),
        pytest.param({}, Cause.NOT_SCHEDULED, id="no run was created"),
        pytest.param({"import_error": True}, Cause.IMPORT_ERROR, id="no run because the file is broken"),
        pytest.param(
            {"at_max_active_runs": True, "runs": (YESTERDAY,)},
            Cause.MAX_ACTIVE_RUNS,
            id="no run beside yesterday's",
        ),
        pytest.param(
            {"runs": (QUEUED, YESTERDAY)}, Cause.MAX_ACTIVE_RUNS, id="queued behind yesterday's run"
        ),
        pytest.param({"runs": (QUEUED,)}, Cause.NOT_SCHEDULED, id="queued and nobody starts it"),
        pytest.param(
            {"runs": (QUEUED,), "import_error": True}, Cause.IMPORT_ERROR, id="queued with a broken file"
        ),
        pytest.param({"runs": (FAILED,)}, Cause.FAILED, id="the run failed"),
        pytest.param(
            {"runs": (FAILED,), "import_error": True}, Cause.IMPORT_ERROR, id="failed and now broken"
        ),
        pytest.param({"runs": (RUNNING, FAILED)}, Cause.UNKNOWN, id="running without any task"),
        pytest.param(
            {"runs": (RUNNING,), "tasks": (_tasks("running"),)}, Cause.RUNNING_LONG, id="a task runs"
        ),
        pytest.param(
            {"runs": (RUNNING,), "tasks": (_tasks("deferred"),)}, Cause.RUNNING_LONG, id="a task is deferred"
        ),
        pytest.param(
            {"runs": (RUNNING,), "tasks": (_tasks("up_for_reschedule"),)},
            Cause.WAITING_UPSTREAM,
            id="a sensor pokes",
        ),
        pytest.param(
            {"runs": (RUNNING,), "tasks": (_tasks("scheduled", "full"),)},
            Cause.POOL_FULL,
            id="waits for a full pool",
        ),
        pytest.param(
            {"runs": (RUNNING,), "tasks": (_tasks("scheduled", "full"), _tasks("running", "full"))},
            Cause.POOL_FULL,
            id="some run, the rest waits for the pool",
        ),
        pytest.param(
            {"runs": (RUNNING,), "tasks": (_tasks("queued", "full"),)},
            Cause.QUEUE,
            id="queued holds its slot",
        ),
        pytest.param(
            {"runs": (RUNNING,), "tasks": (_tasks("scheduled"),)},
            Cause.QUEUE,
            id="scheduled with a free pool",
        ),
        pytest.param(
            {"runs": (RUNNING,), "tasks": (_tasks("scheduled", "open"),)},
            Cause.QUEUE,
            id="pool without limit is never full",
        ),
        pytest.param(
            {"runs": (RUNNING,), "tasks": (_tasks("scheduled", "gone"),)},
            Cause.POOL_MISSING,
            id="pool that does not exist",
        ),
        pytest.param(
            {"runs": (RUNNING,), "tasks": (_tasks("up_for_retry"),)},
            Cause.RETRYING,
            id="failed and waits for its retry",
        ),
        pytest.param(
            {"runs": (RUNNING,), "tasks": (_tasks("running", count=0),)},
            Cause.UNKNOWN,
            id="zero tasks are none",
        ),
    ],
)
def test_cause(fields: dict[str, Any], cause: Cause) -> None:
    assert _found(dag(**fields)).cause is cause


def test_dag_that_is_gone_is_missing() -> None:
    assert gone("finance_daily", Facts(now=at("2026-03-02 07:00"))) == Finding(Cause.DAG_MISSING)


def test_dag_that_is_gone_with_its_broken_file_has_an_import_error() -> None:
    facts = Facts(now=at("2026-03-02 07:00"), broken={"finance_daily": "dags/finance.py"})
    found = gone("finance_daily", facts)
    assert (found.cause, found.evidence.detail) == (Cause.IMPORT_ERROR, "dags/finance.py")


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        pytest.param({}, Cause.SCHEDULER_DOWN, id="no run is created"),
        pytest.param({"runs": (QUEUED,)}, Cause.SCHEDULER_DOWN, id="a run waits"),
        pytest.param(
            {"runs": (RUNNING,), "tasks": (_tasks("scheduled", "full"),)},
            Cause.SCHEDULER_DOWN,
            id="nothing moves on",
        ),
        pytest.param({"paused": True}, Cause.PAUSED, id="paused explains it too"),
        pytest.param({"runs": (FAILED,)}, Cause.FAILED, id="it failed before"),
    ],
)
def test_cause_without_a_scheduler(fields: dict[str, Any], cause: Cause) -> None:
    assert _found(dag(**fields), scheduler_alive=False).cause is cause


def _seen(state: str, task_id: str = "load", *, since: str = "2026-03-02 06:19", **fields: Any) -> TaskSeen:
    known = {"pool": "free", "queue": "etl", "since": at(since), **fields}
    return TaskSeen(state=state, task_id=task_id, **known)


@pytest.mark.parametrize(
    ("tasks", "cause", "detail"),
    [
        pytest.param(
            (
                _seen("scheduled", pool="full"),
                _seen("scheduled", "other", pool="full", since="2026-03-02 06:30"),
            ),
            Cause.POOL_FULL,
            "load has waited for 41 min for the pool full (2 of 2 slots taken)",
            id="pool full, the one that waits longest",
        ),
        pytest.param(
            (_seen("scheduled", pool="gone"),),
            Cause.POOL_MISSING,
            "load has waited for 41 min for the pool gone, which does not exist",
            id="pool missing",
        ),
        pytest.param(
            (_seen("queued"),),
            Cause.QUEUE,
            "load has been queued for 41 min for the queue etl",
            id="queue",
        ),
        pytest.param(
            (
                _seen("running", "wait_for_file", is_sensor=True),
                _seen("up_for_reschedule", "b", is_sensor=True),
            ),
            Cause.WAITING_UPSTREAM,
            "b has waited for 41 min",
            id="sensors only",
        ),
        pytest.param(
            (_seen("running", "wait_for_file", is_sensor=True), _seen("running")),
            Cause.RUNNING_LONG,
            "load has run for 41 min",
            id="a task beside a sensor",
        ),
        pytest.param(
            (_seen("running", tries=2, most_tries=3), _seen("running", "other")),
            Cause.RETRYING,
            "load runs for 41 min, try 2 of 3",
            id="runs again",
        ),
        pytest.param(
            (_seen("up_for_retry", tries=1, most_tries=3),),
            Cause.RETRYING,
            "load waits for its next try, try 1 of 3",
            id="waits for its retry",
        ),
        pytest.param(
            (_seen("up_for_retry", most_tries=3), _seen("running", "other")),
            Cause.RUNNING_LONG,
            "other has run for 41 min",
            id="another one runs meanwhile",
        ),
        pytest.param(
            (_seen("failed", tries=3, most_tries=3),),
            Cause.FAILED,
            "load failed, try 3 of 3",
            id="about to fail",
        ),
    ],
)
def test_evidence_of_a_running_run_is_the_task_that_decides(
    tasks: tuple[TaskSeen, ...], cause: Cause, detail: str
) -> None:
    found = _found(dag(runs=(RUNNING,)), tasks_of_runs={("finance_daily", RUNNING.run_id): tasks})
    assert (found.cause, found.evidence.detail) == (cause, detail)
    assert found.evidence.run_id == RUNNING.run_id
    assert found.evidence.task_id == detail.split(maxsplit=1)[0]


def test_evidence_of_a_failed_run_is_the_task_that_failed_first() -> None:
    tasks = (
        _seen("failed", "last", until=at("2026-03-02 02:50")),
        _seen("failed", "first", until=at("2026-03-02 02:30"), tries=2, most_tries=2),
    )
    found = _found(dag(runs=(FAILED,)), tasks_of_runs={("finance_daily", FAILED.run_id): tasks})
    assert found.cause is Cause.FAILED
    assert found.evidence.task_id == "first"
    assert found.evidence.detail == "first failed at 02:30 UTC, try 2 of 2; 1 more failed"


@pytest.mark.parametrize(
    ("failed", "cause", "detail"),
    [
        ((), Cause.WAITING_UPSTREAM, "no event of s3://a of ingest, and 1 more"),
        (("other",), Cause.UPSTREAM_FAILED, "no event of s3://b of other, whose last run failed, and 1 more"),
    ],
)
def test_asset_that_does_not_come_is_the_cause(failed: tuple[str, ...], cause: Cause, detail: str) -> None:
    missing = MissingAsset(asset="s3://a", producer="ingest"), MissingAsset(asset="s3://b", producer="other")
    facts: dict[str, Any] = {"missing_assets": {"finance_daily": missing}, "last_failed": frozenset(failed)}
    found = _found(dag(scheduled=False), **facts)
    assert (found.cause, found.evidence.detail) == (cause, detail)
    assert _found(dag(scheduled=True), **facts).cause is Cause.NOT_SCHEDULED


def test_runs_up_to_the_floor_say_nothing_about_the_cause() -> None:
    old = dag(runs=(run("2026-03-01 06:30", state="failed"),))
    assert _found(old).cause is Cause.NOT_SCHEDULED


def test_causes_are_a_closed_list_in_words() -> None:
    assert [cause.value for cause in Cause] == [
        "dag_missing",
        "paused",
        "import_error",
        "scheduler_down",
        "max_active_runs",
        "not_scheduled",
        "pool_missing",
        "pool_full",
        "queue",
        "waiting_upstream",
        "retrying",
        "running_long",
        "upstream_failed",
        "failed",
        "unknown",
    ]
    assert all(cause.text for cause in Cause)


@given(
    paused=st.booleans(),
    import_error=st.booleans(),
    blocked=st.booleans(),
    states=st.lists(st.sampled_from(["queued", "running", "success", "failed"]), max_size=3),
    tasks=st.lists(
        st.tuples(
            st.sampled_from(["scheduled", "queued", "running", "deferred", "up_for_retry", "none"]),
            st.sampled_from(["full", "free", "open", "gone"]),
        ),
        max_size=4,
    ),
)
def test_cause_does_not_depend_on_the_order_of_tasks(
    paused: bool, import_error: bool, blocked: bool, states: list[str], tasks: list[tuple[str, str]]
) -> None:
    runs = tuple(run(f"2026-03-02 0{9 - index}:00", state=state) for index, state in enumerate(states))
    causes = {
        _found(
            dag(
                paused=paused,
                import_error=import_error,
                at_max_active_runs=blocked,
                runs=runs,
                tasks=tuple(_tasks(state, pool) for state, pool in order),
            )
        )
        for order in (tasks, tasks[::-1])
    }
    assert len(causes) == 1
