"""Exactly one cause, chosen by a fixed order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exporter.sla_world import at, dag, run
from windsock.facts import ActiveTasks, Pool
from windsock.sla import Cause
from windsock.sla.causes import find

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
            Cause.RUNNING_LONG,
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
            Cause.QUEUE,
            id="pool that does not exist",
        ),
        pytest.param(
            {"runs": (RUNNING,), "tasks": (_tasks("up_for_retry"),)},
            Cause.FAILED,
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
    assert find(dag(**fields), FLOOR, POOLS) is cause


def test_dag_that_is_gone_is_not_scheduled() -> None:
    assert find(None, FLOOR, POOLS) is Cause.NOT_SCHEDULED


def test_runs_up_to_the_floor_say_nothing_about_the_cause() -> None:
    assert find(dag(runs=(run("2026-03-01 06:30", state="failed"),)), FLOOR, POOLS) is Cause.NOT_SCHEDULED


def test_causes_are_the_nine_that_dashboards_and_alerts_know() -> None:
    assert [cause.value for cause in Cause] == [
        "paused",
        "not_scheduled",
        "import_error",
        "max_active_runs",
        "pool_full",
        "queue",
        "running_long",
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
        find(
            dag(
                paused=paused,
                import_error=import_error,
                at_max_active_runs=blocked,
                runs=runs,
                tasks=tuple(_tasks(state, pool) for state, pool in order),
            ),
            FLOOR,
            POOLS,
        )
        for order in (tasks, tasks[::-1])
    }
    assert len(causes) == 1
