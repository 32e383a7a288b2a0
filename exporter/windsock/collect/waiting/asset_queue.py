"""DAGs that have some of the asset events they wait for."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from windsock.catalog import waiting
from windsock.collect.collector import Collector, Reader, Scene, Tier
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make


class AssetQueue(NamedTuple):
    """Asset events that a DAG holds while it waits for the rest of its assets."""

    dag_id: str
    events: int
    oldest: datetime


def asset_queue(of: Flavour) -> Statement[AssetQueue]:
    """By DAG; the table is small."""
    table = "asset_dag_run_queue" if of.three else "dataset_dag_run_queue"
    return make(
        "asset_queue",
        AssetQueue,
        "SELECT target_dag_id AS dag_id, count(*) AS events, min(created_at) AS oldest"
        f" FROM {table} GROUP BY 1",
        reads={table: ("target_dag_id", "created_at")},
    )


class AssetQueueCollector(Collector[tuple[AssetQueue, ...]]):
    """Reads `asset_dag_run_queue`, on 2.x `dataset_dag_run_queue`; a row goes when its run is created."""

    name = "asset_queue"
    tier = Tier.SLOW
    reads = (asset_queue,)

    def read(self, reader: Reader) -> tuple[AssetQueue, ...]:
        """By DAG."""
        return tuple(reader.rows(asset_queue))

    def add(self, figures: Figures, value: tuple[AssetQueue, ...], scene: Scene) -> None:
        """Number and age by DAG."""
        for row in value:
            figures.add(waiting.ASSET_QUEUE_EVENTS, row.events, dag_id=row.dag_id)
            figures.add(waiting.ASSET_QUEUE_OLDEST, row.oldest.timestamp(), dag_id=row.dag_id)
