"""How many connections Airflow's database has, and how many it may have."""

from __future__ import annotations

from typing import NamedTuple

from windsock.catalog import metadb
from windsock.collect.collector import Collector, Reader, Scene, Tier
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make


class Connections(NamedTuple):
    """Those of this database, and the limit that it or its server meets first."""

    connections: int
    most: int


def connections(of: Flavour) -> Statement[Connections] | None:
    """PostgreSQL: from its statistics, which need no privilege."""
    if not of.postgresql:
        return None
    return make(
        "connections",
        Connections,
        "SELECT s.numbackends AS connections, LEAST(current_setting('max_connections')::int,"
        " NULLIF(d.datconnlimit, -1)) AS most FROM pg_stat_database s JOIN pg_database d"
        " ON d.oid = s.datid WHERE d.datname = current_database()",
    )


class ConnectionsCollector(Collector[tuple[Connections, ...]]):
    """Reads the server's statistics."""

    name = "connections"
    tier = Tier.FAST
    reads = (connections,)

    def read(self, reader: Reader) -> tuple[Connections, ...]:
        """One row."""
        return tuple(reader.rows(connections))

    def add(self, figures: Figures, value: tuple[Connections, ...], scene: Scene) -> None:
        """Both."""
        for row in value:
            figures.add(metadb.CONNECTIONS, row.connections)
            figures.add(metadb.CONNECTIONS_LIMIT, row.most)
