"""Backfills that are under way, of Airflow 3; their runs are among the active ones."""

from __future__ import annotations

from typing import NamedTuple

from windsock.catalog import dags
from windsock.collect.collector import Collector, Reader, Scene, Tier
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make


class Backfills(NamedTuple):
    """Backfills of a DAG that are not completed."""

    dag_id: str
    backfills: int


def backfills(of: Flavour) -> Statement[Backfills] | None:
    """By DAG; the table is small."""
    if not of.three:
        return None
    return make(
        "backfills",
        Backfills,
        "SELECT dag_id, count(*) AS backfills FROM backfill WHERE completed_at IS NULL GROUP BY 1",
        reads={"backfill": ("dag_id", "completed_at")},
    )


class BackfillsCollector(Collector[tuple[Backfills, ...]]):
    """Reads `backfill`."""

    name = "backfills"
    tier = Tier.SLOW
    reads = (backfills,)

    def read(self, reader: Reader) -> tuple[Backfills, ...]:
        """Those that are not completed, by DAG."""
        return tuple(reader.rows(backfills))

    def add(self, figures: Figures, value: tuple[Backfills, ...], scene: Scene) -> None:
        """By DAG."""
        for row in value:
            figures.add(dags.BACKFILLS_ACTIVE, row.backfills, dag_id=row.dag_id)
