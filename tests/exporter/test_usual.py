"""How many tasks usually run on a queue, one test per sentence of its meaning."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.metadb import at
from windsock.collect.tasks.usual import UsualRunning
from windsock.state import State

NOON = at("2026-01-10 12:00")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def _hour(usual: UsualRunning, begin: datetime, *counts: int, queue: str = "q", seen: int = 59) -> None:
    """Samples spread over the hour, and one of the next hour, with which it ends."""
    for number, count in enumerate(counts):
        minutes = seen * number / max(1, len(counts) - 1)
        usual.observe(begin + minutes * MINUTE, {queue: count} if count else {})
    usual.observe(begin.replace(minute=0) + HOUR, {})


def _days(*counts: int, state: State | None = None) -> UsualRunning:
    usual = UsualRunning(state or State(None))
    for number, count in enumerate(counts):
        _hour(usual, NOON + number * DAY, count, count)
    return usual


def test_usual_is_the_median_of_the_same_hour_of_the_days_before() -> None:
    assert _days(40, 2, 38).at(NOON + 3 * DAY) == {"q": 38}
    assert _days(40, 2, 38).at(NOON + 3 * DAY + 59 * MINUTE) == {"q": 38}
    assert _days(40, 2, 38).at(NOON + 3 * DAY + HOUR) == {}


def test_before_three_days_nothing_is_usual() -> None:
    assert _days(40, 40).at(NOON + 2 * DAY) == {}


def test_seven_days_are_kept() -> None:
    assert _days(*[1] * 4, *[9] * 4).at(NOON + 8 * DAY) == {"q": 9}


def test_an_hour_counts_with_its_mean() -> None:
    usual = UsualRunning(State(None))
    for number in range(3):
        _hour(usual, NOON + number * DAY, 0, 10, 20, 50)
    assert usual.at(NOON) == {"q": 20}


def test_an_hour_of_which_less_than_half_was_seen_does_not_count() -> None:
    usual = _days(5, 5)
    _hour(usual, NOON + 2 * DAY, 5, 5, seen=29)
    assert usual.at(NOON) == {}


def test_a_queue_that_stands_still_for_a_day_has_a_zero_of_that_day() -> None:
    assert _days(40, 40, 40, 0, 0, 0, 0).at(NOON) == {"q": 0}


def test_a_queue_that_was_idle_for_a_week_is_forgotten() -> None:
    assert _days(40, *[0] * 6).at(NOON) == {"q": 0}
    assert _days(40, *[0] * 7).at(NOON) == {}


def test_what_is_usual_outlives_the_process(tmp_path: Path) -> None:
    _days(40, 40, 40, state=State(tmp_path))
    assert UsualRunning(State(tmp_path)).at(NOON) == {"q": 40}


def test_no_more_than_a_hundred_queues_are_learnt() -> None:
    usual = UsualRunning(State(None))
    for number in range(3):
        for minutes in (0, 59):
            usual.observe(NOON + number * DAY + minutes * MINUTE, {f"q{each:03}": 1 for each in range(101)})
        usual.observe(NOON + number * DAY + HOUR, {})
    assert set(usual.at(NOON)) == {f"q{each:03}" for each in range(100)}


@pytest.mark.parametrize("section", [{"queues": {"q": {"noon": [1]}}}, {"queues": {"q": 3}}, {"queues": []}])
def test_what_somebody_edited_is_learnt_anew(section: dict[str, object]) -> None:
    state = State(None)
    state.put("usual_running", section)
    assert UsualRunning(state).at(NOON) == {}
