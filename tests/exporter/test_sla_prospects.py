"""What can be seen to be impossible in a DAG's due times. 2026-03-02 is a Monday."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.exporter.sla_world import World, at, dag, slas
from windsock.facts import Dag, Run
from windsock.sla import Problem, Standing
from windsock.sla.prospects import unreachable

NOW = at("2026-03-03 12:00")


def _due(*dues: datetime, next_due: datetime | None, usual: float | None = 600.0) -> Dag:
    runs = tuple(
        Run(run_id=str(due), run_type="scheduled", state="success", due=due, start=due, end=due)
        for due in sorted(dues, reverse=True)
    )
    return dag(next_due=next_due, runs=runs, usual=usual)


def _daily(
    days: int = 14, *, at_: str = "02:00", weekdays: frozenset[int] = frozenset(range(7)), usual: float = 600
) -> Dag:
    """Due every day on which it works, up to NOW, and the next time."""
    first = at(f"2026-02-10 {at_}")
    every = [first + timedelta(days=day) for day in range(days + 20)]
    dues = [due for due in every if due.weekday() in weekdays]
    return _due(
        *[due for due in dues if due <= NOW], next_due=min(due for due in dues if due > NOW), usual=usual
    )


def _why(text: str, found: Dag) -> str | None:
    return unreachable(slas(f"slas: [{{dag: finance_daily, {text}}}]").entries[0], found, NOW)


WORKDAYS = frozenset(range(5))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("max_age: 26h", _daily(), id="age with room"),
        pytest.param("max_age: 74h", _daily(weekdays=WORKDAYS), id="age over the weekend"),
        pytest.param("finish_by: '06:30'", _daily(), id="time with room"),
        pytest.param("finish_by: '06:30', days: [mon, wed]", _daily(), id="days with a run"),
        pytest.param("finish_by: '01:30'", _daily(), id="deadline of the next day"),
        pytest.param("max_run_time: 45m", _daily(), id="short runs"),
        pytest.param("max_age: 1h", dag(scheduled=False), id="no schedule"),
        pytest.param("max_start_delay: 1m", _daily(), id="start delay"),
        pytest.param("max_age: 26h", _due(next_due=at("2026-03-04 02:00")), id="no run yet"),
    ],
)
def test_promise_that_fits_the_schedule_is_no_problem(text: str, found: Dag) -> None:
    assert _why(text, found) is None


@pytest.mark.parametrize(
    ("text", "found", "why"),
    [
        pytest.param(
            "max_age: 6h",
            _daily(),
            "between its due times Tue 2026-03-03 02:00 UTC and Wed 2026-03-04 02:00 UTC lie 24h",
            id="younger than a period",
        ),
        pytest.param(
            "max_age: 26h",
            _daily(weekdays=WORKDAYS),
            "between its due times Fri 2026-02-27 02:00 UTC and Mon 2026-03-02 02:00 UTC lie 72h",
            id="weekend on a Tuesday",
        ),
        pytest.param(
            "finish_by: '02:05'",
            _daily(),
            "the run due Wed 2026-03-04 02:00 UTC usually takes 10m and so ends after Wed",
            id="not enough time",
        ),
        pytest.param(
            "finish_by: '06:30', days: [mon, fri, sat]",
            _daily(weekdays=WORKDAYS),
            "no run is due for the deadline of Sat 2026-02-28 06:30 UTC",
            id="day without a run",
        ),
        pytest.param(
            "max_run_time: 5m", _daily(), "its runs usually take 10m, longer than 5m", id="usual is longer"
        ),
    ],
)
def test_promise_that_cannot_be_kept_says_why(text: str, found: Dag, why: str) -> None:
    assert (_why(text, found) or "").startswith(why)


def test_a_single_gap_in_the_past_may_be_a_pause_and_is_no_problem() -> None:
    dues = [at(f"2026-{day} 02:00") for day in ("02-10", "02-11", "02-12", "03-01", "03-02", "03-03")]
    found = _due(*dues, next_due=at("2026-03-04 02:00"))
    assert _why("max_age: 26h", found) is None
    assert _why("finish_by: '06:30', days: [mon, tue, wed, thu, fri, sat, sun]", found) is None


def test_engine_shows_it_and_judges_the_sla_all_the_same() -> None:
    status = World("slas: [{dag: finance_daily, max_age: 6h}]").one(NOW, _daily())
    assert (status.standing, status.problem) == (Standing.BREACHED, Problem.CANNOT_BE_MET)


def test_paused_dag_that_is_named_is_a_problem_and_one_of_a_pattern_is_not() -> None:
    text = "slas: [{dag: finance_daily, max_age: 26h}, {dag: '*', max_start_delay: 1h}]"
    named, by_pattern = World(text).see("2026-03-01 12:00", dag(paused=True))
    assert (named.problem, named.warning) == (Problem.PAUSED, "the DAG is paused")
    assert by_pattern.problem is None
