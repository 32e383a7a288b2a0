"""Tasks, queues and pools, from rows to figures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

import pytest

from tests.support.metadb import CONTEXT, at
from windsock.cardinality import Cardinality, Preset
from windsock.catalog import dags
from windsock.catalog import tasks as catalog
from windsock.collect.collector import Reader, Scene
from windsock.collect.runs.active import ActiveRun
from windsock.collect.runs.runs import Runs, RunsCollector
from windsock.collect.tasks import tasks
from windsock.collect.tasks.tasks import ActiveTasks, PoolRow, Tasks, TasksCollector
from windsock.collect.tasks.waiting_tasks import Waits
from windsock.facts import Pool
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour

NOW = at("2026-01-10 12:00")


def _row(
    state: str,
    *,
    pool: str = "p",
    queue: str = "q",
    executor: str = "default",
    count: int = 1,
    slots: int = 1,
    minutes: int = 5,
    stuck: int = 0,
) -> ActiveTasks:
    since = NOW - timedelta(minutes=minutes)
    return ActiveTasks(state, pool, queue, executor, count, slots, since, stuck)


def _figures(*active: ActiveTasks, pools: tuple[PoolRow, ...] = (), waits: Waits | None = None) -> Figures:
    figures = Figures()
    read = Tasks(
        active=active,
        pools=pools,
        places=frozenset({("p", "q", "default"), ("seen", "before", "default")}),
    )
    values = {} if waits is None else {"waiting_tasks": waits}
    TasksCollector(CONTEXT).add(figures, read, Scene(now=NOW, values=values))
    return figures


def test_counts_are_filled_with_zeros_where_tasks_have_been_seen() -> None:
    found = _figures(_row("queued", count=3)).family(catalog.TASK_INSTANCES)
    assert found["queued", "p", "q"] == 3
    assert found["running", "seen", "before"] == 0
    assert len(found) == 8


def test_tasks_that_wait_are_in_the_same_family_while_they_are_known() -> None:
    waits = Waits(
        without=7,
        tasks={("up_for_retry", "p", "q", "default"): 2, ("up_for_retry", "p", "q", "other"): 3},
        states=("up_for_retry", "restarting"),
        places=frozenset({("p", "q", "default"), ("p", "q", "other"), ("p", "slow", "default")}),
    )
    found = _figures(_row("queued", count=3), waits=waits).family(catalog.TASK_INSTANCES)
    assert found["up_for_retry", "p", "q"] == 5
    assert found["restarting", "seen", "before"] == found["queued", "p", "slow"] == 0
    assert len(found) == 3 * 6


def test_groups_that_differ_by_null_and_its_name_are_one() -> None:
    found = _figures(_row("queued", count=3), _row("queued", count=1)).family(catalog.TASK_INSTANCES)
    assert found["queued", "p", "q"] == 4


def test_stuck_tasks_count_per_queue_with_zeros() -> None:
    figures = _figures(_row("queued", stuck=2), _row("queued", pool="other", stuck=1))
    assert figures.family(catalog.STUCK_QUEUED) == {("q",): 3, ("before",): 0}


@pytest.mark.parametrize(
    ("active", "state", "age"),
    [
        pytest.param((_row("queued", minutes=5),), "queued", 300, id="queued"),
        pytest.param((_row("scheduled", minutes=2),), "scheduled", 120, id="scheduled"),
        pytest.param((_row("running", minutes=60),), "queued", 0, id="what runs keeps its old time"),
        pytest.param((_row("queued", minutes=-1),), "queued", 0, id="from a clock ahead of ours"),
        pytest.param(
            (_row("queued", minutes=5), _row("queued", pool="other", minutes=9)), "queued", 540, id="any pool"
        ),
        pytest.param((), "queued", 0, id="empty"),
    ],
)
def test_the_oldest_task_of_a_queue_counts(active: tuple[ActiveTasks, ...], state: str, age: float) -> None:
    assert _figures(*active).value(catalog.QUEUE_OLDEST_AGE, queue="q", state=state) == age


@pytest.mark.parametrize(
    ("include_deferred", "occupied"), [pytest.param(False, 5, id="without"), pytest.param(True, 9, id="with")]
)
def test_deferred_tasks_take_slots_where_the_pool_says_so(include_deferred: bool, occupied: int) -> None:
    active = (_row("running", slots=2), _row("queued", slots=3), _row("deferred", slots=4), _row("scheduled"))
    figures = _figures(*active, pools=(PoolRow("p", 16, include_deferred),))
    assert figures.value(catalog.POOL_OCCUPIED, pool="p") == occupied


def test_a_pool_without_limit_has_none() -> None:
    figures = _figures(pools=(PoolRow("p", -1, include_deferred=False),))
    assert figures.family(catalog.POOL_LIMIT) == {}
    assert figures.value(catalog.POOL_OCCUPIED, pool="p") == 0


def test_a_pool_that_was_deleted_has_a_backlog_and_no_slots() -> None:
    figures = _figures(_row("scheduled", pool="gone", slots=4))
    assert figures.value(catalog.POOL_DEMANDED, pool="gone") == 4
    assert figures.value(catalog.POOL_OCCUPIED, pool="gone") is None


def test_facts_know_pools_as_the_figures_do() -> None:
    read = Tasks(
        active=(_row("running", slots=2),),
        pools=(PoolRow("p", 16, include_deferred=False), PoolRow("free", -1, include_deferred=False)),
        places=frozenset(),
    )
    assert tasks.occupancy(read) == {"p": Pool(limit=16, occupied=2), "free": Pool(limit=None, occupied=0)}


def test_slots_are_added_up_by_pool_and_state_with_zeros() -> None:
    figures = _figures(
        _row("running", slots=2),
        _row("running", queue="before", slots=3),
        pools=(PoolRow("idle", 16, include_deferred=False),),
    )
    found = figures.family(catalog.POOL_SLOTS)
    assert (found["p", "running"], found["idle", "running"], found["p", "queued"]) == (5, 0, 0)
    assert {state for _, state in found} == {"scheduled", "queued", "running", "deferred"}


def test_active_runs_of_a_dag_that_is_not_known_count_too() -> None:
    row = ActiveRun(1, "gone", "r", "manual", "running", NOW, NOW, NOW)
    figures = Figures()
    RunsCollector(CONTEXT).add(figures, Runs(active=(row,), created={}, undated={}), Scene(now=NOW))
    assert figures.value(dags.DAG_RUNS, dag_id="gone", state="running") == 1


def test_what_is_usual_stands_beside_what_is() -> None:
    figures = Figures()
    read = Tasks(active=(), pools=(), places=frozenset(), usual={"q": 40.0})
    TasksCollector(CONTEXT).add(figures, read, Scene(now=NOW))
    assert figures.family(catalog.USUAL_RUNNING) == {("q",): 40}


class _Day:
    """A moment of a day on which three tasks run, and one is scheduled."""

    flavour = Flavour(line="3.3", dialect="postgresql")

    def __init__(self, now: datetime) -> None:
        self.now = now

    def rows(self, maker: object, **_parameters: object) -> list[object]:
        found: list[object] = [
            _row("running", count=1),
            _row("running", pool="x", count=2),
            _row("scheduled"),
        ]
        return found if maker is tasks.active_tasks else []

    def share(self, *_rows: object) -> None:
        """For nobody."""


def test_what_is_usual_is_learnt_from_running_tasks_of_any_pool() -> None:
    collector = TasksCollector(CONTEXT)
    for day in range(4):
        for minutes in (0, 59):
            moment = NOW + timedelta(days=day, minutes=minutes)
            read = collector.read(cast("Reader", _Day(moment)))
    assert read.usual == {"q": 3}


@pytest.mark.parametrize(
    ("run_type", "age"),
    [
        pytest.param("manual", None, id="airflow dags test writes its logical date as the start"),
        pytest.param("backfill", 3600, id="a backfill of 2.x was not queued either"),
    ],
)
def test_a_run_that_was_not_queued_has_an_age_if_it_is_a_backfill(run_type: str, age: float | None) -> None:
    row = ActiveRun(1, "a", "r", run_type, "running", NOW, None, NOW - timedelta(hours=1))
    figures = Figures(Cardinality(preset=Preset.FULL))
    RunsCollector(CONTEXT).add(figures, Runs(active=(row,), created={}, undated={}), Scene(now=NOW))
    assert figures.value(dags.DAG_RUNS, dag_id="a", state="running") == 1
    assert figures.value(dags.DAG_RUNS_OLDEST_AGE, dag_id="a", state="running") == age
