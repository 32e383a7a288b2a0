"""Counts of deadlines: each once, whatever is cleared, restarted or seen late; and the error budget."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exporter.sla_world import World, at, dag, minutes, run, runs
from windsock.facts import Dag, Run
from windsock.sla import Status
from windsock.sla.tally import Tally


def counts(status: Status) -> tuple[int, int]:
    assert status.tally is not None
    return status.tally.met, status.tally.missed


def test_a_finish_by_deadline_counts_when_it_has_passed() -> None:
    world = World('slas: [{dag: finance_daily, finish_by: "06:30"}]')
    done = run("2026-03-01 02:00", end="2026-03-01 03:00")
    seen = dag(next_due=at("2026-03-02 02:00"), runs=(done,))
    assert counts(world.one("2026-03-01 00:30", dag(next_due=at("2026-03-01 02:00")))) == (0, 0)
    assert counts(world.one("2026-03-01 06:00", seen)) == (0, 0)
    assert counts(world.one("2026-03-01 06:31", seen)) == (1, 0)
    assert counts(world.one("2026-03-01 06:32", seen)) == (1, 0)
    assert counts(world.one("2026-03-02 06:31", seen)) == (1, 1)
    assert counts(world.one("2026-03-02 06:45", seen)) == (1, 1)


def test_outcomes_say_when_it_was_done() -> None:
    world = World('slas: [{dag: finance_daily, finish_by: "06:30"}]')
    world.one("2026-03-01 00:30", dag(next_due=at("2026-03-01 02:00")))
    done = run("2026-03-01 02:00", end="2026-03-01 03:00")
    world.one("2026-03-01 06:31", dag(next_due=at("2026-03-02 02:00"), runs=(done,)))
    ((key, outcome),) = world.engine.decided
    assert key == ("finish_by", "finance_daily")
    assert (outcome.deadline, outcome.met, outcome.finish) == (at("2026-03-01 06:30"), True, done.end)
    world.one("2026-03-01 06:32", dag(next_due=at("2026-03-02 02:00"), runs=(done,)))
    assert world.engine.decided == []


def test_a_miss_that_was_made_up_for_while_nobody_looked_counts_as_a_miss() -> None:
    world = World('slas: [{dag: finance_daily, finish_by: "06:30"}]')
    world.one("2026-03-01 00:30", dag(next_due=at("2026-03-01 02:00")))
    late = run("2026-03-01 02:00", end="2026-03-01 08:00")
    assert counts(world.one("2026-03-01 09:00", dag(next_due=at("2026-03-02 02:00"), runs=(late,)))) == (0, 1)
    assert world.engine.decided[0][1].finish == late.end


def test_each_success_counts_for_a_max_age() -> None:
    world = World("slas: [{dag: finance_daily, max_age: 2h}]")
    first = run("2026-03-01 00:00", end="2026-03-01 00:10")
    second = run("2026-03-01 01:00", end="2026-03-01 01:10")
    third = run("2026-03-01 02:00", end="2026-03-01 02:10")
    late = run("2026-03-01 03:00", end="2026-03-01 05:00")
    assert counts(world.one("2026-03-01 00:30", dag(runs=(first,)))) == (0, 0)
    assert counts(world.one("2026-03-01 02:30", dag(runs=runs(first, second, third)))) == (2, 0)
    assert counts(world.one("2026-03-01 04:30", dag(runs=runs(first, second, third)))) == (2, 1)
    assert counts(world.one("2026-03-01 05:30", dag(runs=runs(first, second, third, late)))) == (2, 1)
    cleared = run("2026-03-01 03:00", end="2026-03-01 06:00")
    assert counts(world.one("2026-03-01 06:30", dag(runs=runs(third, cleared)))) == (2, 1)


def test_an_age_that_grew_too_high_while_nobody_looked_counts_as_a_miss() -> None:
    world = World("slas: [{dag: finance_daily, max_age: 2h}]")
    first = run("2026-03-01 00:00", end="2026-03-01 00:10")
    late = run("2026-03-01 01:00", end="2026-03-01 03:00")
    world.one("2026-03-01 00:30", dag(runs=(first,)))
    assert counts(world.one("2026-03-01 03:30", dag(runs=runs(first, late)))) == (0, 1)


def test_each_run_counts_once_for_a_max_run_time() -> None:
    world = World("slas: [{dag: finance_daily, max_run_time: 30m}]")
    before = run("2026-03-01 00:00", end="2026-03-01 00:10")
    short = run("2026-03-01 01:00", end="2026-03-01 01:10")
    going = run("2026-03-01 02:00", state="running")
    long = run("2026-03-01 02:00", end="2026-03-01 03:00")
    unseen = run("2026-03-01 04:00", state="failed", end="2026-03-01 05:00")
    assert counts(world.one("2026-03-01 00:30", dag(runs=(before,)))) == (0, 0)
    assert counts(world.one("2026-03-01 01:30", dag(runs=runs(before, short)))) == (1, 0)
    assert counts(world.one("2026-03-01 02:45", dag(runs=runs(before, short, going)))) == (1, 1)
    assert counts(world.one("2026-03-01 03:30", dag(runs=runs(short, long)))) == (1, 1)
    again = run("2026-03-01 01:00", state="running")
    assert counts(world.one("2026-03-01 03:40", dag(runs=runs(again, long)))) == (1, 1)
    assert counts(world.one("2026-03-01 05:30", dag(runs=runs(short, long, unseen)))) == (1, 2)


def test_each_run_counts_once_for_a_max_start_delay() -> None:
    world = World("slas: [{dag: finance_daily, max_start_delay: 10m}]")
    punctual = run("2026-03-01 01:00", end="2026-03-01 01:10")
    waiting = dag(next_due=at("2026-03-01 02:00"), runs=(punctual,))
    world.one("2026-03-01 00:30", dag(next_due=at("2026-03-01 01:00")))
    assert counts(world.one("2026-03-01 01:11", waiting)) == (1, 0)
    assert counts(world.one("2026-03-01 02:11", waiting)) == (1, 1)
    assert counts(world.one("2026-03-01 02:12", waiting)) == (1, 1)


def test_a_success_ratio_counts_breaches_and_looks_at_runs() -> None:
    world = World('slas: [{dag: finance_daily, success_ratio: "50% of 4"}]')
    states = ("success", "failed", "failed", "failed")
    made = [
        run(f"2026-03-01 0{hour}:00", state=state, end=f"2026-03-01 0{hour}:10")
        for hour, state in enumerate(states)
    ]
    two = world.one("2026-03-01 02:30", dag(runs=runs(*made[:3]))).tally
    assert two == Tally(met=0, missed=0, recent=3, recent_met=1, budget=0.0)
    three = world.one("2026-03-01 03:30", dag(runs=runs(*made))).tally
    assert three == Tally(met=0, missed=1, recent=4, recent_met=1, budget=-50.0)
    assert world.one("2026-03-01 03:31", dag(runs=runs(*made))).tally == three


@pytest.mark.parametrize(
    ("objective", "misses", "budget"),
    [
        pytest.param(None, 0, 100.0, id="untouched"),
        pytest.param(None, 1, 100 * (1 - 1 / 3), id="three of thirty unless said"),
        pytest.param("80% of 5", 1, 0.0, id="used up"),
        pytest.param("80% of 5", 3, -200.0, id="overdrawn"),
        pytest.param("50% of 2", 9, -100.0, id="only the window counts"),
    ],
)
def test_error_budget_is_what_is_left_of_the_allowed_misses(
    objective: str | None, misses: int, budget: float
) -> None:
    said = f', objective: "{objective}"' if objective else ""
    world = World(f"slas: [{{dag: finance_daily, max_start_delay: 10m{said}}}]")
    status = world.one("2026-03-01 00:30", dag(next_due=at("2026-03-01 01:00")))
    for hour in range(1, misses + 1):
        due = at("2026-03-01 00:00") + timedelta(hours=hour)
        late = Run(
            run_id=str(hour),
            run_type="scheduled",
            state="running",
            due=due,
            start=due + minutes(30),
            end=None,
        )
        status = world.one(due + minutes(40), dag(runs=(late,)))
    assert status.tally is not None
    assert status.tally.budget == pytest.approx(budget)


def test_counts_survive_a_restart_and_an_outage(tmp_path: Path) -> None:
    text = "slas: [{dag: finance_daily, max_start_delay: 10m}]"
    world = World(text, tmp_path)
    world.one("2026-03-01 00:30", dag(next_due=at("2026-03-01 01:00")))
    world.one("2026-03-01 01:11", dag(next_due=at("2026-03-01 01:00")))
    again = World(text, tmp_path)
    (blind,) = again.blind("2026-03-01 01:12")
    assert counts(blind) == (0, 1)
    assert counts(again.one("2026-03-01 01:13", dag(next_due=at("2026-03-01 01:00")))) == (0, 1)


HOURS = 12
START = at("2026-03-01 00:00")


def _seen(ends: tuple[int, ...], now: datetime) -> Dag:
    """Hourly runs, each of so many minutes; more than fifty stand for a failure."""
    found = []
    for hour, length in enumerate(ends):
        due = START + timedelta(hours=hour)
        end = due + minutes(length)
        if due <= now:
            state = "running" if end > now else "failed" if length > 50 else "success"
            found.append(
                Run(
                    run_id=str(hour),
                    run_type="scheduled",
                    state=state,
                    due=due,
                    start=due + minutes(length % 7),
                    end=end if end <= now else None,
                )
            )
    later = [hour for hour in range(HOURS) if START + timedelta(hours=hour) > now]
    return dag(
        next_due=START + timedelta(hours=later[0]) if later else None,
        runs=tuple(reversed(found)),
        usual=600.0,
    )


@given(
    kind=st.sampled_from(("max_age: 90m", "max_run_time: 30m", "max_start_delay: 4m", 'finish_by: "06:30"')),
    ends=st.tuples(*[st.integers(8, 150) for _ in range(HOURS)]),
    times=st.lists(st.integers(1, HOURS * 60), min_size=1, max_size=30, unique=True).map(sorted),
    restarts=st.sets(st.integers(0, 29)),
)
@settings(max_examples=100, deadline=None)
def test_totals_never_fall_and_restarts_change_nothing(
    kind: str, ends: tuple[int, ...], times: list[int], restarts: set[int]
) -> None:
    text = f"slas: [{{dag: finance_daily, {kind}}}]"
    steady, shaky = World(text), World(text)
    before, decided = (0, 0), 0
    for index, minute in enumerate(times):
        now = START + minutes(minute)
        if index in restarts:
            shaky.restart()
        status = steady.one(now, _seen(ends, now))
        assert shaky.one(now, _seen(ends, now)) == status
        decided += len(steady.engine.decided)
        after = counts(status)
        assert after[0] >= before[0]
        assert after[1] >= before[1]
        assert sum(after) == decided
        before = after
    assert decided <= HOURS + 1
