"""What Airflow warns of, beside import errors."""

from __future__ import annotations

from collections.abc import Mapping

from windsock.catalog import dags
from windsock.collect.collector import Collector, Reader, Tier
from windsock.figures import Figures

# The one type that every version has.
_NO_SUCH_POOL = "non-existent pool"


class DagWarningsCollector(Collector[Mapping[str, int]]):
    """Reads `dag_warning`."""

    name = "dag_warnings"
    tier = Tier.SLOW
    uses = ("dag_warnings",)

    def __init__(self) -> None:
        self._types = {_NO_SUCH_POOL}

    def read(self, reader: Reader) -> Mapping[str, int]:
        """Warnings by type, zero for a type that was seen before."""
        found = {row.warning_type: row.warnings for row in reader.rows(reader.statements.small.dag_warnings)}
        self._types |= found.keys()
        return {kind: found.get(kind, 0) for kind in sorted(self._types)}


def add(figures: Figures, read: Mapping[str, int]) -> None:
    """By type."""
    for kind, count in read.items():
        figures.add(dags.DAG_WARNINGS, count, warning_type=kind)
