"""When a DAG is due, whether it is overdue, and what blocks it. Pure: one sentence, one function."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from windsock.collect.dags.dag_row import Dag

# Schedules and owners are few, DAGs are many, and each cycle looks at all of them.
_MOST = 10_000
# Summaries of timetables that never make a DAG due at a time.
_WITHOUT_TIME = frozenset(
    {
        "",
        "None",
        "@once",
        "@continuous",
        "Asset",
        "Dataset",
        "Partitioned Asset",
        "PartitionedAtRuntime",
        "Unresolved AssetAlias",
        "Unresolved DatasetAlias",
    }
)


@lru_cache(maxsize=_MOST)
def schedule_text(stored: str | None) -> str:
    """The schedule as people write it: 3.x stores its summary, 2.x JSON of a cron line or a timedelta."""
    if stored is None:
        return "None"
    if not stored.startswith(('"', "{", "null")):
        return stored
    try:
        value: Any = json.loads(stored)
    except ValueError:
        return stored
    if isinstance(value, dict):
        attributes = value.get("attrs")
        return _delta(str(value.get("type", "")), attributes if isinstance(attributes, dict) else {})
    return str(value)


def _delta(kind: str, attributes: dict[str, Any]) -> str:
    if kind == "timedelta":
        return str(timedelta(**{name: float(value) for name, value in attributes.items()}))
    parts = ", ".join(f"{name}={value}" for name, value in sorted(attributes.items()) if value)
    return f"{kind}({parts})"


def has_time(schedule: str) -> bool:
    """Whether the schedule (as `schedule_text` gives it) makes runs due at a time."""
    return schedule not in _WITHOUT_TIME


def overdue(
    due: datetime | None, *, now: datetime, grace: timedelta, last_created: datetime | None
) -> timedelta:
    """How far past due, zero within grace and while runs are being created (a backlog is worked off)."""
    if due is None or now - due <= grace:
        return timedelta(0)
    if last_created is not None and now - last_created <= grace:
        return timedelta(0)
    return now - due


def blocked(dag: Dag) -> tuple[str, ...]:
    """Why the scheduler creates no run of this DAG, whether one is due or not."""
    reasons = (
        ("paused", dag.paused),
        ("import_error", dag.import_errors),
        ("max_active_runs", dag.exceeds_max_active_runs),
    )
    return tuple(reason for reason, holds in reasons if holds)


@lru_cache(maxsize=_MOST)
def sorted_owners(owners: str | None) -> tuple[str, ...]:
    """Without duplicates and in order: Airflow joins them from a set, in another order at each parse."""
    return tuple(sorted({name.strip() for name in (owners or "").split(",")} - {""}))
