"""What a DAG keeps already."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock.sla.suggestion import LEAST_RUNS, Run, suggest

UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 1, 5, 2, 0, tzinfo=timezone.utc)
DAY = timedelta(days=1)


def daily(days: int, minutes: float = 30, *, every: timedelta = DAY) -> list[Run]:
    """Runs due at 02:00 UTC that take a little longer each day of the week."""
    return [
        Run(due, due + timedelta(minutes=minutes + day % 7), succeeded=True, scheduled=True)
        for day, due in ((day, FIRST + day * every) for day in range(days))
    ]


def test_a_daily_dag_is_done_by_the_time_of_its_longest_day() -> None:
    found = suggest(daily(30), UTC, FIRST + 30 * DAY)
    assert found is not None
    assert (found.kind, found.value) == ("finish_by", "02:40")
    assert found.evidence == "kept on 30 of 30 days since 2026-01-05, usually done 33 min after being due"


def test_one_miss_in_a_hundred_days_is_allowed_two_are_not() -> None:
    runs = daily(100)
    runs[50] = runs[50]._replace(end=runs[50].due + timedelta(hours=5))
    one = suggest(runs, UTC, FIRST + 100 * DAY)
    runs[60] = runs[60]._replace(end=runs[60].due + timedelta(hours=4))
    two = suggest(runs, UTC, FIRST + 100 * DAY)
    assert one is not None
    assert two is not None
    assert (one.value, two.value) == ("02:40", "06:00")


def test_a_day_that_failed_leaves_no_finish_by() -> None:
    runs = daily(30)
    runs[10] = runs[10]._replace(succeeded=False)
    found = suggest(runs, UTC, runs[-1].end)
    assert found is not None
    assert found.kind == "max_age"
    # 48 hours lay between two successes; of 29 days seven hours are one per cent.
    assert found.value == "42h"


def test_a_local_time_holds_on_both_sides_of_summer_time() -> None:
    runs = daily(100)
    found = suggest(runs, BERLIN, FIRST + 100 * DAY)
    assert found is not None
    # 02:36 UTC is 03:36 in winter and 04:36 in summer.
    assert found.value == "04:40"
    assert found.evidence.startswith("kept on 100 of 100 days")


def test_a_run_that_ends_after_midnight_is_due_by_then() -> None:
    late = [
        Run(run.due + timedelta(hours=21), run.end + timedelta(hours=22), run.succeeded, run.scheduled)
        for run in daily(30)
    ]
    found = suggest(late, UTC, FIRST + 31 * DAY)
    assert found is not None
    assert found.value == "00:40"


def test_a_dag_that_runs_each_hour_has_a_greatest_age() -> None:
    found = suggest(daily(90, 10, every=timedelta(hours=1)), UTC, FIRST + timedelta(hours=89, minutes=30))
    assert found is not None
    assert (found.kind, found.value) == ("max_age", "1h1m")
    assert "90 successes" in found.evidence


def test_a_dag_off_the_schedule_has_a_greatest_age() -> None:
    runs = [run._replace(scheduled=False) for run in daily(30)]
    found = suggest(runs, UTC, runs[-1].end)
    assert found is not None
    assert (found.kind, found.value) == ("max_age", "25h")


def test_the_age_counts_up_to_now() -> None:
    runs = daily(30)[:20]
    found = suggest([run._replace(scheduled=False) for run in runs], UTC, FIRST + 40 * DAY)
    assert found is not None
    assert int(found.value.removesuffix("h")) > 15 * 24


def test_rerunning_an_old_run_makes_nothing_fresh() -> None:
    runs = [run._replace(scheduled=False) for run in daily(30)]
    runs[20] = runs[20]._replace(succeeded=False)
    # An older one is cleared and done again in the gap.
    runs[3] = runs[3]._replace(end=runs[20].end)
    found = suggest(runs, UTC, runs[-1].end)
    assert found is not None
    # The old run's own place became a gap of two days as well.
    assert found.value == "48h"


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param(daily(LEAST_RUNS - 1), id="too few"),
        pytest.param([run._replace(succeeded=False) for run in daily(30)], id="no success"),
    ],
)
def test_where_nothing_can_be_promised_nothing_is(runs: list[Run]) -> None:
    assert suggest(runs, UTC, FIRST + 30 * DAY) is None


@given(
    st.lists(
        st.tuples(st.integers(0, 100_000), st.integers(0, 5_000), st.booleans(), st.booleans()),
        max_size=40,
    ),
    st.sampled_from([UTC, BERLIN, ZoneInfo("Pacific/Apia"), ZoneInfo("America/St_Johns")]),
)
def test_any_history_gives_a_promise_that_can_be_written_or_none(
    rows: list[tuple[int, int, bool, bool]], zone: ZoneInfo
) -> None:
    runs = [
        Run(
            FIRST + timedelta(minutes=due),
            FIRST + timedelta(minutes=due + length),
            succeeded=succeeded,
            scheduled=scheduled,
        )
        for due, length, succeeded, scheduled in rows
    ]
    found = suggest(runs, zone, FIRST + timedelta(minutes=110_000))
    if found is not None:
        assert found.value
        assert found.kind in {"finish_by", "max_age"}
