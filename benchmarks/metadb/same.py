"""What is exported against what plain SQL says of the same moment."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import psycopg

from windsock.catalog import components, dags, tasks, triggers, waiting
from windsock.figures import Figures
from windsock.metric import Metric

_ACTIVE = "state NOT IN ('success', 'failed', 'skipped', 'upstream_failed', 'removed')"
_LAST = (
    "SELECT DISTINCT ON (dag_id) dag_id, extract(epoch FROM end_date) FROM dag_run JOIN dag USING (dag_id)"
    " WHERE state = '{}' AND run_type <> 'backfill' AND NOT is_stale ORDER BY dag_id, run_after DESC"
)
_OCCUPIED = (
    "SELECT p.pool, coalesce(sum(t.pool_slots) FILTER (WHERE t.state IN ('running', 'queued')"
    " OR (p.include_deferred AND t.state = 'deferred')), 0) FROM slot_pool p"
    f" LEFT JOIN (SELECT * FROM task_instance WHERE {_ACTIVE}) t USING (pool) GROUP BY 1"
)
_OLDEST = (
    "SELECT queue, state, extract(epoch FROM %(now)s - min(CASE state WHEN 'queued' THEN queued_dttm"
    " ELSE scheduled_dttm END)) FROM task_instance WHERE state IN ('queued', 'scheduled') GROUP BY 1, 2"
)
_QUESTIONS: tuple[tuple[Metric, str], ...] = (
    (tasks.TASK_INSTANCES_WAITING, "SELECT count(*) FROM task_instance WHERE state IS NULL"),
    (tasks.POOL_OCCUPIED, _OCCUPIED),
    (
        tasks.POOL_DEMANDED,
        "SELECT pool, sum(pool_slots) FROM task_instance WHERE state = 'scheduled' GROUP BY 1",
    ),
    (tasks.QUEUE_OLDEST_AGE, _OLDEST),
    (
        tasks.STUCK_QUEUED,
        (
            "SELECT queue, count(*) FROM task_instance WHERE state = 'queued'"
            " AND queued_dttm < %(now)s - interval '10 min' GROUP BY 1"
        ),
    ),
    (
        tasks.STALE_HEARTBEAT,
        (
            "SELECT count(*) FROM task_instance WHERE state IN ('running', 'restarting')"
            " AND last_heartbeat_at < %(now)s - interval '5 min'"
        ),
    ),
    (
        dags.DAG_RUNS,
        "SELECT dag_id, state, count(*) FROM dag_run WHERE state IN ('queued', 'running') GROUP BY 1, 2",
    ),
    (dags.LAST_SUCCESS, _LAST.format("success")),
    (dags.LAST_FAILURE, _LAST.format("failed")),
    (
        components.HEARTBEAT,
        "SELECT job_type, extract(epoch FROM max(latest_heartbeat)) FROM job GROUP BY 1",
    ),
    (
        triggers.DEFERRED_OVERDUE,
        "SELECT count(*) FROM task_instance WHERE state = 'deferred' AND trigger_timeout < %(now)s",
    ),
    (waiting.HITL_PENDING, "SELECT count(*) FROM task_instance WHERE state = 'awaiting_input'"),
    (
        waiting.DEADLINES_PENDING,
        (
            "SELECT dag_id, count(*) FROM deadline d JOIN dag_run r ON r.id = d.dagrun_id"
            " WHERE NOT missed GROUP BY 1"
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One family: how many series were compared, and how many differ."""

    metric: str
    series: int
    different: int


def compare(dsn: str, figures: Mapping[str, Figures], now: datetime) -> list[dict[str, Any]]:
    """Every question; a series that is zero may be absent in SQL."""
    found = []
    with psycopg.connect(dsn) as connection:
        for metric, sql in _QUESTIONS:
            rows = connection.execute(sql.encode(), {"now": now}).fetchall()
            exported = {key: value for each in figures.values() for key, value in each.family(metric).items()}
            found.append(asdict(_compared(metric, rows, exported)))
        found.append(asdict(_task_states(connection, figures.values())))
    return found


def _compared(
    metric: Metric, rows: Iterable[tuple[Any, ...]], exported: Mapping[tuple[str, ...], float]
) -> Compared:
    expected = {tuple(row[:-1]): float(row[-1]) for row in rows}
    keys = {key for key, value in expected.items() if value} | {
        key for key, value in exported.items() if value
    }
    different = sum(
        not math.isclose(expected.get(key, 0.0), exported.get(key, 0.0), rel_tol=1e-9, abs_tol=0.001)
        for key in keys
    )
    return Compared(metric=str(metric), series=len(keys), different=different)


def _task_states(connection: psycopg.Connection, figures: Iterable[Figures]) -> Compared:
    """By every label that the metric has by default: more is not asked of the database then."""
    metric = tasks.TASK_INSTANCES
    columns = ", ".join({"queue": "coalesce(queue, '')"}.get(label, label) for label in metric.labels)
    places = ", ".join(str(place + 1) for place in range(len(metric.labels)))
    sql = f"SELECT {columns}, count(*) FROM task_instance WHERE {_ACTIVE} GROUP BY {places}"
    exported: Counter[tuple[str, ...]] = Counter()
    for each in figures:
        for key, value in each.family(metric).items():
            exported[key[: len(metric.labels)]] += int(value)
    return _compared(metric, connection.execute(sql.encode()).fetchall(), exported)
