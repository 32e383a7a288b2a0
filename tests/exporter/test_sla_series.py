"""The series of SLAs: which there are while it is kept, broken, unknown, and when it is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.exporter.sla_world import World, at, dag, run
from windsock.cardinality import Cardinality
from windsock.figures import Figures
from windsock.sla import Cause, Standing, Status, samples
from windsock.sla.evidence import Evidence
from windsock.sla.series import due_soon, evidence

DAILY = 'slas: [{dag: finance_daily, finish_by: "06:30"}]'
KEY = ("finish_by", "finance_daily")
WHO = ("default", "page", "ticket", "", "")
INFO = ("airflow_sla_info", *KEY, "finish_by", *WHO, "06:30 UTC")
GOOD = dag(
    next_due=at("2026-03-02 02:00"), runs=(run("2026-03-01 02:00", end="2026-03-01 03:00"),), tags=("a", "b")
)
FAILED = dag(
    next_due=at("2026-03-03 02:00"), runs=(run("2026-03-02 02:00", state="failed", end="2026-03-02 02:40"),)
)
SERIES = tuple[str, ...]


def series(world: World, now: str, *dags: object) -> dict[SERIES, float]:
    statuses = world.see(now, *dags) if dags else world.blind(now)  # type: ignore[arg-type]
    return {(metric.name, *labels): value for metric, labels, value in samples(statuses)}


def counts(met: int, missed: int, recent: int, recent_met: int, budget: float) -> dict[SERIES, float]:
    return {
        ("airflow_sla_met_total", *KEY): met,
        ("airflow_sla_missed_total", *KEY): missed,
        ("airflow_sla_recent_deadlines", *KEY): recent,
        ("airflow_sla_recent_deadlines_met", *KEY): recent_met,
        ("airflow_sla_error_budget_percent", *KEY): budget,
    }


def breached() -> World:
    world = World(DAILY)
    world.one("2026-03-01 12:00", GOOD)
    world.one("2026-03-02 06:45", FAILED)
    return world


def test_series_of_a_kept_sla() -> None:
    assert series(World(DAILY), "2026-03-01 12:00", GOOD) == {
        INFO: 1,
        **counts(0, 0, 0, 0, 100),
        ("airflow_sla_state", *KEY, "ok"): 1,
        ("airflow_sla_deadline_timestamp_seconds", *KEY): at("2026-03-02 06:30").timestamp(),
        ("airflow_sla_late_seconds", *KEY): 0,
        ("airflow_sla_breached", *KEY): 0,
        ("airflow_sla_at_risk", *KEY): 0,
    }


BREACHED = {
    INFO: 1,
    **counts(0, 1, 1, 0, 66.667),
    ("airflow_sla_state", *KEY, "breached"): 1,
    ("airflow_sla_deadline_timestamp_seconds", *KEY): at("2026-03-02 06:30").timestamp(),
    ("airflow_sla_late_seconds", *KEY): 1200,
    ("airflow_sla_breached", *KEY): 1,
    ("airflow_sla_at_risk", *KEY): 0,
    ("airflow_sla_cause", *KEY, "failed"): 1,
}


def test_series_of_a_breached_sla() -> None:
    assert series(breached(), "2026-03-02 06:50", FAILED) == BREACHED


@pytest.mark.parametrize("dags", [(), (dag("another"),)], ids=["no facts", "the dag is gone"])
def test_nothing_disappears_while_breached(dags: tuple[object, ...]) -> None:
    found = series(breached(), "2026-03-02 06:50", *dags)
    assert {name for name, *_ in found} >= {name for name, *_ in BREACHED}


def test_series_of_an_unknown_sla_are_its_info_state_and_counts() -> None:
    world = World(DAILY)
    world.one("2026-03-01 12:00", GOOD)
    unknown = ("airflow_sla_state", *KEY, "unknown")
    assert series(world, "2026-03-02 06:50") == {INFO: 1, unknown: 1, **counts(0, 0, 0, 0, 100)}


def test_nothing_stays_after_the_sla_is_removed() -> None:
    world = breached()
    world.restart("slas: [{dag: another, max_age: 1d}]")
    found = series(world, "2026-03-02 06:50", FAILED, dag("another"))
    assert not [labels for labels in found if "finance_daily" in labels]


@pytest.mark.parametrize(
    ("change", "count"),
    [
        pytest.param({}, 1, id="ahead"),
        pytest.param({"standing": Standing.AT_RISK}, 1, id="at risk"),
        pytest.param({"deadline": at("2026-03-02 09:00")}, 1, id="three hours"),
        pytest.param({"deadline": at("2026-03-02 09:01")}, 0, id="later"),
        pytest.param({"deadline": at("2026-03-02 05:59")}, 0, id="past"),
        pytest.param({"deadline": None}, 0, id="none in sight"),
        pytest.param({"met": True}, 0, id="met already"),
        pytest.param({"standing": Standing.BREACHED}, 0, id="breached"),
        pytest.param({"standing": Standing.UNKNOWN}, 0, id="unknown"),
    ],
)
def test_due_soon_is_what_is_open_within_three_hours(change: dict[str, object], count: int) -> None:
    status = replace(STATUS, **change)  # type: ignore[arg-type]
    ((_, labels, value),) = due_soon([status], at("2026-03-02 06:00"))
    assert (labels, value) == (("finance",), count)


STATUS = Status(
    sla="finish_by",
    dag_id="finance_daily",
    kind="finish_by",
    team="finance",
    severity="page",
    deadline_text="06:30 UTC",
    standing=Standing.OK,
    deadline=at("2026-03-02 06:30"),
)
LATE = replace(
    STATUS,
    standing=Standing.BREACHED,
    cause=Cause.POOL_FULL,
    evidence=Evidence(run_id="r", task_id="t", pool="p", queue="q"),
)


def test_evidence_is_of_those_that_are_not_ok() -> None:
    risky = replace(LATE, dag_id="risky", standing=Standing.AT_RISK, evidence=Evidence())
    others = (STATUS, replace(STATUS, dag_id="x", standing=Standing.UNKNOWN))
    assert [labels for _, labels, _ in evidence((*others, risky, LATE))] == [
        (*KEY, "pool_full", "r", "t", "p", "q"),
        ("finish_by", "risky", "pool_full", "", "", "", ""),
    ]


def test_of_too_many_the_most_urgent_are_shown_and_the_others_counted() -> None:
    late = [
        replace(LATE, dag_id=f"late_{number}", deadline=at("2026-03-02 06:30") + timedelta(hours=number))
        for number in range(3)
    ]
    ticket = replace(LATE, dag_id="ticket", severity="ticket", deadline=at("2026-03-01 06:30"))
    risky = replace(LATE, dag_id="risky", standing=Standing.AT_RISK)
    found = list(evidence([risky, ticket, *late], most=2))
    assert [labels[1] for _, labels, _ in found] == ["late_0", "late_1", "cap"]
    assert (found[-1][0].name, found[-1][1], found[-1][2]) == (
        "windsock_series_dropped",
        ("airflow_sla_evidence_info", "cap"),
        3,
    )


def test_ids_of_dags_runs_and_tasks_are_escaped() -> None:
    odd = replace(LATE, dag_id='a"b', evidence=Evidence(run_id="x\\y", task_id="l1\nl2"))
    figures = Figures(Cardinality())
    figures.extend(evidence([odd]))
    line = figures.render().decode().splitlines()[2]
    assert 'dag_id="a\\"b"' in line
    assert 'run_id="x\\\\y"' in line
    assert 'task_id="l1\\nl2"' in line
