"""Statements about the tables themselves: how big they are, how far back they go. Windsock can do without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from windsock.airflow_versions import AIRFLOW_3
from windsock.metadb import rows
from windsock.metadb.statement import Statement, make

# Those that grow, those that change all the time, and those that an upgrade leaves behind.
TABLES = (
    *("asset_dag_run_queue", "asset_event", "callback", "callback_request", "celery_taskmeta", "dag"),
    *("dag_code", "dag_run", "dag_version", "dagrun_asset_event", "dagrun_dataset_event"),
    *("dataset_dag_run_queue", "dataset_event", "deadline", "import_error", "job", "log"),
    *("rendered_task_instance_fields", "serialized_dag", "session", "sla_miss", "task_fail"),
    *("task_instance", "task_instance_history", "task_map", "task_reschedule", "trigger", "xcom"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hygiene:
    """What is asked.

    Attributes:
        sizes: PostgreSQL only; from its statistics, which need no privilege on the tables.
        oldest: by table, the row with the lowest id.
        first_task: the lowest id of task_instance, on 3.x, where it holds a time.
    """

    sizes: Statement[rows.TableSize] | None
    oldest: Mapping[str, Statement[rows.Oldest]]
    first_task: Statement[rows.TaskId] | None

    def all(self) -> tuple[Statement[Any], ...]:
        """Every one of them."""
        found = (self.sizes, *self.oldest.values(), self.first_task)
        return tuple(each for each in found if each is not None)


def build(line: str, dialect: str) -> Hygiene:
    """The statements for a line of Airflow, such as `2.10`, on `postgresql` or `sqlite`."""
    three = line in AIRFLOW_3
    columns = {**_OLDEST, **(_OLDEST_3 if three else _OLDEST_2)}
    return Hygiene(
        sizes=make("table_sizes", rows.TableSize, _SIZES) if dialect == "postgresql" else None,
        oldest={
            table: make(f"oldest_{table}", rows.Oldest, _FIRST.format(column=column, table=table))
            for table, column in columns.items()
        },
        first_task=make("first_task", rows.TaskId, _FIRST_TASK) if three else None,
    )


# What `airflow db clean` goes by.
_OLDEST = {
    "dag_run": "COALESCE(start_date, queued_at)",
    "job": "latest_heartbeat",
    "log": "dttm",
}
_OLDEST_2 = {"dataset_event": '"timestamp"', "task_fail": "start_date"}
_OLDEST_3 = {"asset_event": '"timestamp"'}
# By primary key.
_FIRST = "SELECT {column} AS oldest FROM {table} ORDER BY id LIMIT 1"
_FIRST_TASK = "SELECT CAST(id AS text) AS task FROM task_instance ORDER BY task_instance.id LIMIT 1"
_REGCLASS = "to_regclass('{}')"
_SIZES = (
    'SELECT relname::text AS "table", reltuples AS rows, pg_total_relation_size(oid) AS bytes,'  # noqa: S608 (the names above)
    " pg_stat_get_dead_tuples(oid) AS dead FROM pg_class WHERE relkind = 'r' AND oid IN ("
    f"{', '.join(map(_REGCLASS.format, TABLES))})"
)
