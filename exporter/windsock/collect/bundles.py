"""Bundles of DAG files, of Airflow 3."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from windsock.catalog import dags
from windsock.collect.collector import Collector, Reader, Scene, Tier
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make


class Bundle(NamedTuple):
    """An active bundle; never refreshed: None."""

    bundle: str
    refreshed: datetime | None


def bundles(of: Flavour) -> Statement[Bundle] | None:
    """The active ones."""
    if not of.three:
        return None
    return make(
        "bundles",
        Bundle,
        "SELECT name AS bundle, last_refreshed AS refreshed FROM dag_bundle WHERE active",
        reads={"dag_bundle": ("name", "active", "last_refreshed")},
    )


class BundlesCollector(Collector[tuple[Bundle, ...]]):
    """Reads `dag_bundle`."""

    name = "bundles"
    tier = Tier.SLOW
    reads = (bundles,)

    def read(self, reader: Reader) -> tuple[Bundle, ...]:
        """The active ones."""
        return tuple(reader.rows(bundles))

    def add(self, figures: Figures, value: tuple[Bundle, ...], scene: Scene) -> None:
        """The last refresh of each that was refreshed."""
        for row in value:
            if row.refreshed is not None:
                figures.add(dags.BUNDLE_LAST_REFRESH, row.refreshed.timestamp(), bundle=row.bundle)
