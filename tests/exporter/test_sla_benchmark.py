"""The benchmark of predictions: that its days are what it says, and that it counts right."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from benchmarks.sla import days, kinds, naive, oracle, score
from benchmarks.sla.__main__ import FIRST_SEED
from benchmarks.sla.world import DAY, Case, View


def some(kind: str, seed: int = 1) -> list[Case]:
    return list(days.cases(kinds.dag(kind, seed)))


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_a_seed_is_always_the_same_dag_with_the_same_days(kind: str) -> None:
    assert kinds.dag(kind, 3) == kinds.dag(kind, 3)
    assert some(kind)[:3] == some(kind)[:3]


def test_the_seeds_that_decide_are_apart_from_those_of_development() -> None:
    assert abs(FIRST_SEED["held-out"] - FIRST_SEED["development"]) >= 10_000
    assert kinds.dag("steady", FIRST_SEED["held-out"]) != kinds.dag("steady", FIRST_SEED["development"])


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_the_history_holds_only_runs_that_were_over_when_the_day_was_due(kind: str) -> None:
    for case in some(kind):
        for past in case.history:
            ends = [one.end or 0.0 for tries in past.tries for one in tries]
            assert past.day * DAY + max(ends) < case.day * DAY


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_a_view_tells_nothing_of_what_comes_after_it(kind: str) -> None:
    for case in some(kind)[:10]:
        for view in case.views:
            for one in (one for tries in view.tries for one in tries):
                assert all(when <= view.now for when in (one.queued, one.start, one.end) if when is not None)


def test_one_moment_is_exactly_the_last_that_helps() -> None:
    dag = kinds.dag("steady", 1)
    moments = days.moments(dag)
    assert dag.deadline - days.AHEAD in moments
    assert moments == sorted(moments)
    assert 0 < moments[0] < moments[-1] < dag.deadline


def test_every_kind_misses_some_days_and_meets_most() -> None:
    for kind in kinds.KINDS:
        cases = [case for seed in range(8) for case in some(kind, seed)]
        assert 0.01 < sum(case.missed for case in cases) / len(cases) < 0.25


def test_the_oracle_is_sure_of_a_run_that_is_done() -> None:
    case = next(case for case in some("steady") if not case.missed)
    done = case.views[-1]
    if all(tries and tries[-1].ok for tries in done.tries):
        assert oracle.begin(case)(done) == 0.0


def says(*chances: float) -> Callable[[Case], Callable[[View], float]]:
    """A rule that says these at the views, then nothing."""

    def rule(case: Case) -> Callable[[View], float]:
        said = dict(zip((view.now for view in case.views), chances, strict=False))
        return lambda view: said.get(view.now, 0.0)

    return rule


def test_an_announcement_counts_as_found_ten_minutes_ahead_and_as_false_where_the_day_was_met() -> None:
    cases = some("steady", 2)
    missed = sum(case.missed for case in cases)
    early = score.judge(says(0.5), cases)
    assert (early.found, early.false) == (missed, len(cases) - missed)
    late = score.judge(says(*[0.0] * (len(cases[0].views) - 1), 0.9), cases)
    assert (late.found, late.false) == (0, len(cases) - missed)
    unsure = score.judge(says(0.49), cases)
    assert (unsure.found, unsure.false) == (0, 0)


def test_benefit_is_found_less_false_per_dag_and_month_with_its_error() -> None:
    one, other = score.Score(missed=3, found=3, false=1), score.Score(missed=3, found=1)
    more, error = score.difference([one, one], [other, other])
    assert more == pytest.approx(1 / (kinds.HELD_OUT_DAYS / 30))
    assert error == 0.0
    assert math.isnan(score.Score().recall)


def test_naive_rules_add_a_figure_of_the_past_to_the_start() -> None:
    case = some("steady", 2)[-1]
    view = next(view for view in case.views if view.start is not None)
    times = sorted(past.finish - past.start for past in case.history)
    room = case.dag.deadline - (view.start or 0.0)
    assert naive.start_and_mean(case)(view) == float(sum(times) / len(times) > room)
    assert naive.start_and_p95(case)(view) == float(times[math.ceil(0.95 * len(times)) - 1] > room)
