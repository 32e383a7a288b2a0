"""How far apart due times are and how many failures Airflow bears, one test per sentence of their meaning."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.support.metadb import CONTEXT, at
from windsock.cardinality import Cardinality, Preset
from windsock.catalog import dags as catalog
from windsock.collect.collector import Scene
from windsock.collect.dags import known
from windsock.collect.dags.dag_row import Dag
from windsock.collect.dags.dags import DagsCollector
from windsock.collect.dags.periods import headroom, periods
from windsock.collect.runs.active import ActiveRun
from windsock.collect.runs.results import Last, last
from windsock.collect.runs.runs import Runs
from windsock.figures import Figures
from windsock.metadb.dag_runs import Run
from windsock.owners import Owners

NOW = at("2026-01-10 12:00")
DAY = timedelta(days=1)


def _dag(
    due: datetime | None = NOW,
    *,
    dag_id: str = "a",
    text: str = "0 12 * * *",
    limit: int | None = None,
    parsed: datetime | None = None,
    stale: bool = False,
    bundle: str | None = None,
) -> Dag:
    return Dag(dag_id, False, stale, due, False, False, None, "", text, None, None, parsed, limit, bundle)


def _run(days: int, run_type: str = "scheduled", state: str = "success") -> Run:
    due = NOW - days * DAY
    return Run("a", f"r{days}", run_type, state, due, due, due, due)


def _active(days: int, run_type: str = "scheduled") -> ActiveRun:
    return ActiveRun(1, "a", "active", run_type, "running", NOW - days * DAY, NOW, NOW)


def _scene(dag: Dag, *ended: Run, active: tuple[ActiveRun, ...] = ()) -> Scene:
    return Scene(
        now=NOW,
        values={"runs": Runs(active=active, created={}, undated={})},
        dags=known.known((dag,), {}, Owners()),
        last={"a": last(ended)},
    )


@pytest.mark.parametrize(
    ("scene", "days"),
    [
        pytest.param(_scene(_dag(), _run(2), _run(1)), 1, id="the newest due time counts"),
        pytest.param(_scene(_dag(), _run(1, state="failed"), _run(2)), 1, id="whatever came of it"),
        pytest.param(_scene(_dag(), _run(3), active=(_active(2),)), 2, id="a run that has not finished"),
        pytest.param(_scene(_dag(), _run(1, "manual"), _run(7)), 7, id="a manual run is not of the schedule"),
        pytest.param(_scene(_dag(), _run(7), active=(_active(1, "backfill"),)), 7, id="nor is a backfill"),
        pytest.param(_scene(_dag(), _run(0)), None, id="due at the same time"),
        pytest.param(_scene(_dag()), None, id="no run yet"),
        pytest.param(_scene(_dag(None), _run(1)), None, id="no next run"),
        pytest.param(_scene(_dag(text="Asset"), _run(1)), None, id="no time schedule"),
    ],
)
def test_the_period_lies_between_the_last_scheduled_run_and_the_next(scene: Scene, days: int | None) -> None:
    assert periods(scene) == ({} if days is None else {"a": days * DAY.total_seconds()})


@pytest.mark.parametrize(
    ("limit", "failures", "left"),
    [
        pytest.param(3, 1, 2, id="some are left"),
        pytest.param(3, 0, 3, id="all are left"),
        pytest.param(3, 5, 0, id="none is left"),
        pytest.param(20, 9, 11, id="counted exactly"),
        pytest.param(20, 10, None, id="failed oftener than we count"),
        pytest.param(10, 10, 0, id="the limit is what we count to"),
        pytest.param(0, 1, None, id="no limit"),
        pytest.param(None, 1, None, id="a version without it"),
    ],
)
def test_headroom_is_what_is_left_of_the_limit(limit: int | None, failures: int, left: int | None) -> None:
    scene = Scene(
        now=NOW,
        dags=known.known((_dag(limit=limit),), {}, Owners()),
        last={"a": Last(success=None, failed=None, finished=None, streak=failures)},
    )
    assert headroom(scene, counted=10) == ({} if left is None else {"a": left})


def test_a_dag_that_never_ran_has_its_whole_limit() -> None:
    scene = Scene(now=NOW, dags=known.known((_dag(limit=3),), {}, Owners()))
    assert headroom(scene, counted=10) == {"a": 3}


def test_of_the_dags_that_are_not_stale_the_oldest_parse_counts() -> None:
    rows = (
        _dag(dag_id="a", parsed=NOW),
        _dag(dag_id="b", parsed=NOW - DAY),
        _dag(dag_id="new"),
        _dag(dag_id="gone", parsed=NOW - 9 * DAY, stale=True),
    )
    figures = Figures()
    DagsCollector(CONTEXT).add(figures, rows, Scene(now=NOW))
    assert figures.family(catalog.LAST_PARSE) == {(): (NOW - DAY).timestamp()}


def test_of_each_bundle_the_oldest_parse_counts_and_in_full_every_dag_has_its_own() -> None:
    rows = (
        _dag(dag_id="a", parsed=NOW, bundle="x"),
        _dag(dag_id="b", parsed=NOW - DAY, bundle="x"),
        _dag(dag_id="c", parsed=NOW - 2 * DAY, bundle="y"),
        _dag(dag_id="gone", parsed=NOW - 9 * DAY, bundle="y", stale=True),
    )
    figures = Figures(Cardinality(preset=Preset.FULL))
    DagsCollector(CONTEXT).add(figures, rows, Scene(now=NOW))
    day, now = DAY.total_seconds(), NOW.timestamp()
    bundles = figures.family(catalog.BUNDLE_OLDEST_PARSE)
    assert {name: now - at for (name,), at in bundles.items()} == {"x": day, "y": 2 * day}
    dags = figures.family(catalog.PARSED)
    assert {dag_id: now - at for (dag_id,), at in dags.items()} == {"a": 0, "b": day, "c": 2 * day}
