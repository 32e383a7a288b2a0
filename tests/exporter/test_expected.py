"""What is usual of a DAG and of a task, and what takes longer, one test per sentence of their meaning."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from tests.support.metadb import CONTEXT, at
from windsock.cardinality import Cardinality, Preset
from windsock.catalog import dags as catalog
from windsock.catalog import tasks
from windsock.collect.collector import Reader, Scene
from windsock.collect.dags import known
from windsock.collect.dags.dag_row import Dag
from windsock.collect.runs import expected
from windsock.collect.runs.active import ActiveRun
from windsock.collect.runs.expected import ExpectedCollector, Usual
from windsock.collect.runs.results import DagId
from windsock.collect.runs.runs import Runs
from windsock.collect.tasks import overrunning
from windsock.collect.tasks.overrunning import OverrunningCollector, Running, Took
from windsock.figures import Figures
from windsock.metadb.dag_runs import Run
from windsock.owners import Owners

NOW = at("2026-01-10 12:00")
HOUR = timedelta(hours=1)


def _run(seconds: float, *, dag_id: str = "a", state: str = "success") -> Run:
    return Run(dag_id, "r", "manual", state, NOW, None, NOW, NOW + timedelta(seconds=seconds))


def _active(hours: float, *, state: str = "running", dag_id: str = "a") -> ActiveRun:
    return ActiveRun(1, dag_id, "r", "scheduled", state, NOW, NOW, NOW - hours * HOUR)


@pytest.mark.parametrize(
    ("seconds", "usual"),
    [
        pytest.param([60] * 4, None, id="four successes say nothing"),
        pytest.param([5, 1, 4, 2, 3], Usual(3, 4.8), id="between neighbours"),
        pytest.param(range(1, 22), Usual(11, 20), id="at its place"),
    ],
)
def test_what_is_usual_is_learnt_from_at_least_five(seconds: Sequence[float], usual: Usual | None) -> None:
    assert expected.learn(seconds) == (usual and pytest.approx(usual))


@pytest.mark.parametrize(
    ("active", "ratio"),
    [
        pytest.param([_active(1)], {"a": 2}, id="one"),
        pytest.param([_active(1), _active(2)], {"a": 4}, id="the longest counts"),
        pytest.param([_active(-1)], {"a": 0}, id="by a clock ahead of the database's"),
        pytest.param([_active(1, state="queued")], {}, id="a queued one has not begun"),
        pytest.param([_active(1, dag_id="new")], {}, id="nothing is known"),
        pytest.param([_active(1, dag_id="instant")], {}, id="no time at all is usual"),
        pytest.param([_active(99)._replace(queued_at=None)], {}, id="a test run by hand was not queued"),
        pytest.param([], {}, id="none runs"),
    ],
)
def test_a_run_is_measured_by_what_19_of_20_take_at_most(
    active: list[ActiveRun], ratio: dict[str, float]
) -> None:
    usual = {"a": Usual(60, 1800), "instant": Usual(0, 0)}
    assert expected.overruns(active, usual, NOW) == ratio


class _Rows:
    """Answers by maker, and notes what was asked."""

    def __init__(self, now: datetime, **answers: Any) -> None:
        self.now = now
        self.answers = answers
        self.asked: list[dict[str, Any]] = []

    def rows(self, maker: Any, **parameters: Any) -> list[Any]:
        if "before" not in parameters and parameters:
            self.asked.append(parameters)
        found = self.answers[maker.__name__]
        return [
            row for row in found if parameters.get("dag_ids") is None or row.dag_id in parameters["dag_ids"]
        ]

    def shared(self, maker: Any) -> list[Any]:
        return self.rows(maker)


def _learn(collector: ExpectedCollector, rows: _Rows) -> Any:
    return collector.read(cast("Reader", rows))


def test_a_dag_is_looked_at_again_after_an_hour_and_forgotten_when_it_is_gone() -> None:
    collector = ExpectedCollector(CONTEXT)
    first = _Rows(NOW, existing=[DagId("a"), DagId("b")], successes=[_run(60)] * 5)
    assert _learn(collector, first) == {"a": Usual(60, 60)}
    soon = _Rows(NOW + HOUR / 2, existing=[DagId("a"), DagId("b"), DagId("c")], successes=[])
    assert _learn(collector, soon) == {"a": Usual(60, 60)}
    assert soon.asked == [{"dag_ids": ["c"]}]
    later = _Rows(NOW + HOUR, existing=[DagId("a"), DagId("b")], successes=[_run(90)] * 5)
    assert _learn(collector, later) == {"a": Usual(90, 90)}
    assert _learn(collector, _Rows(NOW + HOUR, existing=[], successes=[])) == {}


def test_a_thousand_dags_are_learnt_in_a_cycle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expected, "_DAGS_PER_CYCLE", 2)
    collector = ExpectedCollector(CONTEXT)
    answers = {"existing": [DagId(each) for each in "abc"], "successes": [_run(60, dag_id="c")] * 5}
    first, second = _Rows(NOW, **answers), _Rows(NOW, **answers)
    assert (_learn(collector, first), _learn(collector, second)) == ({}, {"c": Usual(60, 60)})
    assert (first.asked, second.asked) == ([{"dag_ids": ["a", "b"]}], [{"dag_ids": ["c"]}])


def test_runs_that_end_before_they_begin_teach_nothing() -> None:
    rows = _Rows(NOW, existing=[DagId("a")], successes=[_run(-1), *[_run(60)] * 4])
    assert _learn(ExpectedCollector(CONTEXT), rows) == {}


def test_a_test_run_by_hand_teaches_nothing() -> None:
    """`airflow dags test` writes the logical date as the start."""
    tried = _run(9 * 3600)._replace(logical=NOW)
    rows = _Rows(NOW, existing=[DagId("a")], successes=[tried, *[_run(60)] * 5])
    assert _learn(ExpectedCollector(CONTEXT), rows) == {"a": Usual(60, 60)}


def test_runs_off_the_schedule_teach_where_there_are_no_others() -> None:
    undated = {"assets": (*[_run(60)] * 5, _run(1, state="failed"))}
    runs = Runs(active=(), created={}, undated={**undated, "gone": undated["assets"]})
    row = Dag("assets", False, False, None, False, False, None, "", "Asset", None)
    scene = Scene(now=NOW, values={"runs": runs}, dags=known.known((row,), {}, Owners()))
    figures = Figures(Cardinality(preset=Preset.FULL))
    ExpectedCollector(CONTEXT).add(figures, {"a": Usual(1, 2)}, scene)
    assert figures.family(catalog.EXPECTED_RUN) == {
        ("a", "p50"): 1,
        ("a", "p95"): 2,
        ("assets", "p50"): 60,
        ("assets", "p95"): 60,
    }


@pytest.mark.parametrize(
    ("seconds", "minutes"),
    [
        pytest.param([600.0] * 5, 20, id="twice the usual time"),
        pytest.param([1.0] * 5, 5, id="at least five minutes"),
        pytest.param([600.0] * 4, None, id="nobody knows"),
    ],
)
def test_a_task_may_take_twice_its_usual_time(seconds: list[float], minutes: int | None) -> None:
    assert overrunning.allowed(seconds) == (minutes and timedelta(minutes=minutes))


def _running(task_id: str, minutes: int) -> Running:
    return Running("a", task_id, NOW - timedelta(minutes=minutes))


def test_tasks_that_run_longer_than_allowed_count_by_dag() -> None:
    rows = _Rows(
        NOW,
        long_running=[_running("t", 30), _running("t", 21), _running("t", 19)],
        task_successes=[Took(600.0)] * 5 + [Took(None)],
    )
    read = OverrunningCollector(CONTEXT).read(cast("Reader", rows))
    assert read == {"a": 2}
    figures = Figures()
    OverrunningCollector(CONTEXT).add(figures, read, Scene(now=NOW))
    assert figures.family(tasks.OVERRUNNING) == {("a",): 2}
    assert len(rows.asked) == 1


def test_a_few_tasks_are_looked_up_in_a_cycle_those_that_run_longest_first() -> None:
    collector = OverrunningCollector(CONTEXT)
    running = [_running(f"t{number}", 90 - number) for number in range(25)]
    for asked in ([f"t{number}" for number in range(20)], [f"t{number}" for number in range(20, 25)], []):
        rows = _Rows(NOW, long_running=running, task_successes=[])
        assert collector.read(cast("Reader", rows)) == {}
        assert [each["task_id"] for each in rows.asked] == asked
    later = _Rows(NOW + 6 * HOUR, long_running=running, task_successes=[])
    collector.read(cast("Reader", later))
    assert len(later.asked) == 20
