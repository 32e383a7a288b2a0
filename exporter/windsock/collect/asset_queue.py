"""DAGs that have some of the asset events they wait for."""

from __future__ import annotations

from windsock.catalog import waiting
from windsock.collect.collector import Collector, Reader, Tier
from windsock.figures import Figures
from windsock.metadb import rows


class AssetQueueCollector(Collector[tuple[rows.AssetQueue, ...]]):
    """Reads `asset_dag_run_queue`, on 2.x `dataset_dag_run_queue`; a row goes when its run is created."""

    name = "asset_queue"
    tier = Tier.SLOW
    uses = ("asset_queue",)

    def read(self, reader: Reader) -> tuple[rows.AssetQueue, ...]:
        """By DAG."""
        return tuple(reader.rows(reader.statements.small.asset_queue))


def add(figures: Figures, read: tuple[rows.AssetQueue, ...]) -> None:
    """Number and age by DAG."""
    for row in read:
        figures.add(waiting.ASSET_QUEUE_EVENTS, row.events, dag_id=row.dag_id)
        figures.add(waiting.ASSET_QUEUE_OLDEST, row.oldest.timestamp(), dag_id=row.dag_id)
