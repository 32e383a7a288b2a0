"""When a run will be done, and how sure that is."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exporter.sla_history import MINUTE, chain, done, due, failed, flight, steady, working
from windsock.sla.prediction import AT_RISK, SAFE, Prediction, predict
from windsock.sla.progress import Progress, TaskNow
from windsock.sla.usual_path import PastRun, PastTask, Usual, learn

TODAY = 30
USUAL = learn(steady(TODAY))


def asked(usual: Usual, progress: Progress, deadline: float = 90) -> Prediction:
    """The deadline is in minutes after due."""
    found = predict(usual, progress, progress.due + deadline * MINUTE)
    assert found is not None
    return found


def minutes(found: Prediction) -> tuple[float, float]:
    return ((found.p50 - due(TODAY)) / MINUTE, (found.p90 - due(TODAY)) / MINUTE)


def test_a_usual_day_is_done_when_it_usually_is() -> None:
    found = asked(USUAL, flight(TODAY, 0, started=False))
    p50, p90 = minutes(found)
    assert p50 == pytest.approx(60, rel=0.05)
    assert p50 < p90 < 72
    assert found.miss < 0.05


def test_too_few_runs_say_nothing() -> None:
    assert predict(learn(steady(2)), flight(TODAY, 0), due(TODAY + 1)) is None


def test_fewer_runs_are_less_sure() -> None:
    few, many = learn(steady(3)), USUAL
    start = flight(TODAY, 0, started=False)
    p50, p90 = minutes(asked(few, start))
    assert p90 - p50 > 1.5 * (minutes(asked(many, start))[1] - minutes(asked(many, start))[0])


def test_a_late_start_moves_the_finish() -> None:
    found = asked(USUAL, flight(TODAY, 45, started=False))
    assert minutes(found)[0] == pytest.approx(105, rel=0.05)
    assert found.miss > 0.9
    assert "due 45 min ago and not started" in found.words


def test_a_task_that_has_run_too_long_moves_the_finish_and_is_named() -> None:
    usual = learn([chain(day, (20, 30 * (1 + 0.2 * (day % 4)), 10)) for day in range(TODAY)])
    tasks = {"a": done(TODAY, 0, 20), "b": working(TODAY, 20)}
    early = asked(usual, flight(TODAY, 25, tasks))
    late = asked(usual, flight(TODAY, 75, tasks))
    assert late.p50 > early.p50
    assert late.miss > early.miss
    assert any(word.startswith("b has run for 55 min, usually") for word in late.words)


def test_what_is_done_counts_as_it_was_done() -> None:
    slow = {"a": done(TODAY, 0, 50), "b": working(TODAY, 50)}
    assert minutes(asked(USUAL, flight(TODAY, 51, slow)))[0] == pytest.approx(90, rel=0.08)
    quick = {"a": done(TODAY, 0, 10), "b": working(TODAY, 10)}
    assert minutes(asked(USUAL, flight(TODAY, 11, quick)))[0] == pytest.approx(50, rel=0.08)


def test_a_day_that_began_like_the_long_ones_will_be_long() -> None:
    long = [day for day in range(TODAY) if day % 4 == 1]
    usual = learn([chain(day, (30, 90) if day in long else (20 + day % 3, 30)) for day in range(TODAY)])
    tasks = {"a": done(TODAY, 0, 30), "b": working(TODAY, 30)}
    assert minutes(asked(usual, flight(TODAY, 31, tasks)))[0] == pytest.approx(120, rel=0.1)
    tasks = {"a": done(TODAY, 0, 21), "b": working(TODAY, 21)}
    assert minutes(asked(usual, flight(TODAY, 22, tasks)))[0] == pytest.approx(51, rel=0.1)


def test_a_slow_pace_goes_on_where_it_went_on_before() -> None:
    rng = Random(1)
    paces = [math.exp(rng.gauss(0, 0.25)) for _ in range(TODAY)]
    usual = learn([chain(day, (20 * pace, 40 * pace)) for day, pace in enumerate(paces)])
    tasks = {"a": done(TODAY, 0, 30), "b": working(TODAY, 30)}
    assert minutes(asked(usual, flight(TODAY, 31, tasks)))[0] == pytest.approx(90, rel=0.12)


def test_a_full_queue_is_part_of_the_finish() -> None:
    rng = Random(2)
    usual = learn([chain(day, (10, 10, 10), wait=10 * math.exp(rng.gauss(0, 0.6))) for day in range(TODAY)])
    tasks = {"a": done(TODAY, 10, 20)}
    empty = asked(usual, flight(TODAY, 21, tasks, queue_wait=2 * MINUTE))
    full = asked(usual, flight(TODAY, 21, tasks, queue_wait=50 * MINUTE))
    assert full.p50 > empty.p50 + 15 * MINUTE
    assert "tasks wait 50 min in the queue now" in " ".join(full.words)


def test_one_odd_day_does_not_move_the_middle() -> None:
    runs = steady(TODAY)
    runs[20] = chain(20, (20, 900, 10))
    usual = learn(runs)
    assert minutes(asked(usual, flight(TODAY, 0, started=False)))[0] == pytest.approx(60, rel=0.06)


def test_a_run_that_failed_will_hardly_be_in_time() -> None:
    found = asked(USUAL, flight(TODAY, 10, has_failed=True), deadline=24 * 60)
    assert found.miss >= 0.9


def test_a_failed_try_is_named_and_costs_its_work_again() -> None:
    tasks = {
        "a": done(TODAY, 0, 20),
        "b": TaskNow("up_for_retry", due(TODAY) + 20 * MINUTE, due(TODAY) + 50 * MINUTE, 1),
    }
    found = asked(USUAL, flight(TODAY, 51, tasks))
    assert minutes(found)[0] == pytest.approx(50 + 5 + 30 + 10, rel=0.05)
    assert "b failed after try 1" in found.words


def test_the_day_after_a_failure_is_in_doubt_until_the_task_that_failed_is_done() -> None:
    usual = learn([*steady(TODAY), failed(TODAY)])
    before = flight(TODAY + 1, 25, {"a": done(TODAY + 1, 0, 20), "b": working(TODAY + 1, 20)})
    after = flight(
        TODAY + 1,
        52,
        {"a": done(TODAY + 1, 0, 20), "b": done(TODAY + 1, 20, 50), "c": working(TODAY + 1, 50)},
    )
    assert asked(usual, before).miss > 0.4
    assert asked(usual, after).miss < 0.1


def test_past_the_deadline_a_miss_is_certain() -> None:
    assert asked(USUAL, flight(TODAY, 91, {"a": working(TODAY, 0)})).miss == 1.0


def test_a_run_longer_than_any_has_an_end_still() -> None:
    found = asked(USUAL, flight(TODAY, 600, {"a": done(TODAY, 0, 20), "b": working(TODAY, 20)}), deadline=601)
    assert due(TODAY) + 600 * MINUTE < found.p50 < found.p90 < due(TODAY) + 6000 * MINUTE


def test_without_tasks_the_time_that_has_passed_counts() -> None:
    runs = [
        PastRun(due=due(day), start=due(day), end=due(day) + (40 + 10 * (day % 5)) * MINUTE)
        for day in range(TODAY)
    ]
    usual = learn(runs)
    early, late = asked(usual, flight(TODAY, 5), 75), asked(usual, flight(TODAY, 70), 75)
    assert early.miss < late.miss
    assert late.p50 > due(TODAY) + 70 * MINUTE


def test_risk_begins_above_where_it_ends_so_that_it_does_not_flap() -> None:
    assert SAFE < 0.5 < AT_RISK


@given(
    works=st.lists(st.lists(st.floats(0, 1e4), min_size=1, max_size=4), min_size=3, max_size=12),
    minute=st.floats(0, 5e4),
    states=st.lists(
        st.sampled_from(["success", "running", "queued", "up_for_retry", "failed", "odd", "skipped"]),
        max_size=4,
    ),
    deadline=st.floats(1, 1e5),
    wait=st.none() | st.floats(0, 1e6),
    started=st.booleans(),
)
def test_any_history_and_any_progress_give_times_and_odds(
    works: list[list[float]],
    minute: float,
    states: list[str],
    deadline: float,
    wait: float | None,
    started: bool,
) -> None:
    usual = learn([chain(day, work, wait=(wait or 0) / 60) for day, work in enumerate(works)])
    tasks = {
        name: TaskNow(state, due(TODAY), due(TODAY) + minute * MINUTE if state != "running" else None)
        for name, state in zip("abcd", states, strict=False)
    }
    progress = flight(TODAY, minute, tasks, started=started, queue_wait=wait)
    found = predict(usual, progress, due(TODAY) + deadline * MINUTE)
    assert found is not None
    assert 0 <= found.miss <= 1
    assert progress.now <= found.p50 <= found.p90
    assert math.isfinite(found.p90)


@given(st.floats(1, 1e4), st.floats(1, 1e4))
def test_a_later_deadline_is_never_missed_more_often(one: float, other: float) -> None:
    tasks = {"a": done(TODAY, 0, 20), "b": working(TODAY, 20)}
    progress = flight(TODAY, 30, tasks)
    early, late = sorted((one, other))
    assert asked(USUAL, progress, late).miss <= asked(USUAL, progress, early).miss


def test_a_run_whose_every_task_is_unknown_is_judged_by_its_length() -> None:
    runs = [
        PastRun(due=run.due, start=run.start, end=run.end, tasks={"x": PastTask(run.start, run.end)})
        for run in steady(5)
    ]
    assert minutes(asked(learn(runs), flight(TODAY, 1, {"other": working(TODAY, 0)})))[0] == pytest.approx(
        60, rel=0.1
    )
