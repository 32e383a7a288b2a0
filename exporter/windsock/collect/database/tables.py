"""The tables themselves: how big they are, and how far back they go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import NamedTuple
from uuid import UUID

from windsock.airflow_versions import AIRFLOW_2, AIRFLOW_3, VERSIONS, since
from windsock.catalog import metadb
from windsock.collect.collector import Collector, Reader, Scene, Tier
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make
from windsock.metadb.statements import Maker


class TableSize(NamedTuple):
    """A table by the server's statistics; -1 rows before the first ANALYZE, dead ones on PostgreSQL only."""

    table: str
    rows: int
    bytes: int
    dead: int | None


class Oldest(NamedTuple):
    """The time of the row with the lowest id."""

    oldest: datetime | None


class TaskId(NamedTuple):
    """The id of a task instance of 3.x."""

    task: str


# Those that grow, those that change all the time, and those that an upgrade leaves behind.
_TABLES = (
    *("asset_dag_run_queue", "asset_event", "callback", "callback_request", "celery_taskmeta", "dag"),
    *("dag_code", "dag_run", "dag_version", "dagrun_asset_event", "dagrun_dataset_event"),
    *("dataset_dag_run_queue", "dataset_event", "deadline", "import_error", "job", "log"),
    *("rendered_task_instance_fields", "serialized_dag", "session", "sla_miss", "task_fail"),
    *("task_instance", "task_instance_history", "task_map", "task_reschedule", "trigger", "xcom"),
)
# A harmless column of those that nothing else is read of, and the lines that have it.
_SEEN_BY = {
    "dag_code": ("last_updated", VERSIONS),
    "dag_version": ("id", AIRFLOW_3),
    "dagrun_asset_event": ("event_id", AIRFLOW_3),
    "dagrun_dataset_event": ("event_id", AIRFLOW_2),
    "rendered_task_instance_fields": ("dag_id", VERSIONS),
    "serialized_dag": ("dag_id", VERSIONS),
    "task_instance_history": ("dag_id", since("2.10")),
    "task_map": ("dag_id", VERSIONS),
    "task_reschedule": ("id", VERSIONS),
    "xcom": ("dag_id", VERSIONS),
}


def table_sizes(of: Flavour) -> Statement[TableSize] | None:
    """The server's statistics: PostgreSQL tells them everybody, MySQL who may read a column of the table."""
    if of.sqlite:
        return None
    if of.mysql:
        names = ", ".join(f"'{table}'" for table in _TABLES)
        return make(
            "table_sizes",
            TableSize,
            'SELECT table_name AS "table", COALESCE(table_rows, -1) AS "rows",'
            " COALESCE(data_length + index_length, 0) AS bytes, NULL AS dead FROM information_schema.tables"
            f" WHERE table_schema = database() AND table_name IN ({names})",
            reads={table: (column,) for table, (column, lines) in _SEEN_BY.items() if of.line in lines},
        )
    tables = ", ".join(f"to_regclass('{table}')" for table in _TABLES)
    return make(
        "table_sizes",
        TableSize,
        'SELECT relname::text AS "table", reltuples AS rows, pg_total_relation_size(oid) AS bytes,'
        f" pg_stat_get_dead_tuples(oid) AS dead FROM pg_class WHERE relkind = 'r' AND oid IN ({tables})",
    )


def _oldest(table: str, column: str, expression: str = "") -> Maker[Oldest]:
    """The row with the lowest id, by primary key; `airflow db clean` goes by this column."""

    def oldest(of: Flavour) -> Statement[Oldest] | None:
        if (table in _ONLY_3 and not of.three) or (table in _ONLY_2 and of.three):
            return None
        return make(
            f"oldest_{table}",
            Oldest,
            f"SELECT {expression or column} AS oldest FROM {table} ORDER BY id LIMIT 1",
            reads={table: ("id", column.strip('"'), *(("queued_at",) if expression else ()))},
        )

    return oldest


_ONLY_2 = frozenset({"dataset_event", "task_fail"})
_ONLY_3 = frozenset({"asset_event"})
_OLDEST: Mapping[str, Maker[Oldest]] = {
    "dag_run": _oldest("dag_run", "start_date", "COALESCE(start_date, queued_at)"),
    "job": _oldest("job", "latest_heartbeat"),
    "log": _oldest("log", "dttm"),
    "dataset_event": _oldest("dataset_event", '"timestamp"'),
    "task_fail": _oldest("task_fail", "start_date"),
    "asset_event": _oldest("asset_event", '"timestamp"'),
}


def first_task(of: Flavour) -> Statement[TaskId] | None:
    """The lowest id of task_instance, on 3.x, where it holds a time."""
    if not of.three:
        return None
    return make(
        "first_task",
        TaskId,
        f"SELECT {of.text('id')} AS task FROM task_instance ORDER BY task_instance.id LIMIT 1",
        reads={"task_instance": ("id",)},
    )


class TableSizesCollector(Collector[tuple[TableSize, ...]]):
    """Reads the server's statistics; nothing is counted."""

    name = "table_sizes"
    tier = Tier.SLOW
    # A standby has statistics of its own, without dead rows.
    of_primary = True
    reads = (table_sizes,)

    def read(self, reader: Reader) -> tuple[TableSize, ...]:
        """The tables that exist."""
        return tuple(reader.rows(table_sizes))

    def add(self, figures: Figures, value: tuple[TableSize, ...], scene: Scene) -> None:
        """Size, rows and dead rows by table."""
        for row in value:
            figures.add(metadb.TABLE_SIZE, row.bytes, table=row.table)
            if row.dead is not None:
                figures.add(metadb.TABLE_DEAD_ROWS, row.dead, table=row.table)
            if row.rows >= 0:
                figures.add(metadb.TABLE_ROWS, row.rows, table=row.table)


class OldestRowsCollector(Collector[Mapping[str, datetime]]):
    """Reads the first row by primary key of the tables that `airflow db clean` empties."""

    name = "oldest_rows"
    tier = Tier.SLOW
    reads = (*_OLDEST.values(), first_task)

    def read(self, reader: Reader) -> Mapping[str, datetime]:
        """The time of that row by table."""
        return oldest_rows(reader)

    def add(self, figures: Figures, value: Mapping[str, datetime], scene: Scene) -> None:
        """By table."""
        for table, oldest in value.items():
            figures.add(metadb.TABLE_OLDEST_ROW, oldest.timestamp(), table=table)


def oldest_rows(reader: Reader) -> Mapping[str, datetime]:
    """The time of the row with the lowest id by table, for the tables that have one."""
    found = {table: row.oldest for table, oldest in _OLDEST.items() for row in reader.rows(oldest)}
    for first in reader.rows(first_task):
        found["task_instance"] = created(first.task)
    return {table: oldest for table, oldest in found.items() if oldest is not None}


def created(task: str) -> datetime | None:
    """When a task instance of 3.x was created: its id, a UUID of version 7, begins with the milliseconds."""
    try:
        value = UUID(task)
    except ValueError:
        return None
    return datetime.fromtimestamp((value.int >> 80) / 1000, timezone.utc) if value.version == 7 else None
