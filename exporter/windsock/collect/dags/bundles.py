"""Bundles of DAG files, of Airflow 3."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from windsock.catalog import changes, dags
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.collect.dags.first_seen import FirstSeen
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make


class Bundle(NamedTuple):
    """An active bundle; never refreshed: None; a bundle without versions: None."""

    bundle: str
    version: str | None
    refreshed: datetime | None


def bundles(of: Flavour) -> Statement[Bundle] | None:
    """The active ones."""
    if not of.three:
        return None
    return make(
        "bundles",
        Bundle,
        "SELECT name AS bundle, version, last_refreshed AS refreshed FROM dag_bundle WHERE active",
        reads={"dag_bundle": ("name", "version", "active", "last_refreshed")},
    )


class Bundles(NamedTuple):
    """What is active, and since when each has been seen with its version."""

    active: tuple[Bundle, ...]
    since: Mapping[str, datetime]


class BundlesCollector(Collector[Bundles]):
    """Reads `dag_bundle`; when a version came is nowhere in it, so first sightings are kept in the state."""

    name = "bundles"
    tier = Tier.SLOW
    reads = (bundles,)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._versions = FirstSeen(context.state, "bundle_versions")

    def read(self, reader: Reader) -> Bundles:
        """The active ones."""
        active = tuple(reader.rows(bundles))
        since = self._versions.see({row.bundle: row.version for row in active if row.version}, reader.now)
        return Bundles(active, since)

    def add(self, figures: Figures, value: Bundles, scene: Scene) -> None:
        """The version of each and since when, and its last refresh if there was one."""
        for row in value.active:
            figures.add(changes.BUNDLE_INFO, 1, bundle=row.bundle, version=row.version or "")
            if row.refreshed is not None:
                figures.add(dags.BUNDLE_LAST_REFRESH, row.refreshed.timestamp(), bundle=row.bundle)
        for bundle, since in value.since.items():
            figures.add(changes.BUNDLE_VERSION_SINCE, since.timestamp(), bundle=bundle)
