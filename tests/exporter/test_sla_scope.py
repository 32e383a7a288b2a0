"""SLAs of a task or an asset: how they are written, which runs count, and what their causes are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.exporter.sla_world import at, dag, run, slas
from windsock.collect.runs.scoped import TaskState, runs_of
from windsock.errors import BadInput
from windsock.facts import Dag, Facts, Run, TaskSeen
from windsock.sla import Cause, Engine, Register, Standing, Status
from windsock.state import State

TASK = "slas: [{dag: finance_daily, task: load, max_age: 1h}]"
ASSET = "slas: [{dag: finance_daily, asset: 's3://out', finish_by: '06:30', days: [mon, tue]}]"


def _one(text: str, *moments: tuple[str, Dag, dict[str, Any]]) -> Status:
    engine, status = Engine(Register(slas(text)), State(None)), None
    for now, seen, more in moments:
        facts = Facts(now=at(now), dags={seen.dag_id: seen}, **more)
        (status,) = engine.evaluate(facts, at(now))
    assert status is not None
    return status


def _task_runs(*found: Run) -> dict[str, Any]:
    return {"task_runs": {("finance_daily", "load"): found}}


def _events(*times: str) -> dict[str, Any]:
    return {"asset_events": {("finance_daily", "s3://out"): tuple(map(at, times))}}


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ("{dag: a, task: t, asset: x, max_age: 1h}", "give task or asset, not both"),
        (
            "{dag: a, task: t, max_start_delay: 1h}",
            "a task can have finish_by and max_age and max_run_time, not max_start_delay",
        ),
        ("{dag: a, asset: x, max_run_time: 1h}", "an asset can have finish_by and max_age, not max_run_time"),
        (
            "{dag: a, asset: x, finish_by: '06:30'}",
            "an asset has no schedule: finish_by needs days, e.g. [mon, tue]",
        ),
    ],
)
def test_scope_that_cannot_be_judged_is_refused(entry: str, error: str) -> None:
    with pytest.raises(BadInput) as caught:
        slas(f"slas:\n- {entry}")
    assert str(caught.value).endswith(f"slas.yaml:2: slas.0: {error}")


def test_task_and_asset_are_in_the_name_and_the_words() -> None:
    task, asset = slas(f"{TASK[:-1]}, {ASSET[7:]}").entries
    assert (task.sla, task.deadline_text) == ("max_age:load", "task load: 1h after last success")
    assert (asset.sla, asset.deadline_text) == ("finish_by:s3://out", "asset s3://out: 06:30 UTC")


def test_nothing_is_known_of_a_task_that_was_not_read_yet() -> None:
    assert _one(TASK, ("2026-03-02 08:00", dag(), {})).standing is Standing.UNKNOWN


def test_success_of_the_task_counts_and_not_that_of_the_dag() -> None:
    late = run("2026-03-02 05:00", end="2026-03-02 05:20")
    seen = dag(runs=(run("2026-03-02 07:00", end="2026-03-02 07:50"), late))
    status = _one(TASK, ("2026-03-02 08:00", seen, _task_runs(late)))
    assert (status.standing, status.scope) == (Standing.BREACHED, "task load")
    assert status.deadline == at("2026-03-02 06:20")
    kept = _one(
        TASK,
        ("2026-03-02 08:00", dag(runs=(late,)), _task_runs(run("2026-03-02 07:00", end="2026-03-02 07:50"))),
    )
    assert kept.standing is Standing.OK


@pytest.mark.parametrize(
    ("failed_task", "cause"),
    [("load", Cause.FAILED), ("load [3]", Cause.FAILED), ("extract", Cause.UPSTREAM_FAILED)],
)
def test_task_that_failed_itself_and_one_that_could_not_start(failed_task: str, cause: Cause) -> None:
    failed = run("2026-03-02 05:00", state="failed", end="2026-03-02 05:20")
    tasks = (TaskSeen(state="failed", pool="p", queue="q", task_id=failed_task),)
    facts = {**_task_runs(failed), "tasks_of_runs": {("finance_daily", failed.run_id): tasks}}
    seen = dag(runs=(failed,))
    status = _one(TASK, ("2026-03-02 04:00", seen, _task_runs()), ("2026-03-02 08:00", seen, facts))
    assert (status.standing, status.cause) == (Standing.BREACHED, cause)
    assert status.evidence.task_id == failed_task


def test_task_that_no_run_has_is_a_doubt() -> None:
    seen = dag(runs=(run("2026-03-02 05:00", end="2026-03-02 05:20"),))
    assert (
        _one(TASK, ("2026-03-02 05:30", seen, _task_runs())).warning == "no run that is known has a task load"
    )


@pytest.mark.parametrize(
    ("event", "standing"),
    [
        pytest.param("2026-03-02 06:10", Standing.OK, id="in time"),
        pytest.param("2026-03-02 06:31", Standing.BREACHED, id="too late for this deadline"),
        pytest.param("2026-02-24 06:30", Standing.BREACHED, id="too old"),
    ],
)
def test_asset_must_be_updated_between_two_deadlines(event: str, standing: Standing) -> None:
    moments = [(f"2026-03-0{day} {time}", dag(scheduled=False)) for day, time in ((1, "12:00"), (2, "06:30"))]
    (before, seen), (deadline, _) = moments
    status = _one(
        ASSET, (before, seen, _events()), (deadline, seen, _events(*([event] if event < deadline else [])))
    )
    assert status.standing is standing


def test_late_update_of_the_asset_ends_the_breach() -> None:
    seen = dag(scheduled=False)
    status = _one(
        ASSET,
        ("2026-03-01 12:00", seen, _events()),
        ("2026-03-02 06:30", seen, _events()),
        ("2026-03-02 07:00", seen, _events("2026-03-02 06:50")),
    )
    assert status.standing is Standing.OK


def _state(state: str, start: str | None, end: str | None) -> TaskState:
    def moment(text: str | None) -> datetime | None:
        return at(f"2026-03-02 {text}") if text else None

    return TaskState(
        "finance_daily", "load", "scheduled__2026-03-02 05:00", state, moment(start), moment(end)
    )


@pytest.mark.parametrize(
    ("rows", "of_dag", "state"),
    [
        pytest.param([_state("success", "05:01", "05:10")], "running", "success", id="done before its DAG"),
        pytest.param(
            [_state("skipped", None, "05:10")], "success", "success", id="skipped keeps nobody waiting"
        ),
        pytest.param(
            [_state("success", "05:01", "05:10"), _state("running", "05:02", None)],
            "running",
            "running",
            id="mapped",
        ),
        pytest.param(
            [_state("success", "05:01", "05:10"), _state("failed", "05:02", "05:04")],
            "failed",
            "failed",
            id="one of many",
        ),
        pytest.param([_state("upstream_failed", None, "05:04")], "failed", "failed", id="upstream failed"),
        pytest.param([_state("up_for_retry", "05:02", "05:04")], "running", "running", id="tries again"),
        pytest.param([_state("scheduled", None, None)], "running", "queued", id="waits"),
        pytest.param([], "running", "queued", id="not there yet"),
        pytest.param([], "success", None, id="not in that run"),
        pytest.param([_state("removed", None, None)], "success", None, id="removed since"),
    ],
)
def test_run_as_a_task_sees_it(rows: list[TaskState], of_dag: str, state: str | None) -> None:
    end = None if of_dag == "running" else "2026-03-02 05:30"
    found = runs_of(rows, [run("2026-03-02 05:00", state=of_dag, end=end)])
    assert [each.state for each in found] == ([] if state is None else [state])
    for each in found:
        assert (each.end is not None) == (state in {"success", "failed"})
        assert (each.start is None) == (state == "queued")
