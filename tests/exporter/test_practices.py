"""Practices, from DAGs as they are known."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.support.metadb import at
from windsock.catalog import practices as catalog
from windsock.collect.dags import practices
from windsock.collect.dags.dag_row import Dag
from windsock.collect.dags.known import folder, known
from windsock.figures import Figures
from windsock.owners import Owners


def _dag(dag_id: str, **fields: Any) -> Dag:
    given: dict[str, Any] = {
        "paused": False,
        "stale": False,
        "owners": "finance",
        "schedule": "@daily",
        "due": at("2026-01-10 12:05"),
        "exceeds_max_active_runs": False,
        "import_errors": False,
        "next_run": None,
        "file": f"{dag_id}.py",
    }
    return Dag(dag_id=dag_id, **{**given, **fields})


def _figures(*dags: Dag) -> Figures:
    figures = Figures()
    practices.add(figures, known(dags, {}, Owners()))
    return figures


def _minutes(figures: Figures) -> dict[str, float]:
    return {minute: count for (minute,), count in figures.family(catalog.DAGS_DUE).items() if count}


def test_dags_are_counted_by_the_minute_in_which_they_are_due_next() -> None:
    figures = _figures(
        _dag("a"),
        _dag("b", due=at("2026-01-11 23:05")),
        _dag("c", due=at("2026-01-10 12:59")),
    )
    assert _minutes(figures) == {"05": 2, "59": 1}
    assert len(figures.family(catalog.DAGS_DUE)) == 60


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"paused": True}, id="paused"),
        pytest.param({"stale": True}, id="stale"),
        pytest.param({"schedule": "Asset"}, id="without a time"),
        pytest.param({"due": None}, id="ended"),
    ],
)
def test_what_will_not_run_at_a_time_crowds_no_minute(
    fields: dict[str, datetime | bool | str | None],
) -> None:
    assert _minutes(_figures(_dag("a", **fields))) == {}


@pytest.mark.parametrize(
    ("owners", "count"),
    [
        pytest.param("", 1, id="none"),
        pytest.param(None, 1, id="unknown"),
        pytest.param("airflow", 1, id="the default"),
        pytest.param("airflow, airflow", 1, id="the default of two tasks"),
        pytest.param("airflow, finance", 0, id="the default and a team"),
        pytest.param("finance", 0, id="a team"),
    ],
)
def test_the_default_owner_is_none(owners: str | None, count: int) -> None:
    assert _figures(_dag("a", owners=owners)).value(catalog.DAGS_WITHOUT_OWNER) == count


def test_files_are_counted_by_bundle() -> None:
    figures = _figures(
        _dag("a", file="x.py", bundle="one"),
        _dag("b", file="x.py", bundle="one"),
        _dag("c", file="x.py", bundle="two"),
        _dag("d", file="x.py", bundle="two", stale=True),
        _dag("e", file="y.py", bundle="two"),
    )
    assert figures.value(catalog.DAG_FILES) == 3
    assert figures.value(catalog.DAGS_PER_FILE) == 2


def test_without_dags_there_are_no_files() -> None:
    assert _figures().value(catalog.DAGS_PER_FILE) == 0


@pytest.mark.parametrize(
    ("file", "root", "expected"),
    [
        pytest.param("team_a/etl/x.py", None, "team_a/etl", id="below its bundle"),
        pytest.param("x.py", None, "", id="at the top"),
        pytest.param("/dags/team_a/x.py", "/dags", "team_a", id="2.x"),
        pytest.param("/dags/team_a/x.py", "/dags/", "team_a", id="2.x, a slash at the end"),
        pytest.param("/dags/x.py", "/dags", "", id="2.x at the top"),
        pytest.param("/dags2/team_a/x.py", "/dags", "/dags2/team_a", id="2.x, elsewhere"),
        pytest.param("/dags/team_a/x.py", None, "/dags/team_a", id="2.x, no folder known"),
        pytest.param("team.zip/x.py", None, "team.zip", id="in an archive"),
        pytest.param(None, None, "", id="no file"),
    ],
)
def test_the_folder_of_a_file(file: str | None, root: str | None, expected: str) -> None:
    assert folder(_dag("a", file=file, root=root)) == expected
