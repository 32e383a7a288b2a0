"""Callbacks that wait for a DAG processor, a triggerer or an executor."""

from __future__ import annotations

from collections.abc import Mapping

from windsock.catalog import waiting
from windsock.collect.collector import Collector, Reader, Tier
from windsock.figures import Figures

# (type, state) -> number
Pending = Mapping[tuple[str, str], int]


class CallbacksCollector(Collector[Pending]):
    """Reads `callback`, before 3.2 `callback_request`."""

    name = "callbacks"
    tier = Tier.SLOW
    uses = ("callbacks",)

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()

    def read(self, reader: Reader) -> Pending:
        """By type and state, zero for what was seen before."""
        rows = reader.rows(reader.statements.small.callbacks)
        found = {(row.type, row.state): row.callbacks for row in rows}
        self._seen |= found.keys()
        return {key: found.get(key, 0) for key in sorted(self._seen)}


def add(figures: Figures, read: Pending) -> None:
    """By type and state."""
    for (kind, state), count in read.items():
        figures.add(waiting.CALLBACKS_PENDING, count, type=kind, state=state)
