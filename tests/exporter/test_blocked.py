"""Why scheduled tasks do not move, orphans and holders of full pools, one test per sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, cast

import pytest

from tests.support.metadb import CONTEXT, at
from windsock.catalog import tasks as catalog
from windsock.collect.collector import Reader, Scene
from windsock.collect.dags.dag_row import Dag
from windsock.collect.runs.runs import ActiveRun, active_runs
from windsock.collect.tasks import blocked, placed
from windsock.collect.tasks.blocked import BlockedCollector, Placement, Scheduled
from windsock.collect.tasks.placed import HeldSlots, RunTasks, ScheduledTasks
from windsock.collect.tasks.tasks import PoolRow
from windsock.collect.tasks.tasks import pools as pool_rows
from windsock.facts import Pool
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour

NOW = at("2026-01-10 12:00")
RUNS = {("a", "r"): "running", ("a", "q"): "queued"}
FULL, FREE = Pool(limit=2, occupied=2), Pool(limit=2, occupied=1)


def _dag(*, paused: bool = False, limit: int = 16) -> Dag:
    return Dag("a", paused, False, None, False, False, None, "", None, None, max_active_tasks=limit)


def _group(*, running: bool = True, active: int = 0, smallest: int = 1) -> Scheduled:
    return Scheduled("p", "a", running, active, smallest)


@pytest.mark.parametrize(
    ("group", "dag", "pool", "reason"),
    [
        pytest.param(_group(running=False), _dag(paused=True), FULL, "run_not_running", id="the run first"),
        pytest.param(_group(), _dag(paused=True), FULL, "dag_paused", id="then the pause"),
        pytest.param(_group(active=16), _dag(), None, "pool_missing", id="then the pool"),
        pytest.param(_group(active=16), _dag(), FULL, "pool_full", id="and its slots"),
        pytest.param(_group(smallest=2), _dag(), FREE, "pool_full", id="too few slots for the task"),
        pytest.param(_group(), _dag(), Pool(limit=0, occupied=0), "pool_full", id="a pool without slots"),
        pytest.param(_group(active=16), _dag(), FREE, "dag_max_active_tasks", id="then the limit"),
        pytest.param(_group(active=15), _dag(), FREE, "ready", id="below the limit"),
        pytest.param(_group(), _dag(), Pool(limit=None, occupied=99), "ready", id="a pool without limit"),
        pytest.param(_group(active=99), None, FREE, "ready", id="a DAG that nobody knows"),
    ],
)
def test_the_first_obstacle_is_the_reason(
    group: Scheduled, dag: Dag | None, pool: Pool | None, reason: str
) -> None:
    assert blocked.why(group, dag, pool) == reason


class Placed(NamedTuple):
    """A task instance."""

    state: str
    pool: str
    dag_id: str
    run_id: str
    slots: int


def _row(state: str, run_id: str = "r", *, dag_id: str = "a", pool: str = "p", slots: int = 1) -> Placed:
    return Placed(state, pool, dag_id, run_id, slots)


def _by_run(rows: Iterable[Placed]) -> list[RunTasks]:
    """One row for each task instance will do: they are added up."""
    states = RunTasks._fields[2:]
    return [RunTasks(row.dag_id, row.run_id, *(int(row.state == state) for state in states)) for row in rows]


def _scheduled(rows: Iterable[Placed]) -> list[ScheduledTasks]:
    return [
        ScheduledTasks(row.pool, row.dag_id, row.run_id, 1, row.slots)
        for row in rows
        if row.state == "scheduled"
    ]


def _held(rows: Iterable[Placed]) -> list[HeldSlots]:
    states = {"running", "queued", "deferred"}
    return [HeldSlots(row.pool, row.dag_id, row.state, row.slots) for row in rows if row.state in states]


def _place(*rows: Placed, three: bool = True, runs: Mapping[blocked.Key, str] = RUNS) -> Placement:
    states = ("scheduled", "queued", "running", "deferred")
    return blocked.place(
        _by_run(rows), _scheduled(rows), _held(rows), runs, states=states, three=three, pools=frozenset()
    )


@pytest.mark.parametrize(
    ("three", "active"), [pytest.param(False, 3, id="2.x: of the DAG"), pytest.param(True, 2, id="3.x: run")]
)
def test_running_and_queued_tasks_count_against_the_limit(three: bool, active: int) -> None:
    rows = (_row("running"), _row("queued"), _row("deferred"), _row("running", "other"), _row("scheduled"))
    (group,) = _place(*rows, three=three).scheduled
    assert group.active == active


def test_a_run_that_is_queued_does_not_run() -> None:
    assert [group.running for group in _place(_row("scheduled"), _row("scheduled", "q")).scheduled] == [
        True,
        False,
    ]


def test_an_unfinished_task_of_a_run_that_is_not_active_is_an_orphan() -> None:
    rows = (_row("running"), _row("queued", "q"), _row("running", "ended"), _row("running", dag_id="b"))
    assert _place(*rows).orphans == {"scheduled": 0, "queued": 0, "running": 2, "deferred": 0}


def _holders(*rows: Placed, limit: int | None = 2, occupied: int = 2, counting: bool = False) -> object:
    pools = {"p": Pool(limit=limit, occupied=occupied)}
    return blocked.top_holders(_place(*rows), pools, frozenset({"p"} if counting else ()))


def test_the_five_dags_that_hold_most_of_a_full_pool_are_named() -> None:
    rows = [_row("running", dag_id=f"d{number}", slots=number % 6 + 1) for number in range(7)]
    assert _holders(*rows) == [
        ("p", f"d{number}", slots) for number, slots in ((5, 6), (4, 5), (3, 4), (2, 3), (1, 2))
    ]


@pytest.mark.parametrize(
    ("limit", "occupied"), [pytest.param(3, 2, id="slots are free"), pytest.param(None, 2, id="no limit")]
)
def test_a_pool_that_is_not_full_has_no_holders(limit: int | None, occupied: int) -> None:
    assert _holders(_row("running", slots=2), limit=limit, occupied=occupied) == []


@pytest.mark.parametrize(
    ("counting", "slots"), [pytest.param(False, 2, id="not counted"), pytest.param(True, 5, id="counted")]
)
def test_deferred_tasks_hold_slots_where_the_pool_says_so(counting: bool, slots: int) -> None:
    rows = (_row("running", slots=2), _row("deferred", slots=3), _row("scheduled", slots=9))
    assert _holders(*rows, counting=counting) == [("p", "a", slots)]


def test_while_pools_are_not_known_there_are_orphans_and_no_reasons() -> None:
    figures = Figures()
    BlockedCollector(CONTEXT).add(figures, _place(_row("scheduled")), Scene(now=NOW))
    assert figures.value(catalog.ORPHANED, state="running") == 0
    assert figures.family(catalog.SCHEDULED_BLOCKED) == {}


def test_too_many_groups_are_refused_rather_than_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Part of them would be a wrong figure that nobody could tell from a right one."""
    monkeypatch.setattr(blocked, "MOST_ROWS", 1)

    class Two:
        def rows(self, maker: object) -> list[RunTasks]:
            return _by_run([_row("running"), _row("queued")]) if maker is placed.run_tasks else []

        shared = rows

    with pytest.raises(blocked.TooManyError, match="more than 1"):
        BlockedCollector(CONTEXT).read(cast("Reader", Two()))


def test_a_run_that_begins_between_two_reads_leaves_no_orphans() -> None:
    rows = [_row("scheduled", "new"), _row("running", "gone")]

    class Beginning:
        """The run is there at the second look."""

        flavour = Flavour(line="3.3", dialect="postgresql")
        looks = 0

        def shared(self, maker: object) -> list[Any]:
            return self.rows(maker)

        def rows(self, maker: object) -> list[Any]:
            if maker is placed.run_tasks:
                return _by_run(rows)
            if maker is placed.scheduled_tasks:
                return _scheduled(rows)
            if maker is active_runs:
                self.looks += 1
                run = ActiveRun(1, "a", "new", "manual", "running", NOW, NOW, NOW)
                return [run] if self.looks == 2 else []
            return []

    collector, reader = BlockedCollector(CONTEXT), Beginning()
    read = collector.read(cast("Reader", reader))
    assert (read.orphans["scheduled"], read.orphans["running"]) == (0, 1)
    assert [group.running for group in read.scheduled] == [True]
    rows.remove(_row("scheduled", "new"))
    # What was left behind by a run of before is no reason for a second look.
    collector.read(cast("Reader", reader))
    assert reader.looks == 3


def test_only_of_full_pools_it_is_asked_who_holds_them() -> None:
    class Pools:
        flavour = Flavour(line="3.3", dialect="postgresql")
        asked: tuple[str, ...] = ()

        def shared(self, maker: object) -> list[Any]:
            return self.rows(maker)

        def rows(self, maker: object, *, pools: Iterable[str] = ()) -> list[Any]:
            if maker is pool_rows:
                return [
                    PoolRow("full", 2, include_deferred=False),
                    PoolRow("with deferred", 2, include_deferred=True),
                    PoolRow("free", 3, include_deferred=False),
                    PoolRow("without limit", -1, include_deferred=False),
                ]
            if maker is placed.taken_slots:
                taken = [placed.TakenSlots(row.pool, "running", 1) for row in self.rows(pool_rows)]
                taken += [placed.TakenSlots("full", "queued", 1)]
                return [
                    *taken,
                    *(placed.TakenSlots(name, "deferred", 2) for name in ("with deferred", "free")),
                ]
            if maker is placed.held_slots:
                self.asked = tuple(pools)
                return [HeldSlots("full", "a", "running", 2)]
            return []

    reader = Pools()
    read = BlockedCollector(CONTEXT).read(cast("Reader", reader))
    assert reader.asked == ("full", "with deferred")
    assert read.held == {("full", "a"): 2}
