"""Workers of the edge3 provider, where it is installed."""

from __future__ import annotations

from ast import literal_eval
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from windsock.catalog import components
from windsock.collect.collector import Collector, Reader, Scene, Tier
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

# A worker says something every 30 s; its provider gives it up after five times that. Without a scheduler that
# runs it, nobody does.
_SILENT = timedelta(minutes=10)
_GONE = frozenset({"offline", "offline maintenance", "unknown"})


class EdgeWorker(NamedTuple):
    """A worker that has ever reported; `queues` is the text of a Python list, None for every queue."""

    state: str
    queues: str | None
    updated: datetime | None


def edge_workers(of: Flavour) -> Statement[EdgeWorker] | None:
    """The whole table, one row per worker, if the provider has made it."""
    if not of.since("2.10") or not of.has("edge_worker"):
        return None
    return make(
        "edge_workers",
        EdgeWorker,
        "SELECT state, queues, last_update AS updated FROM edge_worker LIMIT 10000",
        reads={"edge_worker": ("state", "queues", "last_update")},
    )


class EdgeWorkersCollector(Collector[Mapping[tuple[str, str], int]]):
    """Reads `edge_worker`."""

    name = "edge_workers"
    tier = Tier.SLOW
    reads = (edge_workers,)

    def read(self, reader: Reader) -> Mapping[tuple[str, str], int]:
        """How many, by state and queues."""
        return Counter((_state(row, reader.now), _queues(row.queues)) for row in reader.rows(edge_workers))

    def add(self, figures: Figures, value: Mapping[tuple[str, str], int], scene: Scene) -> None:
        """As counted."""
        for (state, queues), count in value.items():
            figures.add(components.EDGE_WORKERS, count, state=state, queues=queues)


def _state(row: EdgeWorker, now: datetime) -> str:
    silent = row.updated is None or now - row.updated > _SILENT
    return "unknown" if silent and row.state not in _GONE else row.state


def _queues(stored: str | None) -> str:
    try:
        names = literal_eval(stored) if stored else ()
        return ",".join(sorted({str(name) for name in names}))
    except (SyntaxError, TypeError, ValueError, MemoryError, RecursionError):
        return ""
