"""Last results, streaks and links, one test per sentence of their meaning."""

from __future__ import annotations

import pytest

from tests.support.metadb import at
from windsock.collect.runs import results, run_ids
from windsock.collect.runs.active import ActiveRun
from windsock.collect.runs.runs import Runs
from windsock.metadb.dag_runs import Run
from windsock.view import RunIds


def _run(
    day: int,
    state: str = "success",
    *,
    run_type: str = "scheduled",
    end_day: int | None = None,
    logical_hour: int | None = 0,
) -> Run:
    due = at(f"2026-01-{day:02} 00:00")
    logical = None if logical_hour is None else due.replace(hour=logical_hour)
    end = at(f"2026-01-{end_day or day:02} 01:00")
    return Run("a", f"{run_type}_{day}_{state}", run_type, state, due, logical, due, end)


def _state(last: results.Last) -> str | None:
    return last.finished.state if last.finished else None


def test_the_newest_due_time_wins() -> None:
    last = results.last([_run(1, "failed"), _run(3, "success"), _run(2, "failed")])
    assert last.finished == _run(3, "success")
    assert last.failed == _run(2, "failed")


def test_running_an_older_run_again_changes_nothing() -> None:
    again = _run(1, "failed", end_day=9)
    assert _state(results.last([again, _run(2, "success")])) == "success"


def test_a_backfill_never_counts() -> None:
    last = results.last([_run(1), _run(5, "failed", run_type="backfill")])
    assert (last.finished, last.failed, last.streak) == (_run(1), None, 0)


def test_a_run_that_has_not_finished_is_not_a_result() -> None:
    assert results.last([_run(1), _run(2, "running")]).finished == _run(1)


def test_runs_without_a_logical_date_count_by_their_due_time() -> None:
    manual = _run(4, "failed", run_type="manual", logical_hour=None)
    assert results.last([_run(3), manual]).finished == manual


def test_of_two_runs_due_at_the_same_time_the_later_logical_date_wins() -> None:
    manual = _run(3, "success", run_type="manual", logical_hour=9)
    assert results.last([manual, _run(3, "failed")]).finished == manual


@pytest.mark.parametrize(
    ("states", "streak"),
    [
        pytest.param([], 0, id="nothing"),
        pytest.param(["success"], 0, id="fine"),
        pytest.param(["failed", "success", "failed", "failed"], 2, id="counted backwards"),
        pytest.param(["failed"] * 12, 10, id="stops at ten"),
    ],
)
def test_failures_in_a_row_are_counted_from_the_newest_due_time(states: list[str], streak: int) -> None:
    assert results.last(_run(day, state) for day, state in enumerate(states, start=1)).streak == streak


def _active(day: int, state: str = "running", run_type: str = "scheduled") -> ActiveRun:
    due = at(f"2026-01-{day:02} 00:00")
    return ActiveRun(day, "a", f"{run_type}_{day}_{state}", run_type, state, due, due, due)


def _ids(finished: list[Run], active: list[ActiveRun]) -> RunIds:
    runs = Runs(active=tuple(active), created={}, undated={})
    found = run_ids.run_ids({"a": results.last(finished)} if finished else {}, runs)
    return found["a"]


def test_links_lead_to_the_latest_the_running_and_the_last_failed_run() -> None:
    assert _ids([_run(1, "failed"), _run(2)], [_active(3), _active(4, "queued")]) == RunIds(
        latest="scheduled_4_queued", running="scheduled_3_running", last_failed="scheduled_1_failed"
    )


def test_a_backfill_is_not_what_a_link_leads_to() -> None:
    assert _ids([_run(2)], [_active(3, run_type="backfill")]) == RunIds(latest="scheduled_2_success")


def test_a_dag_whose_first_run_is_active_has_links_too() -> None:
    assert _ids([], [_active(1)]) == RunIds(latest="scheduled_1_running", running="scheduled_1_running")
