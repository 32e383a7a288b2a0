"""What is learned of the calendar, and what is not."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exporter.sla_history import DAY, FIRST, due
from windsock.sla import run_times
from windsock.sla.run_times import Pattern, learn, weekday

HOUR = 3600.0


def noisy(days: int, seed: int = 1, spread: float = 0.08) -> list[float]:
    rng = Random(seed)
    return [HOUR * math.exp(rng.gauss(0, spread)) for _ in range(days)]


def dues(days: int) -> list[float]:
    return [due(day) for day in range(days)]


def test_the_first_day_of_the_histories_is_a_monday() -> None:
    assert weekday(FIRST) == 0
    assert [weekday(FIRST + day * DAY) for day in range(7)] == list(range(7))


@pytest.mark.parametrize("seed", range(5))
def test_days_that_are_alike_have_no_pattern(seed: int) -> None:
    pattern = learn(dues(40), noisy(40, seed))
    assert abs(pattern.at(due(41)) - pattern.at(due(20))) < 0.12


def test_a_heavy_weekday_is_learned_and_named() -> None:
    times = [each * (2.0 if day % 7 == 4 else 1.0) for day, each in enumerate(noisy(42))]
    pattern = learn(dues(42), times)
    assert math.exp(pattern.weekdays[4]) == pytest.approx(2.0, rel=0.15)
    assert all(abs(pattern.weekdays[day]) < 0.08 for day in (0, 1, 2, 3, 5, 6))
    assert pattern.words(due(46))[0].startswith("Fridays take")
    assert pattern.slope == pattern.step == 0.0


def test_a_trend_is_learned_and_goes_on() -> None:
    times = [each * math.exp(0.01 * day) for day, each in enumerate(noisy(60, spread=0.04))]
    pattern = learn(dues(60), times)
    assert pattern.slope == pytest.approx(0.01, abs=0.003)
    assert pattern.words(due(60)) == [f"run time changes by {math.expm1(pattern.slope):+.1%} a day"]


def test_a_step_is_learned_with_its_day() -> None:
    times = [each * (1.5 if day >= 25 else 1.0) for day, each in enumerate(noisy(40))]
    pattern = learn(dues(40), times)
    assert math.exp(pattern.step) == pytest.approx(1.5, rel=0.1)
    assert pattern.step_at == pytest.approx(due(25), abs=2 * DAY)


def test_odd_days_change_nothing() -> None:
    times = noisy(40)
    before = learn(dues(40), times)
    for day in (5, 22, 33):
        times[day] *= 12
    after = learn(dues(40), times)
    assert after.at(due(41)) - after.at(due(20)) == pytest.approx(
        before.at(due(41)) - before.at(due(20)), abs=0.1
    )


def test_a_handful_of_runs_has_no_pattern() -> None:
    assert learn(dues(5), [1, 2, 4, 8, 16]) == Pattern()


@given(st.lists(st.floats(0, 1e7), min_size=0, max_size=40))
def test_any_run_times_give_a_pattern_of_finite_numbers(times: list[float]) -> None:
    pattern = learn(dues(len(times)), times)
    assert math.isfinite(pattern.at(due(len(times))))


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30))
def test_a_spread_is_never_nothing(values: list[float]) -> None:
    assert run_times.spread(values) > 0


@pytest.mark.parametrize("seed", range(8))
def test_steps_that_are_not_looked_at_could_not_have_been_the_best(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = Random(seed)
    seconds = [
        1000 * rng.lognormvariate(0, 0.05 * (1 + seed % 4)) * (1.3 if day > 20 + 5 * seed else 1)
        for day in range(60)
    ]
    found = learn(dues(60), seconds)
    monkeypatch.setattr(run_times, "_deviations", lambda values: [0.0] * (len(values) + 1))
    assert learn(dues(60), seconds) == found
