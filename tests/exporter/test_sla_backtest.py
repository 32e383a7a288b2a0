"""What a backtest says of histories made by hand: exactly these breaches, and no others."""

from __future__ import annotations

import pytest

from tests.exporter.backtest_world import but, case, daily, play, row, told
from windsock.cli.sla_backtest import replayed
from windsock.metadb.past_runs import PastRow

BY_0630 = "slas: [{dag: finance_daily, finish_by: '06:30'}]"
STEADY = daily("2026-03-01 04:00", 30)
MARCH = {"since": "2026-03-15", "until": "2026-03-30 12:00"}

BREACHES = [
    pytest.param(BY_0630, STEADY, [], id="kept every day"),
    pytest.param(
        BY_0630,
        but(STEADY, row("2026-03-20 04:00", 180)),
        ["finish_by: 20.06:30 20.06:30 20.07:00 running_long"],
        id="a run that took too long",
    ),
    pytest.param(
        "slas: [{dag: finance_daily, finish_by: '06:30', grace: 45m}]",
        but(STEADY, row("2026-03-20 04:00", 180), row("2026-03-22 04:00", 200)),
        ["finish_by: 22.06:30 22.07:15 22.07:20 running_long"],
        id="grace",
    ),
    pytest.param(
        BY_0630,
        but(STEADY, row("2026-03-20 04:00", 20, state="failed")),
        ["finish_by: 20.06:30 20.06:30 21.04:20 failed"],
        id="a failed run breaks it until the next day's success",
    ),
    pytest.param(
        BY_0630,
        but(STEADY, row("2026-03-20 04:00", 20, start="2026-03-20 09:00", created="2026-03-20 09:00")),
        ["finish_by: 20.06:30 20.06:30 20.09:20 not_scheduled"],
        id="a run that was created too late",
    ),
    pytest.param(
        BY_0630,
        but(STEADY, row("2026-03-29 04:00", None, state="running")),
        ["finish_by: 29.06:30 29.06:30 30.04:20 running_long"],
        id="a run that never ended",
    ),
    pytest.param(
        BY_0630.replace("}]", ", timezone: Europe/Berlin}]"),
        but(STEADY, row("2026-03-28 04:00", 100), row("2026-03-29 04:00", 100)),
        [
            "finish_by: 28.05:30 28.05:30 28.05:40 running_long",
            "finish_by: 29.04:30 29.04:30 29.05:40 running_long",
        ],
        id="an hour earlier after the change to summer time",
    ),
    pytest.param(
        "slas: [{dag: finance_daily, finish_by: '02:30', timezone: Europe/Berlin}]",
        but(daily("2026-03-01 00:10", 30, 15), row("2026-03-29 00:10", 49), row("2026-03-28 00:10", 81)),
        ["finish_by: 28.01:30 28.01:30 28.01:31 running_long"],
        id="in the gap of the night the first valid instant after it counts",
    ),
    pytest.param(
        "slas: [{dag: finance_daily, finish_by: '06:30', holidays: DE}]",
        but(
            daily("2026-04-10 04:00", 30),
            row("2026-05-01 04:00", 180),
            row("2026-05-02 04:00", 180),
        ),
        ["finish_by: 02.06:30 02.06:30 02.07:00 running_long"],
        id="nothing is missed on a holiday",
    ),
    pytest.param(
        "slas: [{dag: finance_daily, finish_by: '06:30', days: [sat, sun]}]",
        [each for each in STEADY if each.due.weekday() < 5],
        [
            "finish_by: 15.06:30 15.06:30 16.04:20 not_scheduled",
            "finish_by: 22.06:30 22.06:30 23.04:20 not_scheduled",
            "finish_by: 29.06:30 29.06:30 30.04:20 not_scheduled",
        ],
        id="days on which nothing runs",
    ),
    pytest.param(
        BY_0630, [each for each in STEADY if each.due.weekday() < 5], [], id="quiet on days without a due run"
    ),
    pytest.param(
        "slas: [{dag: finance_daily, max_age: 26h}]",
        but(STEADY, row("2026-03-20 04:00", 20, state="failed")),
        ["max_age: 20.06:20 20.06:20 21.04:20 failed"],
        id="max_age",
    ),
    pytest.param(
        "slas: [{dag: finance_daily, max_age: 50h}]",
        [each for each in STEADY if not 18 <= each.due.day <= 21],
        ["max_age: 19.06:20 19.06:20 22.04:20 not_scheduled"],
        id="max_age of a DAG that was paused in the middle",
    ),
    pytest.param(
        BY_0630, [each for each in STEADY if not 18 <= each.due.day <= 21], [], id="paused in the middle"
    ),
    pytest.param(
        "slas: [{dag: finance_daily, max_run_time: 45m}]",
        but(STEADY, row("2026-03-20 04:00", 60, state="failed"), row("2026-03-22 04:00", 44)),
        ["max_run_time: 20.04:45 20.04:45 20.05:00 running_long"],
        id="max_run_time",
    ),
    pytest.param(
        "slas: [{dag: finance_daily, max_run_time: 2x}]",
        but(STEADY, row("2026-03-20 04:00", 60)),
        ["max_run_time: 20.04:40 20.04:40 20.05:00 running_long"],
        id="max_run_time as a multiple of the usual",
    ),
    pytest.param(
        "slas: [{dag: finance_daily, max_start_delay: 10m}]",
        but(
            STEADY,
            row("2026-03-20 04:00", 20, start="2026-03-20 05:00"),
            row("2026-03-22 04:00", 20, start="2026-03-22 05:00", created="2026-03-22 04:59"),
        ),
        [
            "max_start_delay: 20.04:10 20.04:10 20.05:00 not_scheduled",
            "max_start_delay: 22.04:10 22.04:10 22.05:00 not_scheduled",
        ],
        id="max_start_delay of a run that waited and of one that nobody created",
    ),
    pytest.param(
        "slas: [{dag: finance_daily, success_ratio: 75% of 4}]",
        but(
            STEADY,
            row("2026-03-20 04:00", 20, state="failed"),
            row("2026-03-22 04:00", 20, state="failed"),
        ),
        ["success_ratio: 22.04:20 22.04:20 24.04:20 failed"],
        id="success_ratio",
    ),
    pytest.param(
        "slas: [{dag: finance_daily, finish_by: '06:30'}, {dag: finance_daily, max_age: 26h}]",
        but(STEADY, row("2026-03-20 04:00", 20, state="failed")),
        ["finish_by: 20.06:30 20.06:30 21.04:20 failed", "max_age: 20.06:20 20.06:20 21.04:20 failed"],
        id="two SLAs of one DAG",
    ),
    pytest.param(
        BY_0630,
        [*STEADY, row("2026-03-20 05:00", 10, kind="manual")],
        [],
        id="a manual run besides",
    ),
    pytest.param(
        BY_0630,
        [
            *but(STEADY, row("2026-03-20 04:00", 20, state="failed")),
            row("2026-03-20 05:00", 10, kind="manual"),
        ],
        [],
        id="a manual run that makes up for a failed one",
    ),
]


@pytest.mark.parametrize(("text", "rows", "expected"), BREACHES)
def test_these_promises_were_broken(text: str, rows: list[PastRow], expected: list[str]) -> None:
    last = max(each.due for each in rows)
    months = MARCH if last.month == 3 else {"since": "2026-04-25", "until": "2026-05-09 12:00"}
    assert told(play(text, rows, **months)) == expected


def test_a_dag_paused_until_today_owes_its_run() -> None:
    outcome = play(BY_0630, daily("2026-03-01 04:00", 20), paused=True, **MARCH)
    assert told(outcome) == ["finish_by: 21.06:30 21.06:30 on paused"]


def test_an_overdue_dag_that_is_not_paused_owes_its_run_too() -> None:
    outcome = play(BY_0630, daily("2026-03-01 04:00", 20), **MARCH)
    assert told(outcome) == ["finish_by: 21.06:30 21.06:30 on not_scheduled"]


def test_of_a_cleared_run_the_first_attempt_is_not_known_and_the_breach_doubtful() -> None:
    cleared = row("2026-03-20 04:00", 20, start="2026-03-20 10:00", created="2026-03-20 09:59", cleared=1)
    outcome = play(BY_0630, but(STEADY, cleared), **MARCH)
    assert told(outcome) == ["finish_by: 20.06:30 20.06:30 20.10:20 running_long"]
    assert outcome.incidents[0].doubtful
    assert outcome.cleared == 1


@pytest.mark.parametrize("text", ["max_start_delay: 10m", "max_run_time: 45m"])
def test_a_cleared_run_broke_neither_its_start_nor_its_length(text: str) -> None:
    cleared = row("2026-03-20 04:00", 20, start="2026-03-20 10:00", created="2026-03-20 09:59", cleared=1)
    assert told(play(f"slas: [{{dag: finance_daily, {text}}}]", but(STEADY, cleared), **MARCH)) == []


def test_deadlines_that_were_met_and_missed_are_counted() -> None:
    outcome = play(BY_0630, but(STEADY, row("2026-03-20 04:00", 20, state="failed")), **MARCH)
    assert (outcome.met, outcome.missed) == (15, 1)


def test_a_pause_in_the_middle_is_counted() -> None:
    gap = [each for each in STEADY if not 18 <= each.due.day <= 21]
    assert play(BY_0630, gap, **MARCH).gaps == 1
    assert play(BY_0630, STEADY, **MARCH).gaps == 0


def test_weekends_are_no_gaps() -> None:
    assert play(BY_0630, [each for each in STEADY if each.due.weekday() < 5], **MARCH).gaps == 0


def test_what_was_broken_at_the_first_moment_is_marked() -> None:
    outcome = play("slas: [{dag: finance_daily, max_age: 26h}]", daily("2026-03-01 04:00", 10), **MARCH)
    (incident,) = outcome.incidents
    assert incident.from_before
    assert incident.notified is None


def test_a_dag_is_replayed_from_its_first_run_on() -> None:
    text = "slas: [{dag: finance_daily, max_age: 26h}]"
    assert told(play(text, daily("2026-03-20 04:00", 11), **MARCH)) == []


def test_a_dag_without_runs_is_not_replayed() -> None:
    outcome = play("slas: [{dag: finance_daily, max_age: 26h}]", [], **MARCH)
    assert (outcome.incidents, outcome.began) == ((), None)


def test_a_backlog_is_there_from_when_it_was_created() -> None:
    rows = [
        row(each.due, 1, start="2026-03-20 10:00", created="2026-03-20 10:00")
        for each in daily("2026-03-10 04:00", 11)
    ]
    assert told(play(BY_0630, [*rows, *daily("2026-03-21 04:00", 10)], **MARCH)) == []


def test_tags_of_the_dag_count() -> None:
    rows = but(STEADY, row("2026-03-20 04:00", 180))
    outcome = play("slas: []", rows, tags=("sla:finish_by=06:30", "sla:severity=ticket"), **MARCH)
    assert told(outcome) == ["finish_by: 20.06:30 20.06:30 20.07:00 running_long"]
    assert (outcome.incidents[0].severity, outcome.incidents[0].team) == ("ticket", "finance")


def test_other_processes_find_the_same() -> None:
    rows = but(STEADY, row("2026-03-20 04:00", 180))
    cases = [[case(BY_0630, rows[:last], **MARCH)] for last in (30, 25, 22)]
    assert list(replayed(cases, processes=2)) == list(replayed(cases, processes=1))
