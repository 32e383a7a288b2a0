"""Callbacks that wait for a DAG processor, a triggerer or an executor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from windsock.catalog import waiting
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

# (type, state) -> number
Pending = Mapping[tuple[str, str], int]


class Callbacks(NamedTuple):
    """Callbacks that nobody has finished."""

    type: str
    state: str
    callbacks: int


def callbacks(of: Flavour) -> Statement[Callbacks]:
    """Those that should run and have not finished."""
    if of.since("3.2"):
        # Those for the DAG processor have no state, and go when it takes them. That of a deadline which may
        # still be met is `scheduled`, and is not to run yet.
        return make(
            "callbacks",
            Callbacks,
            "SELECT type, COALESCE(state, 'pending') AS state, count(*) AS callbacks FROM callback"
            " WHERE state IS NULL OR state IN ('pending', 'queued', 'running') GROUP BY 1, 2",
            reads={"callback": ("type", "state")},
        )
    # A row goes when the DAG processor takes it.
    return make(
        "callbacks",
        Callbacks,
        "SELECT callback_type AS type, 'pending' AS state, count(*) AS callbacks"
        " FROM callback_request GROUP BY 1",
        reads={"callback_request": ("callback_type",)},
    )


class CallbacksCollector(Collector[Pending]):
    """Reads `callback`, before 3.2 `callback_request`."""

    name = "callbacks"
    tier = Tier.SLOW
    reads = (callbacks,)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._seen: set[tuple[str, str]] = set()

    def read(self, reader: Reader) -> Pending:
        """By type and state, zero for what was seen before."""
        rows = reader.rows(callbacks)
        found = {(row.type, row.state): row.callbacks for row in rows}
        self._seen |= found.keys()
        return {key: found.get(key, 0) for key in sorted(self._seen)}

    def add(self, figures: Figures, value: Pending, scene: Scene) -> None:
        """By type and state."""
        for (kind, state), count in value.items():
            figures.add(waiting.CALLBACKS_PENDING, count, type=kind, state=state)
