"""Queued and running runs are read anew only as far as something has happened to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, cast

import pytest

from windsock.collect.collector import Reader
from windsock.collect.runs.active import (
    ActiveRun,
    ActiveRuns,
    Mark,
    active_by_id,
    active_marks,
    active_runs,
)

NOW = datetime(2026, 1, 10, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


def _run(id_: int, state: str = "running", since: datetime = NOW) -> ActiveRun:
    start = since if state == "running" else None
    return ActiveRun(id_, "a", f"r{id_}", "scheduled", state, NOW, since, start)


class _Table:
    """What is active, and how it was asked for."""

    def __init__(self, *runs: ActiveRun) -> None:
        self.runs = {run.id: run for run in runs}
        self.asked: list[str] = []
        self.shared: list[ActiveRun] = []

    def rows(self, maker: Callable[..., Any], ids: tuple[int, ...] = ()) -> list[Any]:
        self.asked.append(maker.__name__)
        if maker is active_marks:
            return [
                Mark(run.id, run.state, run.start if run.state == "running" else run.queued_at)
                for run in self.runs.values()
            ]
        if maker is active_by_id:
            return [run for id_, run in self.runs.items() if id_ in ids]
        return list(self.runs.values())

    def share(self, maker: Callable[..., Any], rows: list[ActiveRun]) -> None:
        assert maker is active_runs
        self.shared = rows


def _read(runs: ActiveRuns, table: _Table) -> dict[int, ActiveRun]:
    found = runs.read(cast("Reader", table))
    assert len({run.id for run in found}) == len(found)
    assert sorted(found) == sorted(table.shared)
    return {run.id: run for run in found}


@pytest.mark.parametrize(
    ("now", "asked"),
    [
        pytest.param((_run(1), _run(2)), ["active_marks"], id="nothing has happened"),
        pytest.param((_run(1),), ["active_marks"], id="one has ended"),
        pytest.param((_run(1), _run(2), _run(3)), ["active_marks", "active_by_id"], id="one is new"),
        pytest.param((_run(1), _run(2, "queued")), ["active_marks", "active_by_id"], id="one was cleared"),
        pytest.param(
            (_run(1), _run(2, since=NOW + MINUTE)),
            ["active_marks", "active_by_id"],
            id="one was cleared and runs again",
        ),
        pytest.param((), ["active_marks"], id="all have ended"),
    ],
)
def test_second_look_knows_all_runs_as_they_are(now: tuple[ActiveRun, ...], asked: list[str]) -> None:
    runs, table = ActiveRuns(), _Table(_run(1), _run(2))
    _read(runs, table)
    assert table.asked == ["active_runs"]
    table.asked.clear()
    table.runs = {run.id: run for run in now}
    assert _read(runs, table) == table.runs
    assert table.asked == asked


def test_what_ends_between_two_statements_is_not_active() -> None:
    runs, table = ActiveRuns(), _Table(_run(1))
    _read(runs, table)

    class Ending(_Table):
        def rows(self, maker: Callable[..., Any], ids: tuple[int, ...] = ()) -> list[Any]:
            found = super().rows(maker, ids)
            self.runs.pop(2, None)
            return found

    assert _read(runs, Ending(_run(1), _run(2))).keys() == {1}


def test_of_very_many_new_runs_everything_is_read_at_once() -> None:
    runs, table = ActiveRuns(), _Table(_run(0))
    _read(runs, table)
    table.asked.clear()
    table.runs = {id_: _run(id_) for id_ in range(3_000)}
    assert _read(runs, table) == table.runs
    assert table.asked == ["active_marks", "active_runs"]
