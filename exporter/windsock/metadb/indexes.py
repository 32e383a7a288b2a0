"""Which indexes a MariaDB or MySQL has: forcing one that is missing would be an error."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from windsock.metadb.database import Database
from windsock.metadb.flavour import Index
from windsock.metadb.statement import Statement


class _Part(NamedTuple):
    table: str
    name: str
    column: str


_PARTS = Statement(
    name="indexes",
    row=_Part,
    sql='SELECT table_name AS "table", index_name AS name, column_name AS "column"'
    " FROM information_schema.statistics WHERE table_schema = database()"
    " AND table_name IN ('task_instance', 'dag_run') ORDER BY table_name, index_name, seq_in_index",
)


def read(database: Database) -> tuple[Index, ...]:
    """The indexes of the tables of which one may be forced.

    Raises:
        ReadError: the database did not answer.
    """
    parts = groupby(database.read(_PARTS), key=lambda part: (part.table, part.name))
    return tuple(Index(table, name, tuple(each.column for each in rows)) for (table, name), rows in parts)
