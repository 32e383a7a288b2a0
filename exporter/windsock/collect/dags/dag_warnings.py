"""What Airflow warns of, beside import errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from windsock.catalog import dags
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

# The one type that every version has.
_NO_SUCH_POOL = "non-existent pool"


class Warnings(NamedTuple):
    """dag_warning by type."""

    warning_type: str
    warnings: int


def dag_warnings(_of: Flavour) -> Statement[Warnings]:
    """By type; the table is small."""
    return make(
        "dag_warnings",
        Warnings,
        "SELECT warning_type, count(*) AS warnings FROM dag_warning GROUP BY 1",
        reads={"dag_warning": ("warning_type",)},
    )


class DagWarningsCollector(Collector[Mapping[str, int]]):
    """Reads `dag_warning`."""

    name = "dag_warnings"
    tier = Tier.SLOW
    reads = (dag_warnings,)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._types = {_NO_SUCH_POOL}

    def read(self, reader: Reader) -> Mapping[str, int]:
        """Warnings by type, zero for a type that was seen before."""
        found = {row.warning_type: row.warnings for row in reader.rows(dag_warnings)}
        self._types |= found.keys()
        return {kind: found.get(kind, 0) for kind in sorted(self._types)}

    def add(self, figures: Figures, value: Mapping[str, int], scene: Scene) -> None:
        """By type."""
        for kind, count in value.items():
            figures.add(dags.DAG_WARNINGS, count, warning_type=kind)
