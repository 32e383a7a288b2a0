"""A collector's own pace: its budget, and its rest after timeouts."""

from __future__ import annotations

import pytest

from windsock.collect.pace import Limits, Pace


def _after(*seconds: float, interval: float = 15) -> Pace:
    pace = Pace(interval, Limits())
    for number, each in enumerate(seconds):
        pace.ran(number * interval, each)
    return pace


@pytest.mark.parametrize(
    ("runs", "interval"),
    [
        pytest.param((2.9, 2.9, 2.9), 15, id="within a fifth of the interval"),
        pytest.param((5, 1, 5, 1), 15, id="slow now and then"),
        pytest.param((5, 5), 30, id="slow twice in a row"),
        pytest.param((5, 5, 5, 5, 5), 30, id="within a fifth of the longer interval: no longer than that"),
        pytest.param((9, 9, 9, 9), 60, id="beyond that too"),
        pytest.param((5, 5, 1), 15, id="quick again"),
        pytest.param((9, 9, 9, 9, 1), 30, id="quick again: back by one step at a time"),
        pytest.param((5, 5, 5, 5, 4), 30, id="not quick enough for the interval of the tier"),
        pytest.param((1000,) * 40, 240, id="never longer than sixteen times"),
    ],
)
def test_the_interval_follows_what_the_runs_cost(runs: tuple[float, ...], interval: float) -> None:
    assert _after(*runs).interval == interval


def test_it_is_due_when_its_own_interval_has_passed_and_a_little_before() -> None:
    pace = _after(5, 5)
    assert [pace.due(now) for now in (16, 30, 37, 38, 45)] == [False, False, False, True, True]
    assert Pace(15, Limits()).due(0)


def test_after_three_timeouts_in_a_row_it_rests_for_longer_each_time_and_heals_with_one_good_run() -> None:
    pace = Pace(15, Limits())
    now = 0.0
    for _ in range(2):
        pace.timed_out(now, 5)
        assert not pace.resting
        now += 15
    rests = []
    for _ in range(6):
        pace.timed_out(now, 5)
        assert pace.resting
        ended = now + 5
        while not pace.due(now):
            now += 1
        rests.append(round((now - ended) / 60))
    assert rests == [5, 10, 20, 40, 60, 60]
    for _ in range(8):
        pace.ran(now, 0.1)
    assert (pace.resting, pace.interval) == (False, 15)
    pace.timed_out(now, 5)
    assert not pace.resting


def test_a_timeout_now_and_then_is_no_reason_to_rest() -> None:
    pace = Pace(60, Limits())
    for number in range(10):
        pace.timed_out(number * 120, 5)
        pace.timed_out(number * 120 + 30, 5)
        pace.ran(number * 120 + 60, 0.1)
        assert not pace.resting


def test_a_failure_that_costs_nothing_changes_nothing() -> None:
    pace = Pace(15, Limits())
    for number in range(20):
        pace.failed(number * 15)
        assert (pace.interval, pace.resting, pace.due(number * 15 + 15)) == (15, False, True)
