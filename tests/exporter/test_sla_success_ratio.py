"""`success_ratio`, sentence by sentence of docs/slas.md."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exporter.sla_world import World, at, dag
from windsock.facts import Run
from windsock.sla import Cause, Standing

TEXT = "slas: [{dag: finance_daily, success_ratio: 80% of 10}]"
NOW = "2026-03-02 12:00"


def _runs(results: str) -> tuple[Run, ...]:
    """One run an hour, the newest first: s success, f failed, r running."""
    names = {"s": "success", "f": "failed", "r": "running"}
    return tuple(
        Run(
            run_id=f"{len(results) - index}",
            run_type="scheduled",
            state=names[result],
            due=due,
            start=due,
            end=None if result == "r" else due + timedelta(minutes=10),
        )
        for index, result in enumerate(results)
        for due in [at("2026-03-02 11:00") - timedelta(hours=index)]
    )


@pytest.mark.parametrize(
    ("results", "standing"),
    [
        pytest.param("ssssssssss", Standing.OK, id="all good"),
        pytest.param("ffssssssss", Standing.OK, id="as many failures as it bears"),
        pytest.param("fsfsfsssss", Standing.BREACHED, id="one too many"),
        pytest.param("ffssssssssffff", Standing.OK, id="older runs do not count"),
        pytest.param("rffsssssssss", Standing.OK, id="unfinished runs do not count"),
        pytest.param("ff", Standing.OK, id="missing runs count as good"),
        pytest.param("fff", Standing.BREACHED, id="broken whatever the missing ones would be"),
        pytest.param("", Standing.OK, id="no run"),
    ],
)
def test_failures_among_the_newest_finished_runs_are_counted(results: str, standing: Standing) -> None:
    assert World(TEXT).one(NOW, dag(runs=_runs(results))).standing is standing


def test_broken_since_the_end_of_the_run_that_failed_too_much() -> None:
    status = World(TEXT).one(NOW, dag(runs=_runs("fffsssssss")))
    assert (status.deadline, status.late, status.cause) == (at("2026-03-02 11:10"), 3000, Cause.FAILED)
    assert status.deadline_text == "80% of 10 runs"


def test_further_failures_do_not_make_the_breach_younger() -> None:
    world = World(TEXT)
    world.one(NOW, dag(runs=_runs("fffsssssss")[1:] + _runs("f" * 4)[3:]))
    first = world.one(NOW, dag(runs=_runs("sfffssssss"))).deadline
    assert world.one(NOW, dag(runs=_runs("ffffssssss"))).deadline == first


def test_while_it_is_kept_it_has_no_deadline() -> None:
    assert World(TEXT).one(NOW, dag(runs=_runs("fs"))).deadline is None


def test_breach_ends_when_failures_have_left_the_window_or_were_mended() -> None:
    world = World(TEXT)
    assert world.one(NOW, dag(runs=_runs("fffsssssss"))).standing is Standing.BREACHED
    assert world.one(NOW, dag(runs=_runs("ffssssssss"))).standing is Standing.OK


def test_history_is_counted_after_the_runs_that_are_fresher() -> None:
    stale = _runs("fffsssssss")
    fresh = _runs("sffsssssss")[:5]
    assert World(TEXT).one(NOW, dag(runs=fresh, history=stale)).standing is Standing.OK
    assert World(TEXT).one(NOW, dag(runs=fresh[:0], history=stale)).standing is Standing.BREACHED


def test_paused_dag_is_judged_by_the_runs_it_had() -> None:
    status = World(TEXT).one(NOW, dag(paused=True, runs=_runs("fffsssssss")))
    assert (status.standing, status.cause) == (Standing.BREACHED, Cause.FAILED)


@given(results=st.text("sf", max_size=30), runs=st.integers(2, 30), failures=st.integers(1, 29))
def test_breached_exactly_when_more_failed_than_the_share_allows(
    results: str, runs: int, failures: int
) -> None:
    if failures >= runs:
        failures = runs - 1
    percent = f"{int(100_000 * (runs - failures) / runs) / 1000:.3f}"
    world = World(f"slas: [{{dag: finance_daily, success_ratio: '{percent}% of {runs}'}}]")
    status = world.one(NOW, dag(runs=_runs(results)))
    assert (status.standing is Standing.BREACHED) == (results[:runs].count("f") > failures)
