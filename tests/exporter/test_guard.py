from __future__ import annotations

import re
from typing import Any, NamedTuple

import pytest

from windsock.airflow_versions import VERSIONS
from windsock.collect.default import wanted
from windsock.metadb import schema
from windsock.metadb.flavour import Flavour
from windsock.metadb.guard import read_whole, sequential
from windsock.metadb.statement import Statement, StatementError
from windsock.metadb.statements import Statements

_SCAN = {"Node Type": "Seq Scan", "Relation Name": "job"}


@pytest.mark.parametrize(
    ("plan", "tables"),
    [
        pytest.param([{"Plan": _SCAN}], {"job"}, id="at the top"),
        pytest.param([{"Plan": {"Node Type": "Append", "Plans": [_SCAN]}}], {"job"}, id="below"),
        pytest.param([{"Plan": {"Node Type": "Index Scan", "Relation Name": "job"}}], set(), id="by index"),
        pytest.param([], set(), id="nothing"),
    ],
)
def test_a_plan_names_the_tables_it_reads_whole(plan: Any, tables: set[str]) -> None:
    assert sequential(plan) == tables


def _row(table: str, kind: str, rows: int = 1, extra: str | None = None) -> dict[str, Any]:
    return {"table": table, "type": kind, "rows": str(rows), "Extra": extra}


@pytest.mark.parametrize(
    ("plan", "tables"),
    [
        pytest.param([_row("job", "ALL")], {"job"}, id="whole"),
        pytest.param([_row("job", "ref", 10**6)], set(), id="by index"),
        pytest.param([_row("log", "index", 1)], set(), id="the first of an index"),
        pytest.param([_row("log", "index", 10**6)], {"log"}, id="the whole of an index"),
        pytest.param([_row("x", "ref"), _row("r", "ALL")], {"dag_run"}, id="under another name"),
        pytest.param(
            [_row("r", "ALL", 10**6, "Range checked for each record")], set(), id="a range for each row"
        ),
    ],
)
def test_a_plan_of_mariadb_names_the_tables_it_reads_whole(plan: Any, tables: set[str]) -> None:
    sql = "SELECT 1 FROM (SELECT 1 FROM dag_run x FORCE INDEX (a)) t JOIN dag_run r FORCE INDEX (b) ON true"
    assert read_whole(plan, sql) == tables


class _Row(NamedTuple):
    dag_id: str
    runs: int


def test_a_result_with_other_columns_is_an_error_that_names_both_sets() -> None:
    statement = Statement(name="runs", sql="SELECT 1", row=_Row)
    with pytest.raises(StatementError, match="returns dag, runs; its row is dag_id, runs"):
        statement.check(("dag", "runs"))


@pytest.mark.parametrize("line", VERSIONS)
@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
def test_no_statement_reads_whole_rows(line: str, dialect: str) -> None:
    needed = wanted()
    statements = Statements(Flavour(line=line, dialect=dialect), (*needed.vital, *needed.others)).all()
    assert [each.name for each in statements if re.search(r"(SELECT|,|\.)\s*\*", each.sql)] == []
    assert [each.name for each in statements if "{" in each.sql] == []


def test_a_newer_revision_is_read_with_the_newest_statements() -> None:
    found = schema.from_revision("ffffffffffff")
    assert (found.line, found.known, found.version_max) == (VERSIONS[-1], False, "unknown")
