"""Deadlines of Airflow itself, as SLAs that cannot be changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exporter.sla_world import at, dag
from windsock.facts import Facts, OwnPromise, TaskSeen
from windsock.sla import Cause, Standing, Status
from windsock.sla.own import Own

NOW = "2026-03-02 07:00"


def _promise(deadline: str, *, missed: bool = False, run_id: str = "r", **more: Any) -> OwnPromise:
    known = {"kind": "airflow_deadline", "dag_id": "finance_daily", "state": "running", **more}
    due, until = at("2026-03-02 05:00"), at(f"2026-03-02 {deadline}")
    return OwnPromise(run_id=run_id, due=due, deadline=until, missed=missed, **known)


def _facts(*own: OwnPromise, **more: Any) -> Facts:
    return Facts(now=at(NOW), dags={"finance_daily": dag(team="finance")}, own=own, **more)


def _one(*own: OwnPromise) -> Status:
    (status,) = Own().statuses(_facts(*own), "ticket")
    return status


@pytest.mark.parametrize(
    ("own", "standing", "deadline"),
    [
        pytest.param([_promise("08:00"), _promise("09:00")], Standing.OK, "08:00", id="the next one"),
        pytest.param(
            [_promise("08:00"), _promise("06:00", missed=True)], Standing.BREACHED, "06:00", id="missed"
        ),
        pytest.param([_promise("06:59")], Standing.BREACHED, "06:59", id="passed, and not looked at yet"),
        pytest.param(
            [_promise("06:30", missed=True), _promise("06:00", missed=True)],
            Standing.BREACHED,
            "06:00",
            id="the first",
        ),
    ],
)
def test_of_a_dag_the_deadline_that_was_missed_first_counts_else_the_next(
    own: list[OwnPromise], standing: Standing, deadline: str
) -> None:
    status = _one(*own)
    assert (status.standing, status.deadline) == (standing, at(f"2026-03-02 {deadline}"))
    assert (status.team, status.severity, status.place) == ("finance", "ticket", "Airflow")


def test_missed_sla_of_a_task_names_the_task() -> None:
    status = _one(_promise("06:00", missed=True, kind="airflow_sla_miss", task_id="load"))
    assert (status.sla, status.scope, status.deadline_text) == (
        "airflow_sla_miss",
        "task load",
        "task load: sla in Airflow",
    )
    assert status.late == 3600


def test_cause_is_found_as_for_other_slas() -> None:
    tasks = (TaskSeen(state="queued", pool="p", queue="etl", task_id="load"),)
    facts = _facts(_promise("06:00", missed=True), tasks_of_runs={("finance_daily", "r"): tasks})
    (status,) = Own().statuses(facts, "info")
    assert (status.cause, status.evidence.queue) == (Cause.QUEUE, "etl")


def test_without_facts_what_was_breached_stays_so() -> None:
    own = Own()
    facts = _facts(_promise("06:00", missed=True), _promise("08:00", kind="airflow_sla_miss", missed=False))
    own.statuses(facts, "info")
    assert [each.standing for each in own.statuses(None, "info")] == [Standing.BREACHED, Standing.UNKNOWN]
    unread = Facts(now=at(NOW), dags=facts.dags)
    assert [each.standing for each in own.statuses(unread, "info")] == [Standing.BREACHED, Standing.UNKNOWN]
    assert own.statuses(_facts(), "info") == ()


def test_of_many_dags_those_that_are_late_longest_and_due_next_are_shown() -> None:
    late = [_promise("06:00", missed=True, dag_id=f"late_{number}") for number in range(150)]
    due = [
        _promise(f"{8 + number // 60:02}:{number % 60:02}", dag_id=f"due_{number}") for number in range(90)
    ]
    found = Own().statuses(_facts(*reversed(due), *late), "info")
    assert len(found) == 200
    assert {each.dag_id for each in found[150:]} == {f"due_{number}" for number in range(50)}


def test_off_shows_none() -> None:
    assert Own().statuses(_facts(_promise("08:00")), "off") == ()
