"""Tables of providers: on any Airflow they are there or not, and that they are missing is no error."""

from __future__ import annotations

from typing import NamedTuple

from windsock.airflow_versions import VERSIONS
from windsock.metadb.database import Database
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

TABLES = ("edge_worker", "edge_job")
_FORMS = {
    "postgresql": "SELECT relname::text AS name FROM pg_class WHERE oid IN ({regclass})",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ({names})",
}
_OTHERS = (
    "SELECT table_name AS name FROM information_schema.tables"
    " WHERE table_schema = DATABASE() AND table_name IN ({names})"
)


class Table(NamedTuple):
    """A table that exists."""

    name: str


def extras(of: Flavour) -> Statement[Table]:
    """Which of them exist, from the catalogue of the server; that needs no privilege on PostgreSQL."""
    return make(
        "extras",
        Table,
        _FORMS.get(of.dialect, _OTHERS).format(
            regclass=", ".join(f"to_regclass('{table}')" for table in TABLES),
            names=", ".join(f"'{table}'" for table in TABLES),
        ),
    )


def detect(database: Database) -> frozenset[str]:
    """The tables of providers that the database has.

    Raises:
        ReadError: it did not answer.
    """
    return frozenset(
        row.name for row in database.read(extras(Flavour(line=VERSIONS[-1], dialect=database.dialect)))
    )
