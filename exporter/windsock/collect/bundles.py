"""Bundles of DAG files, of Airflow 3."""

from __future__ import annotations

from windsock.catalog import dags
from windsock.collect.collector import Collector, Reader, Tier
from windsock.figures import Figures
from windsock.metadb import rows


class BundlesCollector(Collector[tuple[rows.Bundle, ...]]):
    """Reads `dag_bundle`."""

    name = "bundles"
    tier = Tier.SLOW
    uses = ("bundles",)

    def read(self, reader: Reader) -> tuple[rows.Bundle, ...]:
        """The active ones."""
        return tuple(reader.rows(reader.statements.small.bundles))


def add(figures: Figures, read: tuple[rows.Bundle, ...]) -> None:
    """The last refresh of each that was refreshed."""
    for row in read:
        if row.refreshed is not None:
            figures.add(dags.BUNDLE_LAST_REFRESH, row.refreshed.timestamp(), bundle=row.bundle)
