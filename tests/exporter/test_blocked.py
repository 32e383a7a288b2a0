"""Why scheduled tasks do not move, orphans and holders of full pools, one test per sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.metadb import CONTEXT, at, make_sqlite, source
from tests.support.seed import insert
from windsock.catalog import tasks as catalog
from windsock.collect.collector import Reader, Scene
from windsock.collect.runs.active import active_runs
from windsock.collect.tasks import blocked
from windsock.collect.tasks.blocked import BlockedCollector, Scheduled, held
from windsock.collect.tasks.placed import RunTasks, TaskLimits, run_tasks
from windsock.collect.tasks.tasks import ActiveTasks, PoolRow, Tasks
from windsock.facts import Pool
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import R, Statement

NOW = at("2026-01-10 12:00")
RUNS = {("a", "r"): "running", ("a", "s"): "running", ("a", "q"): "queued"}
FULL, FREE = Pool(limit=2, occupied=2), Pool(limit=2, occupied=1)


def _group(reason: str | None = None, *, slots: int = 1) -> Scheduled:
    return Scheduled("p", slots, reason)


@pytest.mark.parametrize(
    ("group", "pool", "reason"),
    [
        pytest.param(_group("run_not_running"), None, "run_not_running", id="the run first"),
        pytest.param(_group("dag_paused"), FULL, "dag_paused", id="then the pause"),
        pytest.param(_group("dag_max_active_tasks"), None, "pool_missing", id="then the pool"),
        pytest.param(_group("dag_max_active_tasks"), FULL, "pool_full", id="and its slots"),
        pytest.param(_group(slots=2), FREE, "pool_full", id="too few slots for the task"),
        pytest.param(_group(), Pool(limit=0, occupied=0), "pool_full", id="a pool without slots"),
        pytest.param(_group("dag_max_active_tasks"), FREE, "dag_max_active_tasks", id="then the limit"),
        pytest.param(_group(), FREE, "ready", id="nothing else"),
        pytest.param(_group(), Pool(limit=None, occupied=99), "ready", id="a pool without limit"),
    ],
)
def test_the_first_obstacle_is_the_reason(group: Scheduled, pool: Pool | None, reason: str) -> None:
    assert blocked.why(group, pool) == reason


def _held(*rows: RunTasks, paused: bool = False, limit: int | None = 16, three: bool = True) -> list[int]:
    """How many runs stand in each of the lists."""
    return [len(each) for each in held(rows, RUNS, [TaskLimits("a", paused, limit)], three=three)]


@pytest.mark.parametrize(
    ("occupying", "lists"), [pytest.param(15, [0, 0, 0], id="below"), pytest.param(16, [0, 0, 1], id="at it")]
)
def test_running_and_queued_tasks_count_against_the_limit(occupying: int, lists: list[int]) -> None:
    assert _held(RunTasks("a", "r", 1, occupying)) == lists


@pytest.mark.parametrize(
    ("three", "lists"),
    [pytest.param(False, [0, 0, 1], id="2.x: of the DAG"), pytest.param(True, [0, 0, 0], id="3.x: run")],
)
def test_the_limit_is_that_of_the_dag_or_of_the_run(three: bool, lists: list[int]) -> None:
    assert _held(RunTasks("a", "r", 1, 2), RunTasks("a", "s", 0, 14), three=three) == lists


def test_a_run_that_is_queued_or_gone_does_not_run() -> None:
    rows = (RunTasks("a", "q", 1, 99), RunTasks("a", "gone", 1, 0), RunTasks("a", "s", 1, 0))
    assert _held(*rows) == [2, 0, 0]


def test_the_pause_of_a_dag_comes_before_its_limit() -> None:
    assert _held(RunTasks("a", "r", 1, 99), paused=True) == [0, 1, 0]


def test_a_run_without_scheduled_tasks_holds_none() -> None:
    assert _held(RunTasks("a", "r", 0, 99), RunTasks("a", "q", 0, 1), paused=True) == [0, 0, 0]


def test_a_dag_without_limit_or_that_nobody_knows_holds_none() -> None:
    assert _held(RunTasks("a", "r", 1, 99), limit=None) == [0, 0, 0]
    assert held([RunTasks("a", "r", 1, 99)], RUNS, [], three=True) == ([], [], [])


class _World:
    """A database; `a` is a DAG with a limit of 16 that has one running run, `r`."""

    def __init__(self, path: Path) -> None:
        url = make_sqlite(path, "3.3")
        self._connection = sqlite3.connect(path, isolation_level=None)
        insert(self._connection, "dag_bundle", name="main", active=True)
        insert(self._connection, "dag", dag_id="a", bundle_name="main", max_active_tasks=16)
        self.source = source(url)
        self.collector = BlockedCollector(CONTEXT)
        self._tasks = 0
        self.run("r")

    def run(self, run_id: str, state: str = "running") -> None:
        insert(
            self._connection,
            "dag_run",
            dag_id="a",
            run_id=run_id,
            run_type="manual",
            state=state,
            run_after="2026-01-10 11:00+00",
        )

    def pool(self, name: str, *, include_deferred: bool = False) -> None:
        insert(self._connection, "slot_pool", pool=name, slots=1, include_deferred=include_deferred)

    def task(
        self, state: str, run_id: str = "r", *, dag_id: str = "a", pool: str = "p", slots: int = 1
    ) -> None:
        self._tasks += 1
        insert(
            self._connection,
            "task_instance",
            id=f"{self._tasks:032x}",
            dag_id=dag_id,
            run_id=run_id,
            task_id=f"t{self._tasks}",
            map_index=-1,
            state=state,
            pool=pool,
            pool_slots=slots,
        )

    def read(self, **known: Pool) -> Figures:
        """The figures with these pools as the fast tier sees them."""
        reader = Reader(database=self.source.database, statements=self.source.statements, now=NOW)
        active = tuple(
            ActiveTasks("running", name, "q", "default", 1, pool.occupied, None, 0)
            for name, pool in known.items()
        )
        rows = tuple(
            PoolRow(name, -1 if pool.limit is None else pool.limit, include_deferred=False)
            for name, pool in known.items()
        )
        figures = Figures()
        values = {"tasks": Tasks(active=active, pools=rows, places=frozenset())} if known else {}
        self.collector.add(figures, self.collector.read(reader), Scene(now=NOW, values=values))
        return figures

    def close(self) -> None:
        self._connection.close()
        self.source.close()


class _Late(Reader):
    """Counts looks at runs; something happens after task instances were read."""

    looks: int = 0
    happens: Callable[[], None] = staticmethod(lambda: None)

    def rows(self, maker: Callable[[Flavour], Statement[R] | None], **parameters: Any) -> list[R]:
        self.looks += maker is active_runs
        found = super().rows(maker, **parameters)
        if maker is run_tasks:
            self.happens()
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[_World]:
    made = _World(tmp_path / "airflow.db")
    yield made
    made.close()


def test_scheduled_tasks_count_by_reason_and_pool_with_zeros(world: _World) -> None:
    world.run("q", "queued")
    for run_id, pool, slots in (("r", "p", 1), ("r", "p", 2), ("q", "p", 1), ("r", "gone", 1), ("r", "p", 1)):
        world.task("scheduled", run_id, pool=pool, slots=slots)
    found = world.read(p=FREE).family(catalog.SCHEDULED_BLOCKED)
    assert {key: count for key, count in found.items() if count} == {
        ("ready", "p"): 2,
        ("pool_full", "p"): 1,
        ("run_not_running", "p"): 1,
        ("pool_missing", "gone"): 1,
    }
    assert len(found) == 2 * len(blocked.REASONS)


def test_an_unfinished_task_of_a_run_that_is_not_active_is_an_orphan(world: _World) -> None:
    world.task("running")
    world.task("running", "ended")
    world.task("deferred", dag_id="b")
    found = {state: count for (state,), count in world.read().family(catalog.ORPHANED).items()}
    assert (found["running"], found["deferred"], found["queued"]) == (1, 1, 0)


def test_while_pools_are_not_known_there_are_orphans_and_no_reasons(world: _World) -> None:
    world.task("scheduled")
    figures = world.read()
    assert figures.value(catalog.ORPHANED, state="running") == 0
    assert figures.family(catalog.SCHEDULED_BLOCKED) == {}


def test_the_five_dags_that_hold_most_of_a_full_pool_are_named(world: _World) -> None:
    for number in range(7):
        world.task("running" if number % 2 else "queued", dag_id=f"d{number}", slots=number % 6 + 1)
    assert list(world.read(p=FULL).family(catalog.POOL_TOP_HOLDER).items()) == [
        (("p", f"d{number}"), slots) for number, slots in ((5, 6), (4, 5), (3, 4), (2, 3), (1, 2))
    ]


@pytest.mark.parametrize(
    "pool",
    [
        pytest.param(Pool(limit=3, occupied=2), id="slots are free"),
        pytest.param(Pool(limit=None, occupied=2), id="no limit"),
    ],
)
def test_a_pool_that_is_not_full_has_no_holders(world: _World, pool: Pool) -> None:
    world.task("running", slots=2)
    assert world.read(p=pool).family(catalog.POOL_TOP_HOLDER) == {}


@pytest.mark.parametrize(
    ("counting", "slots"), [pytest.param(False, 2, id="not counted"), pytest.param(True, 5, id="counted")]
)
def test_deferred_tasks_hold_slots_where_the_pool_says_so(world: _World, counting: bool, slots: int) -> None:
    world.pool("p", include_deferred=counting)
    world.pool("other", include_deferred=True)
    for state, count in (("running", 2), ("deferred", 3), ("scheduled", 9)):
        world.task(state, slots=count)
    assert world.read(p=FULL).family(catalog.POOL_TOP_HOLDER) == {("p", "a"): slots}


def test_too_many_groups_are_refused_rather_than_cut(world: _World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Part of them would be a wrong figure that nobody could tell from a right one."""
    monkeypatch.setattr(blocked, "MOST_ROWS", 1)
    world.task("running")
    world.task("running", "other")
    with pytest.raises(blocked.TooManyError, match="more than 1"):
        world.read()


def test_more_held_runs_than_a_statement_takes_are_refused(
    world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocked, "_MOST_NAMES", 1)
    for run_id in ("one", "two"):
        world.run(run_id, "queued")
        world.task("scheduled", run_id)
    with pytest.raises(blocked.TooManyError, match="more than 1 runs"):
        world.read()


def test_a_run_that_begins_between_two_reads_leaves_no_orphans(world: _World) -> None:
    world.task("scheduled", "new")
    world.task("running", "gone")
    reader = _Late(database=world.source.database, statements=world.source.statements, now=NOW)
    reader.happens = lambda: world.run("new")
    read = world.collector.read(reader)
    assert (read.orphans["scheduled"], read.orphans["running"]) == (0, 1)
    assert read.scheduled == {Scheduled("p", 1, None): 1}


def test_what_was_left_behind_before_is_no_reason_for_a_second_look(world: _World) -> None:
    world.task("running", "gone")
    world.read()
    reader = _Late(database=world.source.database, statements=world.source.statements, now=NOW)
    world.collector.read(reader)
    assert reader.looks == 1
