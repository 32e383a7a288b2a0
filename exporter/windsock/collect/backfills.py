"""Backfills that are under way, of Airflow 3; their runs are among the active ones."""

from __future__ import annotations

from windsock.catalog import dags
from windsock.collect.collector import Collector, Reader, Tier
from windsock.figures import Figures
from windsock.metadb import rows


class BackfillsCollector(Collector[tuple[rows.Backfills, ...]]):
    """Reads `backfill`."""

    name = "backfills"
    tier = Tier.SLOW
    uses = ("backfills",)

    def read(self, reader: Reader) -> tuple[rows.Backfills, ...]:
        """Those that are not completed, by DAG."""
        return tuple(reader.rows(reader.statements.small.backfills))


def add(figures: Figures, read: tuple[rows.Backfills, ...]) -> None:
    """By DAG."""
    for row in read:
        figures.add(dags.BACKFILLS_ACTIVE, row.backfills, dag_id=row.dag_id)
