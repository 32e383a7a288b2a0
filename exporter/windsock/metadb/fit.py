"""Which line of Airflow a schema of unknown revision is nearest to, by the columns that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from windsock.airflow_versions import VERSIONS
from windsock.metadb.database import Database
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make


class Candidate(NamedTuple):
    """The statements of a line of Airflow, and which of them are vital."""

    vital: Sequence[Statement[Any]]
    every: Sequence[Statement[Any]]


class Column(NamedTuple):
    """One column of the database."""

    table: str
    column: str


def columns(of: Flavour) -> Statement[Column]:
    """Every column of the tables in the search path, whether the role may read it or not (not on MariaDB)."""
    if of.sqlite:
        sql = (
            'SELECT m.name AS "table", p.name AS "column" FROM sqlite_master m'
            " JOIN pragma_table_info(m.name) p WHERE m.type = 'table'"
        )
    elif of.postgresql:
        # Not information_schema, which shows a role only what it may read.
        sql = (
            'SELECT c.relname::text AS "table", a.attname::text AS "column" FROM pg_class c'
            " JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind IN ('r', 'p', 'v')"
            " AND a.attnum > 0 AND NOT a.attisdropped AND pg_table_is_visible(c.oid)"
        )
    else:
        sql = (
            'SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns'
            " WHERE table_schema = database()"
        )
    return make("columns", Column, sql)


def nearest(database: Database, candidates: Mapping[str, Candidate]) -> str:
    """The line whose statements find the most of their columns, the vital ones first; of equals the newest.

    Args:
        database: where the columns are.
        candidates: by line of Airflow.

    Raises:
        ReadError: the database did not answer.
    """
    flavour = Flavour(line=VERSIONS[-1], dialect=database.dialect)
    there = {(row.table, row.column) for row in database.read(columns(flavour))}

    def fits(statement: Statement[Any]) -> bool:
        return all((table, name) in there for table, names in statement.reads.items() for name in names)

    def fit(line: str) -> tuple[float, int, int]:
        vital, every = candidates[line]
        return sum(map(fits, vital)) / len(vital), sum(map(fits, every)), VERSIONS.index(line)

    return max(candidates, key=fit)
