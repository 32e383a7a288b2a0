"""Local times as instants, through gaps and repeated hours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exporter.sla_world import at
from windsock.sla.clock import Clock


def _clock(text: str, zone: str, weekdays: frozenset[int] = frozenset(range(7))) -> Clock:
    return Clock(time.fromisoformat(text), ZoneInfo(zone), weekdays)


@pytest.mark.parametrize(
    ("text", "zone", "day", "instant"),
    [
        pytest.param("06:30", "Europe/Berlin", "2026-01-05", "2026-01-05 05:30", id="winter"),
        pytest.param("06:30", "Europe/Berlin", "2026-07-05", "2026-07-05 04:30", id="summer"),
        pytest.param(
            "02:30", "Europe/Berlin", "2026-03-29", "2026-03-29 01:00", id="gap: first valid instant"
        ),
        pytest.param("02:00", "Europe/Berlin", "2026-03-29", "2026-03-29 01:00", id="start of the gap"),
        pytest.param("03:00", "Europe/Berlin", "2026-03-29", "2026-03-29 01:00", id="end of the gap"),
        pytest.param(
            "02:30", "Europe/Berlin", "2026-10-25", "2026-10-25 00:30", id="repeated hour: the first"
        ),
        pytest.param(
            "02:15", "Australia/Lord_Howe", "2026-10-04", "2026-10-03 15:30", id="gap of half an hour"
        ),
        pytest.param("00:30", "America/Santiago", "2026-09-06", "2026-09-06 04:00", id="gap at midnight"),
        pytest.param("06:30", "Pacific/Apia", "2011-12-30", "2011-12-30 10:00", id="a day that was skipped"),
    ],
)
def test_instant(text: str, zone: str, day: str, instant: str) -> None:
    assert _clock(text, zone).instant(date.fromisoformat(day)) == at(instant)


def test_next_and_previous_on_some_days_only() -> None:
    clock = _clock("06:30", "UTC", frozenset({0, 4}))
    assert clock.after(at("2026-03-02 06:30")) == at("2026-03-06 06:30")
    assert clock.at_or_after(at("2026-03-02 06:30")) == at("2026-03-02 06:30")
    assert clock.before(at("2026-03-02 06:30")) == at("2026-02-27 06:30")


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"]


@given(
    minute=st.integers(0, 1439),
    zone=st.sampled_from(ZONES),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    moment=st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)),  # noqa: DTZ001 (made aware below)
)
@settings(max_examples=300, deadline=None)
def test_neighbours_of_a_moment_are_in_order_with_nothing_between(
    minute: int, zone: str, weekdays: frozenset[int], moment: datetime
) -> None:
    clock = Clock(time(minute // 60, minute % 60), ZoneInfo(zone), weekdays)
    now = moment.replace(tzinfo=timezone.utc)
    before, after = clock.before(now), clock.after(now)
    assert before < now < after
    assert after - before <= timedelta(days=9)
    assert clock.at_or_after(before) == before
    assert clock.after(before) in {now, after}
    assert clock.before(after) in {now, before}
