"""A backtest knows at each moment only what had happened by then, and looks at every moment that matters."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exporter.backtest_world import DAY, but, daily, feared, play, row
from tests.exporter.sla_world import at, dag, slas
from windsock.cli.sla_backtest import usual
from windsock.facts import Facts
from windsock.metadb.past_runs import PastRow
from windsock.sla import Engine, Register
from windsock.sla.backtest.cases import Outcome
from windsock.sla.backtest.foresight import Foresight
from windsock.sla.backtest.history import History
from windsock.sla.backtest.past import Past, past
from windsock.sla.backtest.replay import Replay
from windsock.sla.status import Standing
from windsock.state import State

EVERY_KIND = """
slas:
- {dag: finance_daily, finish_by: '06:30', timezone: Europe/Berlin}
- {dag: finance_daily, name: weekdays, finish_by: '05:10', days: [mon, tue, wed]}
- {dag: finance_daily, max_age: 25h}
- {dag: finance_daily, max_run_time: 1.5x}
- {dag: finance_daily, name: fixed, max_run_time: 70m, grace: 5m}
- {dag: finance_daily, max_start_delay: 10m}
- {dag: finance_daily, success_ratio: 80% of 10}
"""
FIRST, SINCE, UNTIL = at("2026-02-20 04:00"), at("2026-03-20 00:00"), at("2026-03-29 12:00")


def history(seed: int, days: int = 38) -> list[PastRow]:
    """Days on which anything may happen: late, failed, long, cleared, missing, by hand, never ended."""
    rng, rows = Random(seed), []
    for day in range(days):
        due = FIRST + day * DAY
        fate = rng.random()
        took = 40 * math.exp(rng.gauss(0, 0.2))
        if fate < 0.06:
            continue
        if fate < 0.12:
            rows.append(row(due, took, state="failed"))
        elif fate < 0.18:
            late = due + timedelta(minutes=rng.randrange(5, 300))
            rows.append(row(due, took, start=_text(late), created=_text(late if rng.random() < 0.5 else due)))
        elif fate < 0.22:
            rows.append(row(due, took * 4))
        elif fate < 0.25:
            again = _text(due + timedelta(hours=5))
            rows.append(row(due, took, start=again, created=again, cleared=1))
        elif fate < 0.27:
            rows.append(row(due, None, state="running"))
        else:
            rows.append(row(due, took))
        if rng.random() < 0.1:
            asked = due + timedelta(minutes=rng.randrange(30, 600), seconds=7)
            rows.append(row(asked, took / 2, kind="manual"))
    return rows


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def decisions(outcome: Outcome, until: datetime) -> list[tuple[object, ...]]:
    """All that was decided by then, with what was known of it then."""
    found: list[tuple[object, ...]] = []
    for each in outcome.incidents:
        if each.announced is not None and each.announced <= until:
            found.append(("announced", each.sla, each.announced))
        if each.broken is not None and each.broken <= until:
            found.append(("broken", each.sla, each.broken, each.deadline, each.cause, each.doubtful))
        if each.ended is not None and each.ended <= until:
            found.append(("ended", each.sla, each.ended))
    return found


def test_a_planted_outlier_in_the_future_changes_no_earlier_decision() -> None:
    rows = but(
        daily("2026-02-01 04:00", 60, [38, 40, 42, 41, 39]),
        row("2026-03-10 04:00", 200),
        row("2026-03-12 04:00", 140, state="failed"),
    )
    moment = at("2026-03-20 00:00")
    planted = but(rows, row("2026-03-20 04:00", 900), row("2026-03-21 04:00", 1, state="failed"))
    text = "slas: [{dag: finance_daily, finish_by: '06:30'}, {dag: finance_daily, max_age: 26h}]"
    spans = {"since": "2026-03-05", "until": "2026-03-30 12:00"}
    before, after = play(text, rows, **spans), play(text, planted, **spans)
    assert len(decisions(before, moment)) >= 6
    assert decisions(after, moment) == decisions(before, moment)
    assert decisions(after, at("2026-03-30 12:00")) != decisions(before, at("2026-03-30 12:00"))


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    hours=st.integers(12, 8 * 24),
    longer=st.floats(0.1, 10),
    dropped=st.integers(0, 3),
)
def test_decisions_do_not_depend_on_what_comes_after_them(
    seed: int, hours: int, longer: float, dropped: int
) -> None:
    moment = SINCE + timedelta(hours=hours)
    rows = history(seed)
    changed = [
        _later(each, moment, longer)
        for index, each in enumerate(rows)
        if each.due <= moment or index % 4 > dropped
    ]
    spans = {"since": SINCE, "until": UNTIL, "next_due": FIRST + 39 * DAY}
    before, after = play(EVERY_KIND, rows, **spans), play(EVERY_KIND, changed, **spans)
    assert decisions(after, moment) == decisions(before, moment)


def _later(each: PastRow, moment: datetime, longer: float) -> PastRow:
    """The run with another end, and another result, if that came after the moment."""
    if each.start is None or each.end is None or each.end <= moment:
        return each
    end = max(moment + timedelta(seconds=1), each.start + longer * (each.end - each.start))
    return each._replace(end=end, state="failed" if each.state == "success" else "success")


_STEP = timedelta(minutes=6)


def _made(rows: list[PastRow]) -> list[Past]:
    return [found for each in rows if (found := past(each)) is not None]


@pytest.mark.parametrize("seed", range(2))
def test_looking_every_few_minutes_finds_the_same_breaches(seed: int) -> None:
    rows = history(seed)
    since, until = SINCE, SINCE + timedelta(days=3, hours=12)
    known = replace(dag(), next_due=FIRST + 39 * DAY)
    made = _made(rows)
    told = History(known, made, until, median=usual, counted=True)
    engine = Engine(Register(slas(EVERY_KIND)), State(None), lasting=False)
    expected: set[tuple[str, datetime]] = set()
    broken: dict[str, datetime | None] = {}
    now = since
    while now <= until:
        facts = Facts(now=now, dags={known.dag_id: told.at(now, now - _STEP)})
        for status in engine.evaluate(facts, now):
            deadline = status.deadline if status.standing is Standing.BREACHED else None
            if deadline is not None and broken.get(status.sla) != deadline:
                expected.add((status.sla, now))
            broken[status.sla] = deadline
        now += _STEP
    found = {
        (each.sla, _looked(each.broken))
        for each in Replay(slas(EVERY_KIND), told, since).run()
        if each.broken
    }
    assert found == expected


def _looked(moment: datetime) -> datetime:
    """When who looks every few minutes sees it."""
    return SINCE - (SINCE - moment) // _STEP * _STEP


@pytest.mark.parametrize("share", [0.8, 0.97])
@pytest.mark.parametrize("sort", range(6))
def test_leaving_out_hopeful_runs_changes_no_announcement(sort: int, share: float) -> None:
    """Steady, uniform, heavy weekdays, a trend, a step, two sorts of days."""
    rng, rows = Random(sort), []
    for day in range(84):
        took = 40 * math.exp(rng.gauss(0, 0.15))
        took = 40 * rng.uniform(0.3, 1) if sort == 1 else took
        took *= 1.8 if sort == 2 and day % 7 == 3 else 1
        took *= 1 + 0.01 * day if sort == 3 else 1
        took *= 1.5 if sort == 4 and day > 60 else 1
        took *= 2 if sort == 5 and rng.random() < 0.3 else 1
        rows.append(row(FIRST - 40 * DAY + day * DAY, took))
    told = History(dag(), _made(rows), UNTIL)
    lengths = sorted(each.end - each.start for each in rows if each.end and each.start)
    allowed = lengths[int(share * len(lengths))] * 1.02
    quick, careful = Foresight(told), Foresight(told, careful=True)
    for each in told.runs[40:]:
        deadline = each.run.due + allowed
        assert quick.announced(each, deadline) == careful.announced(each, deadline)
    assert quick.looked < careful.looked


def test_a_run_that_takes_long_is_announced_before_the_deadline() -> None:
    rows = but(daily("2026-02-01 04:00", 60, [38, 40, 42, 41, 39]), row("2026-03-20 04:00", 400))
    outcome = play(
        "slas: [{dag: finance_daily, finish_by: '06:30', at_risk_severity: page}]",
        rows,
        since="2026-03-15",
        until="2026-03-30",
    )
    (incident,) = feared(outcome)
    assert incident.broken == incident.deadline == at("2026-03-20 06:30")
    assert incident.ahead is not None
    assert timedelta(minutes=10) < incident.ahead < timedelta(minutes=120)
    assert incident.at_risk_severity == "page"


def test_a_heavy_day_that_ends_well_is_a_false_alarm() -> None:
    rows = but(daily("2026-02-01 04:00", 60, [38, 40, 42, 41, 39]), row("2026-03-20 04:00", 148))
    outcome = play(
        "slas: [{dag: finance_daily, finish_by: '06:30'}]", rows, since="2026-03-15", until="2026-03-30"
    )
    (incident,) = feared(outcome)
    assert incident.false_alarm
    assert (incident.notified, incident.ended) == (None, at("2026-03-20 06:28:01"))


def test_what_mends_within_seconds_is_not_told() -> None:
    steady = daily("2026-02-01 04:00", 60, 140)
    text = "slas: [{dag: finance_daily, finish_by: '06:30'}]"
    spans = {"since": "2026-03-15", "until": "2026-03-30"}
    (short,) = [
        each
        for each in play(text, but(steady, row("2026-03-20 04:00", 151)), **spans).incidents
        if each.broken
    ]
    (longer,) = [
        each
        for each in play(text, but(steady, row("2026-03-20 04:00", 153)), **spans).incidents
        if each.broken
    ]
    assert (short.notified, longer.notified) == (None, at("2026-03-20 06:31:40"))
