"""What is learned of a DAG's tasks: which waits for which, how long each waits and works."""

from __future__ import annotations

import pytest

from tests.exporter.sla_history import MINUTE, chain, due, failed, steady
from windsock.sla.usual_path import MOST_RUNS, MOST_TASKS, PastRun, PastTask, learn


def branched(day: int, side: float = 5.0) -> PastRun:
    """`a`, then `b` and `side` beside each other, then `z`."""
    start = due(day)
    tasks = {
        "a": PastTask(start, start + 10 * MINUTE),
        "b": PastTask(start + 10 * MINUTE, start + 40 * MINUTE),
        "side": PastTask(start + 10 * MINUTE, start + (10 + side) * MINUTE),
        "z": PastTask(start + 40 * MINUTE, start + 50 * MINUTE),
    }
    return PastRun(due=start, start=start, end=start + 50 * MINUTE, tasks=tasks)


def test_a_task_waits_for_those_that_were_done_before_it_started_in_every_run() -> None:
    usual = learn(steady(10))
    assert usual.order == ("a", "b", "c")
    assert usual.after == {"a": (), "b": ("a",), "c": ("b",)}


def test_tasks_beside_each_other_do_not_wait_for_each_other() -> None:
    usual = learn([branched(day, side=40 if day % 2 else 5) for day in range(10)])
    assert usual.after["z"] == ("b",) or set(usual.after["z"]) == {"b", "side"}
    assert "side" not in usual.after.get("b", ())
    assert "b" not in usual.after.get("side", ())


def test_a_side_branch_that_never_decides_is_not_followed() -> None:
    assert "side" not in learn([branched(day) for day in range(10)]).order


def test_waiting_and_working_are_apart() -> None:
    usual = learn([chain(day, (10, 20), wait=3) for day in range(5)])
    assert [(step.wait, step.work) for step in usual.days[0].steps.values()] == [
        (3 * MINUTE, 10 * MINUTE),
        (3 * MINUTE, 20 * MINUTE),
    ]


def test_waiting_is_learned_of_only_where_it_matters() -> None:
    assert learn([chain(day, (10, 20), wait=3) for day in range(20)]).queue is not None
    assert learn(steady(20)).queue is None


def test_only_the_newest_runs_and_the_deciding_tasks_are_kept() -> None:
    many = [
        PastRun(
            due=due(day),
            start=due(day),
            end=due(day) + 100 * MINUTE,
            tasks={
                f"t{n:02}": PastTask(due(day) + n * MINUTE, due(day) + (n + 1) * MINUTE) for n in range(60)
            },
        )
        for day in range(MOST_RUNS + 20)
    ]
    usual = learn(many)
    assert len(usual.days) == MOST_RUNS
    assert len(usual.order) == MOST_TASKS
    assert usual.days[-1].due == due(MOST_RUNS + 19)


def test_an_order_that_one_cleared_task_contradicts_is_kept() -> None:
    runs = steady(40)
    late = runs[10].tasks["a"]
    cleared = {**runs[10].tasks, "a": PastTask(late.start + 90 * MINUTE, late.end + 90 * MINUTE)}
    runs[10] = PastRun(due=runs[10].due, start=runs[10].start, end=runs[10].end, tasks=cleared)
    assert learn(runs).after["b"] == ("a",)


def test_runs_without_tasks_give_lengths_alone() -> None:
    usual = learn([PastRun(due=due(day), start=due(day), end=due(day) + 600) for day in range(5)])
    assert usual.order == ()
    assert [day.length for day in usual.days] == [600.0] * 5


def test_orders_that_contradict_each_other_in_a_circle_are_cut() -> None:
    def turned(day: int, names: str) -> PastRun:
        return chain(day, (10, 10), names=names)

    runs = [turned(day, ("ab", "bc", "ca")[day % 3]) for day in range(9)]
    usual = learn(runs)
    assert sorted(usual.order) == ["a", "b", "c"]
    seen: set[str] = set()
    for name in usual.order:
        assert set(usual.after[name]) <= seen
        seen.add(name)


def test_after_a_failure_the_next_is_likely_and_what_failed_is_remembered() -> None:
    good = learn(steady(20))
    assert good.fails == 0.0
    assert good.fragile == ()
    bad = learn([*steady(20), failed(20)])
    assert bad.fails == pytest.approx(0.5)
    assert bad.fragile == ("b",)
    worse = learn([*steady(20), *(failed(day) for day in range(20, 24))])
    assert worse.fails > 0.7


def test_no_history_is_no_error() -> None:
    assert learn([]).days == ()
