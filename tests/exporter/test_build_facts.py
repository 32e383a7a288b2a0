"""What SLAs see of runs that the collectors have read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from tests.support.metadb import at
from windsock.collect import build_facts
from windsock.collect.dags import known
from windsock.collect.dags.dag_row import Dag
from windsock.collect.runs import suspects
from windsock.collect.runs.active import ActiveRun
from windsock.collect.runs.expected import Usual
from windsock.collect.runs.runs import Runs
from windsock.collect.runs.watched import SLA_RUNS, Watched
from windsock.collect.tasks.tasks import Tasks
from windsock.facts import Dag as Seen
from windsock.metadb.dag_runs import Run
from windsock.owners import Owners

NOW = at("2026-01-10 12:00")
ROW = Dag("a", False, False, NOW, False, False, None, "", "0 * * * *", None)
TASKS = Tasks(active=(), pools=(), places=frozenset())


def _due(hours: int) -> datetime:
    return NOW - timedelta(hours=hours)


def _run(hours: int, run_type: str = "scheduled", *, start: datetime | None = None) -> Run:
    due = _due(hours)
    begun = start or due + timedelta(seconds=3)
    return Run("a", f"r{hours}", run_type, "success", due, due - timedelta(hours=1), begun, due)


def _active(hours: int, run_type: str = "scheduled", *, queued: bool = True) -> ActiveRun:
    due = _due(hours)
    return ActiveRun(hours, "a", f"r{hours}", run_type, "running", due, due if queued else None, due)


def _seen(read: Iterable[Run] = (), active: Iterable[ActiveRun] = (), watched: str = "a") -> Seen:
    facts = build_facts.build(
        dags=known.known((ROW,), {"a": ("x",)}, Owners()),
        tasks=TASKS,
        runs=Runs(active=tuple(active), created={}, undated={}),
        watched=Watched(now=NOW, dag_ids=frozenset(watched), runs=tuple(read), tasks=()),
        history={"a": tuple(read)},
        usual={"a": Usual(600.0, 900.0)},
        tags_known=True,
        flights={},
        seen=suspects.Seen({}, {}),
        scheduler_alive=True,
        broken={},
        own=(),
        last_failed=frozenset(),
    )
    return facts.dags["a"]


def test_run_that_is_active_still_is_seen_however_many_came_after_it() -> None:
    newer = [_run(hours) for hours in range(30)]
    seen = _seen(newer, [_active(100), _active(5)])
    assert [run.run_id for run in seen.runs] == [*(f"r{hours}" for hours in range(SLA_RUNS)), "r100"]
    assert (seen.runs[-1].state, seen.runs[-1].start) == ("running", _due(100))


def test_what_was_read_of_a_run_is_fresher_than_that_it_was_active() -> None:
    assert [run.state for run in _seen([_run(1)], [_active(1)]).runs] == ["success"]


def test_backfills_and_tries_of_a_developer_are_not_seen() -> None:
    assert _seen([_run(1, "backfill")], [_active(2, "backfill"), _active(3, queued=False)]).runs == ()


def test_start_that_is_the_logical_date_is_none() -> None:
    (run,) = _seen([_run(1, start=_due(2))]).runs
    assert run.start is None


def test_manual_run_of_2_that_shares_its_due_time_was_asked_for_later() -> None:
    due = _due(3)
    manual = Run("a", "m", "manual", "success", due, due + timedelta(minutes=20), due, due)
    assert [run.asked_later for run in _seen([manual, _run(4)]).runs] == [True, False]


def test_history_and_usual_run_time_are_there_and_runs_only_of_dags_that_are_watched() -> None:
    seen = _seen([_run(1), _run(2)])
    assert ([run.run_id for run in seen.history], seen.usual, seen.tags) == (["r1", "r2"], 600.0, ("x",))
    assert _seen([], [_active(1)], watched="b").runs == ()
