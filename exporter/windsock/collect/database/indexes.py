"""The indexes that Windsock's statements rely on: are they there?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from windsock.catalog import metadb
from windsock.collect.collector import Collector, Reader, Scene, Tier
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make


class Index(NamedTuple):
    """A valid index; its columns in order, with commas between them."""

    table: str
    columns: str


class Needed(NamedTuple):
    """An index that begins with these columns; what it is called does not matter."""

    table: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.table} ({', '.join(self.columns)})"


def needed(of: Flavour) -> tuple[Needed, ...]:
    """What the statements for this flavour rely on; Airflow's own migrations make all of them."""
    found = [
        Needed("task_instance", ("state",)),
        Needed("task_instance", ("dag_id", "state")),
        Needed("task_instance", ("dag_id", "run_id")),
        Needed("task_instance", ("last_heartbeat_at",) if of.three else ("job_id",)),
        Needed("dag_run", ("state",)),
        Needed("dag_run", ("dag_id", of.logical)),
        Needed("job", ("job_type", "latest_heartbeat")),
    ]
    if of.three:
        found.append(Needed("dag_run", ("run_after",)))
    if of.since("3.1"):
        found.append(Needed("deadline", ("missed" if of.since("3.2") else "callback_state", "deadline_time")))
    return tuple(found)


def indexes(of: Flavour) -> Statement[Index]:
    """Every index of the tables above, by the server's catalogue; MySQL shows what one may read of."""
    tables = sorted({each.table for each in needed(of)})
    if of.sqlite:
        names = ", ".join(f"'{table}'" for table in tables)
        return make(
            "indexes",
            Index,
            'SELECT m.name AS "table", (SELECT group_concat(name) FROM'
            " (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) AS columns"
            " FROM sqlite_master m JOIN pragma_index_list(m.name) i"
            f" WHERE m.type = 'table' AND m.name IN ({names})",
        )
    if of.mysql:
        names = ", ".join(f"'{table}'" for table in tables)
        return make(
            "indexes",
            Index,
            'SELECT table_name AS "table", group_concat(column_name ORDER BY seq_in_index) AS columns'
            f" FROM information_schema.statistics WHERE table_schema = database() AND table_name IN ({names})"
            " GROUP BY table_name, index_name",
        )
    return make(
        "indexes",
        Index,
        'SELECT t.relname::text AS "table", array_to_string(ARRAY(SELECT a.attname FROM'
        " unnest(i.indkey) WITH ORDINALITY AS k (number, place) JOIN pg_attribute a"
        " ON a.attrelid = t.oid AND a.attnum = k.number ORDER BY k.place), ',') AS columns"
        " FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE i.indisvalid AND i.indisready"
        f" AND t.oid IN ({', '.join(f'to_regclass({table!r})' for table in tables)})",
    )


def missing(of: Flavour, found: Iterable[Index]) -> tuple[Needed, ...]:
    """Those that nothing there begins with."""
    there = [(row.table, tuple(row.columns.split(","))) for row in found]
    return tuple(
        each
        for each in needed(of)
        if not any(
            table == each.table and columns[: len(each.columns)] == each.columns for table, columns in there
        )
    )


class IndexesCollector(Collector[dict[Needed, bool]]):
    """Reads the server's catalogue."""

    name = "indexes"
    tier = Tier.SLOW
    reads = (indexes,)

    def read(self, reader: Reader) -> dict[Needed, bool]:
        """Whether each one is missing."""
        absent = missing(reader.flavour, reader.rows(indexes))
        return {each: each in absent for each in needed(reader.flavour)}

    def add(self, figures: Figures, value: dict[Needed, bool], scene: Scene) -> None:
        """By table and columns."""
        for each, absent in value.items():
            figures.add(metadb.INDEX_MISSING, absent, table=each.table, columns=",".join(each.columns))
