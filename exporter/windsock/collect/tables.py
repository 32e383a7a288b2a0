"""The tables themselves: how big they are, and how far back they go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from uuid import UUID

from windsock.catalog import metadb
from windsock.collect.collector import Collector, Reader, Tier
from windsock.figures import Figures
from windsock.metadb import rows


class TableSizesCollector(Collector[tuple[rows.TableSize, ...]]):
    """Reads PostgreSQL's statistics; nothing is counted."""

    name = "table_sizes"
    tier = Tier.SLOW
    uses = ("table_sizes",)

    def read(self, reader: Reader) -> tuple[rows.TableSize, ...]:
        """The tables that exist."""
        return tuple(reader.rows(reader.statements.hygiene.sizes))


class OldestRowsCollector(Collector[Mapping[str, datetime]]):
    """Reads the first row by primary key of the tables that `airflow db clean` empties."""

    name = "oldest_rows"
    tier = Tier.SLOW
    uses = (
        *("oldest_asset_event", "oldest_dag_run", "oldest_dataset_event", "oldest_job", "oldest_log"),
        *("oldest_task_fail", "first_task"),
    )

    def read(self, reader: Reader) -> Mapping[str, datetime]:
        """The time of that row by table, for the tables that have one."""
        statements = reader.statements.hygiene
        found = {
            table: row.oldest
            for table, statement in statements.oldest.items()
            for row in reader.rows(statement)
        }
        for first in reader.rows(statements.first_task):
            found["task_instance"] = created(first.task)
        return {table: oldest for table, oldest in found.items() if oldest is not None}


def created(task: str) -> datetime | None:
    """When a task instance of 3.x was created: its id, a UUID of version 7, begins with the milliseconds."""
    try:
        value = UUID(task)
    except ValueError:
        return None
    return datetime.fromtimestamp((value.int >> 80) / 1000, timezone.utc) if value.version == 7 else None


def add_sizes(figures: Figures, read: tuple[rows.TableSize, ...]) -> None:
    """Size, rows and dead rows by table."""
    for row in read:
        figures.add(metadb.TABLE_SIZE, row.bytes, table=row.table)
        figures.add(metadb.TABLE_DEAD_ROWS, row.dead, table=row.table)
        if row.rows >= 0:
            figures.add(metadb.TABLE_ROWS, row.rows, table=row.table)


def add_oldest(figures: Figures, read: Mapping[str, datetime]) -> None:
    """By table."""
    for table, oldest in read.items():
        figures.add(metadb.TABLE_OLDEST_ROW, oldest.timestamp(), table=table)
