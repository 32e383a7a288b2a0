"""The engine around the two kinds: stale facts, restarts, DAGs that are missing, teams, series."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.exporter.sla_world import World, at, by_key, dag, run
from windsock.facts import Facts
from windsock.sla import Cause, Engine, Problem, Register, Slas, Standing, samples
from windsock.state import State

DAILY = 'slas: [{dag: finance_daily, finish_by: "06:30"}]'
SUNDAY_DONE = run("2026-03-01 02:00", end="2026-03-01 03:00")
GOOD = dag(next_due=at("2026-03-02 02:00"), runs=(SUNDAY_DONE,))
FAILED = dag(
    next_due=at("2026-03-03 02:00"), runs=(run("2026-03-02 02:00", state="failed", end="2026-03-02 03:00"),)
)
DONE = dag(next_due=at("2026-03-03 02:00"), runs=(run("2026-03-02 02:00", end="2026-03-02 07:30"),))


def _breached(folder: Path | None = None) -> World:
    world = World(DAILY, folder)
    world.one("2026-03-01 12:00", GOOD)
    assert world.one("2026-03-02 06:40", FAILED).standing is Standing.BREACHED
    return world


def test_with_stale_facts_a_breached_sla_stays_breached_and_late_grows() -> None:
    (status,) = _breached().blind("2026-03-02 07:30")
    assert (status.standing, status.late, status.cause) == (Standing.BREACHED, 3600, Cause.FAILED)
    assert status.deadline == at("2026-03-02 06:30")


def test_with_stale_facts_an_sla_not_yet_breached_is_unknown_even_past_its_deadline() -> None:
    world = World(DAILY)
    world.one("2026-03-01 12:00", GOOD)
    for now in ("2026-03-02 06:00", "2026-03-02 09:00"):
        (status,) = world.blind(now)
        assert (status.standing, status.deadline, status.cause) == (Standing.UNKNOWN, None, None)


def test_fresh_facts_decide_what_was_unknown() -> None:
    for outcome, standing in ((DONE, Standing.OK), (FAILED, Standing.BREACHED)):
        world = World(DAILY)
        world.one("2026-03-01 12:00", GOOD)
        world.blind("2026-03-02 06:31")
        assert world.one("2026-03-02 09:00", outcome).standing is standing


def test_success_during_the_outage_but_before_the_deadline_was_no_breach() -> None:
    world = World(DAILY)
    world.one("2026-03-01 12:00", GOOD)
    world.blind("2026-03-02 07:00")
    done = run("2026-03-02 02:00", end="2026-03-02 06:29")
    assert world.one("2026-03-02 08:00", dag(runs=(done,))).standing is Standing.OK


def test_lateness_without_facts_goes_on_by_the_databases_clock() -> None:
    world = _breached()
    ahead = Facts(now=at("2026-03-02 06:45"), dags={"finance_daily": FAILED})
    world.engine.evaluate(ahead, at("2026-03-02 06:40"))
    (status,) = world.blind("2026-03-02 06:41")
    assert status.late == 16 * 60


def test_restart_keeps_a_breach(tmp_path: Path) -> None:
    _breached(tmp_path)
    again = World(DAILY, tmp_path)
    status = again.one("2026-03-02 07:30", FAILED)
    assert (status.standing, status.late) == (Standing.BREACHED, 3600)


def test_restart_while_the_database_is_down_keeps_a_breach(tmp_path: Path) -> None:
    _breached(tmp_path)
    (status,) = World(DAILY, tmp_path).blind("2026-03-02 07:30")
    assert (status.standing, status.late, status.cause) == (Standing.BREACHED, 3600, Cause.FAILED)


def test_breach_ends_after_a_restart_with_a_success(tmp_path: Path) -> None:
    _breached(tmp_path)
    assert World(DAILY, tmp_path).one("2026-03-02 07:31", DONE).standing is Standing.OK


def test_restart_over_the_deadline_finds_the_miss(tmp_path: Path) -> None:
    World(DAILY, tmp_path).one("2026-03-01 12:00", GOOD)
    assert World(DAILY, tmp_path).one("2026-03-02 07:00", FAILED).standing is Standing.BREACHED


def test_breach_ends_with_the_removal_of_the_sla(tmp_path: Path) -> None:
    world = _breached(tmp_path)
    world.restart("slas: []")
    assert world.see("2026-03-02 07:00", FAILED) == ()
    world.restart(DAILY)
    assert world.one("2026-03-02 07:10", FAILED).standing is Standing.OK


def test_state_is_keyed_by_sla_and_dag_never_by_position(tmp_path: Path) -> None:
    world = _breached(tmp_path)
    world.restart("slas: [{dag: other, max_age: 1d}, {dag: finance_daily, finish_by: '06:30'}]")
    found = by_key(world.see("2026-03-02 07:00", FAILED, dag("other")))
    assert found["finish_by", "finance_daily"].standing is Standing.BREACHED
    assert found["max_age", "other"].standing is Standing.OK


def test_same_name_of_another_kind_is_another_sla() -> None:
    world = World('slas: [{dag: finance_daily, name: data, finish_by: "06:30"}]')
    world.one("2026-03-01 12:00", GOOD)
    assert world.one("2026-03-02 06:40", FAILED).standing is Standing.BREACHED
    world.restart("slas: [{dag: finance_daily, name: data, max_age: 26h}]")
    assert world.one("2026-03-02 06:41", FAILED).standing is Standing.OK


def test_unusable_memory_of_one_sla_is_dropped_and_said(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.put(
        "sla", {"finish_by": {"finance_daily": {"kind": "finish_by", "first_seen": "yesterday"}}, "odd": 3}
    )
    with capture_logs() as logs:
        world = World(DAILY, tmp_path)
    assert [line["log_level"] for line in logs] == ["warning"]
    assert world.one("2026-03-01 12:00", GOOD).standing is Standing.OK


def test_dag_that_does_not_exist_yet_is_a_warning_and_the_rest_works() -> None:
    world = World(
        "slas: [{dag: nosuch, max_age: 1d}, {dag: 'x_*', max_age: 1d}, {dag: finance_daily, max_age: 2d}]"
    )
    with capture_logs() as logs:
        statuses = by_key(world.see("2026-03-01 12:00", GOOD))
        world.see("2026-03-01 12:01", GOOD)
    assert statuses["max_age", "finance_daily"].standing is Standing.OK
    assert [key for key, status in statuses.items() if status.missing] == [
        ("max_age", "nosuch"),
        ("max_age", "x_*"),
    ]
    assert len(logs) == 2
    assert "slas.yaml:1" in logs[0]["why"]
    names = [(metric.name, labels) for metric, labels, _ in samples(tuple(statuses.values()))]
    assert ("airflow_sla_dag_missing", ("max_age", "nosuch")) in names
    assert ("airflow_sla_dag_missing", ("max_age", "x_*")) in names
    assert not [name for name, labels in names if labels[1] == "nosuch" and name != "airflow_sla_dag_missing"]


def test_sla_of_a_dag_that_appears_later_counts_from_then_on() -> None:
    world = World("slas: [{dag: finance_daily, max_age: 26h}]")
    world.see("2026-02-20 12:00")
    status = world.one("2026-03-01 12:00", dag())
    assert (status.missing, status.deadline) == (False, at("2026-03-02 14:00"))


def test_dag_that_vanishes_still_misses_its_deadline() -> None:
    world = World(DAILY)
    world.one("2026-03-01 12:00", GOOD)
    status = world.one("2026-03-02 06:00")
    assert (status.standing, status.missing) == (Standing.UNKNOWN, True)
    status = world.one("2026-03-02 06:31")
    assert (status.standing, status.cause, status.missing) == (Standing.BREACHED, Cause.DAG_MISSING, True)


def test_breach_of_a_dag_that_vanishes_and_returns_goes_on() -> None:
    world = _breached()
    assert world.one("2026-03-02 06:41").standing is Standing.BREACHED
    assert world.one("2026-03-02 06:42", FAILED).standing is Standing.BREACHED


def test_dag_of_a_glob_that_stays_away_for_a_day_takes_its_sla_along() -> None:
    world = World('slas: [{dag: "finance_*", finish_by: "06:30"}]')
    world.one("2026-03-01 12:00", GOOD)
    world.one("2026-03-02 06:40", FAILED)
    other = dag("finance_other", next_due=at("2026-03-03 05:00"))
    assert (
        by_key(world.see("2026-03-02 06:41", other))["finish_by", "finance_daily"].standing
        is Standing.BREACHED
    )
    assert ("finish_by", "finance_daily") not in by_key(world.see("2026-03-03 06:41", other))


def test_glob_covers_dags_that_come_later() -> None:
    world = World("slas: [{dag: 'finance_*', max_age: 26h}]")
    world.see("2026-03-01 12:00", GOOD)
    found = by_key(world.see("2026-03-01 13:00", GOOD, dag("finance_new"), dag("sales")))
    assert set(found) == {("max_age", "finance_daily"), ("max_age", "finance_new")}
    assert found["max_age", "finance_new"].deadline == at("2026-03-02 15:00")


def test_where_two_globs_overlap_the_first_entry_wins_and_it_is_said_once() -> None:
    world = World("slas: [{dag: 'finance_*', max_age: 26h}, {dag: '*_daily', max_age: 1h, severity: info}]")
    with capture_logs() as logs:
        status = world.one("2026-03-01 12:00", GOOD)
        world.one("2026-03-01 12:01", GOOD)
    assert (status.severity, status.deadline_text) == ("page", "26h after last success")
    assert (status.problem, status.warning) == (
        Problem.OVERLAP,
        "slas.yaml:1 would give the DAG the same SLA; this one comes first and counts",
    )
    assert len(logs) == 1


def test_own_team_wins_over_the_dags() -> None:
    text = "slas: [{dag: a, max_age: 1d, team: billing}, {dag: b, max_age: 1d}]"
    found = by_key(World(text).see("2026-03-01 12:00", dag("a", team="finance"), dag("b", team="finance")))
    assert found["max_age", "a"].team == "billing"
    assert found["max_age", "b"].team == "finance"


def test_team_is_remembered_while_facts_are_stale(tmp_path: Path) -> None:
    World(DAILY, tmp_path).one("2026-03-01 12:00", dag(team="finance"))
    (status,) = World(DAILY, tmp_path).blind("2026-03-01 13:00")
    assert status.team == "finance"


def test_cause_may_change_while_the_breach_goes_on() -> None:
    world = _breached()
    running = dag(next_due=at("2026-03-03 02:00"), runs=(run("2026-03-02 02:00", state="running"),))
    status = world.one("2026-03-02 06:45", running)
    assert (status.standing, status.cause) == (Standing.BREACHED, Cause.UNKNOWN)
    assert status.deadline == at("2026-03-02 06:30")


def test_without_entries_there_is_nothing() -> None:
    engine = Engine(Register(Slas()), State(None))
    assert engine.evaluate(None, at("2026-03-01 12:00")) == ()
    assert (
        engine.evaluate(Facts(now=at("2026-03-01 12:00"), dags={"a": dag("a")}), at("2026-03-01 12:00")) == ()
    )


@pytest.mark.parametrize(
    "text", [DAILY, "slas: [{dag: finance_daily, max_age: 26h}]"], ids=["finish_by", "max_age"]
)
def test_clock_that_is_set_back_breaks_nothing(text: str) -> None:
    world = World(text)
    world.one("2026-03-02 12:00", FAILED)
    status = world.one(at("2026-03-02 12:00") - timedelta(days=1), FAILED)
    assert status.standing is Standing.OK
