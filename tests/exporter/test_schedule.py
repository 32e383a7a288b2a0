"""Due, overdue and blocked, one test per sentence of their meaning."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.support.metadb import CONTEXT, at
from windsock.cardinality import Cardinality, Preset
from windsock.catalog import dags as catalog
from windsock.collect.collector import Scene
from windsock.collect.dags import known, schedule
from windsock.collect.dags.dag_row import Dag
from windsock.collect.dags.dags import DagsCollector
from windsock.collect.runs.runs import Runs, RunsCollector
from windsock.figures import Figures
from windsock.owners import Owners

ELEVEN, NOW = (at(f"2026-01-10 {hour}:00") for hour in (11, 12))
GRACE = timedelta(minutes=1)
HOURLY = "0 * * * *"


def _dag(
    dag_id: str = "a",
    *,
    paused: bool = False,
    stale: bool = False,
    owners: str = "airflow",
    text: str | None = HOURLY,
    due: datetime | None = ELEVEN,
    full: bool = False,
    broken: bool = False,
) -> Dag:
    return Dag(dag_id, paused, stale, due, full, broken, None, owners, text, "f.py")


def _scene(*read: Dag) -> Scene:
    return Scene(now=NOW, grace=GRACE, dags=known.known(read, {}, Owners()))


def _overdue(dag: Dag, *, created: datetime | None = None) -> float | None:
    figures = Figures(Cardinality(preset=Preset.FULL))
    runs = Runs(active=(), created={"a": created} if created else {}, undated={})
    RunsCollector(CONTEXT).add(figures, runs, _scene(dag))
    return figures.value(catalog.OVERDUE, dag_id="a")


def test_a_dag_is_overdue_by_the_time_since_its_next_run_was_due() -> None:
    assert _overdue(_dag()) == 3600


def test_within_grace_a_dag_is_in_time() -> None:
    assert _overdue(_dag(due=NOW - GRACE)) == 0


def test_a_dag_that_is_due_later_is_in_time() -> None:
    assert _overdue(_dag(due=NOW + timedelta(hours=1))) == 0


def test_a_dag_that_works_off_its_backlog_is_not_overdue() -> None:
    assert _overdue(_dag(), created=NOW - timedelta(seconds=30)) == 0


def test_a_run_created_before_the_grace_excuses_nothing() -> None:
    assert _overdue(_dag(), created=NOW - timedelta(minutes=2)) == 3600


def test_a_paused_dag_is_never_overdue() -> None:
    assert _overdue(_dag(paused=True)) is None


def test_a_stale_dag_is_never_overdue() -> None:
    assert _overdue(_dag(stale=True)) is None


def test_a_dag_at_max_active_runs_is_overdue() -> None:
    assert _overdue(_dag(full=True)) == 3600


def test_a_dag_that_ended_is_not_overdue() -> None:
    assert _overdue(_dag(due=None)) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="nothing"),
        pytest.param("null", id="2.x None"),
        pytest.param("None", id="3.x None"),
        pytest.param('"Dataset"', id="2.x dataset"),
        pytest.param("Asset", id="3.x asset"),
        pytest.param('"@once"', id="2.x once"),
        pytest.param("@once", id="3.x once"),
        pytest.param("@continuous", id="continuous"),
        pytest.param("Partitioned Asset", id="partitioned asset"),
    ],
)
def test_without_a_time_schedule_there_is_nothing_to_be_overdue(text: str | None) -> None:
    assert _overdue(_dag(text=text)) is None


def test_a_schedule_of_assets_or_time_has_a_time() -> None:
    assert _overdue(_dag(text="Asset or 0 * * * *")) == 3600


@pytest.mark.parametrize(
    ("dag", "reasons"),
    [
        pytest.param(_dag(), (), id="free"),
        pytest.param(_dag(paused=True), ("paused",), id="paused"),
        pytest.param(_dag(broken=True), ("import_error",), id="import error"),
        pytest.param(_dag(full=True), ("max_active_runs",), id="max_active_runs"),
        pytest.param(_dag(paused=True, full=True), ("paused", "max_active_runs"), id="two reasons"),
    ],
)
def test_every_reason_that_blocks_a_dag_is_named(dag: Dag, reasons: tuple[str, ...]) -> None:
    assert schedule.blocked(dag) == reasons


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        pytest.param(None, "None", id="nothing"),
        pytest.param("null", "None", id="JSON null"),
        pytest.param('"0 6 * * *"', "0 6 * * *", id="2.x cron"),
        pytest.param("0 6 * * *", "0 6 * * *", id="3.x cron"),
        pytest.param(
            '{"type": "timedelta", "attrs": {"days": 1, "seconds": 60, "microseconds": 0}}',
            "1 day, 0:01:00",
            id="2.x timedelta",
        ),
        pytest.param(
            '{"type": "relativedelta", "attrs": {"months": 1, "days": 0}}',
            "relativedelta(months=1)",
            id="2.x relativedelta",
        ),
        pytest.param("{broken", "{broken", id="not JSON after all"),
    ],
)
def test_a_schedule_reads_the_same_on_both_majors(stored: str | None, text: str) -> None:
    assert schedule.schedule_text(stored) == text


def test_owners_are_sorted_and_without_duplicates() -> None:
    assert schedule.sorted_owners("ops, airflow,ops, ") == ("airflow", "ops")


def test_a_paused_dag_has_no_next_run_and_says_why() -> None:
    figures = Figures()
    DagsCollector(CONTEXT).add(figures, (_dag(paused=True),), _scene(_dag(paused=True)))
    assert figures.value(catalog.NEXT_RUN, dag_id="a") is None
    assert figures.value(catalog.DAG_PAUSED, dag_id="a") == 1
    assert figures.value(catalog.BLOCKED, dag_id="a", reason="paused") == 1


def test_each_dag_counts_once() -> None:
    figures = Figures()
    rows = (
        _dag("a"),
        _dag("b", paused=True),
        _dag("c", broken=True, paused=True),
        _dag("d", stale=True, broken=True),
    )
    DagsCollector(CONTEXT).add(figures, rows, _scene(*rows))
    counts = {labels[0]: value for labels, value in figures.family(catalog.DAGS).items()}
    assert counts == {"active": 1, "paused": 1, "import_error": 1, "stale": 1}


def test_only_dags_with_a_schedule_that_run_can_be_overdue() -> None:
    read = (_dag("a"), _dag("b", paused=True), _dag("c", text=None), _dag("d"))
    figures = Figures()
    RunsCollector(CONTEXT).add(figures, Runs(active=(), created={}, undated={}), _scene(*read))
    assert figures.value(catalog.SCHEDULED) == 2
