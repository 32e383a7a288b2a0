"""DAGs that miss their SLA, each for a reason of its own.

They sleep, without an SLA, until the file `causes` is in `WINDSOCK_E2E_FLAGS`; one of them vanishes then.
"""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NoReturn

try:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG, Asset, task
except ImportError:  # Airflow 2
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import task
    from airflow.models.dag import DAG
    from airflow.operators.empty import EmptyOperator

BEGUN = (Path(os.environ["WINDSOCK_E2E_FLAGS"]) / "causes").exists()
LONG = timedelta(hours=6)
MADE, NEVER_MADE = Asset("ledger"), Asset("rates")


@task
def run() -> None:
    time.sleep(LONG.total_seconds())


@task.sensor(mode="reschedule", poke_interval=LONG.total_seconds(), timeout=2 * LONG.total_seconds())
def poke() -> bool:
    return False


@task(retries=1, retry_delay=LONG)
def try_again() -> NoReturn:
    raise RuntimeError("the first attempt always fails")


@task(outlets=[MADE])
def fail() -> NoReturn:
    raise RuntimeError("this task always fails")


@task(pool="closed")
def enter() -> None:
    """Never runs."""


@task(pool="nowhere")
def search() -> None:
    """Never runs."""


_EVERY = timedelta(seconds=10)
for cause, schedule, promise, make in (
    ("running_long", "@once", "max_age", run),
    ("waiting_upstream", "@once", "max_age", poke),
    ("retrying", "@once", "max_age", try_again),
    ("failed", "@once", "max_age", fail),
    ("pool_full", "@once", "max_age", enter),
    ("pool_missing", "@once", "max_age", search),
    ("max_active_runs", _EVERY, "max_start_delay", run),
    ("asset", [NEVER_MADE], "max_age", None),
    ("upstream_failed", [MADE], "max_age", None),
    ("not_scheduled", None, "max_age", None),
    ("paused", None, "max_age", None),
    ("dag_missing", None, "max_age", None),
):
    if BEGUN and cause == "dag_missing":
        continue
    with DAG(
        f"cause_{cause}",
        schedule=schedule,
        start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=True,
        default_args={"owner": "finance"},
        tags=[f"sla:{promise}=1s"] if BEGUN else [],
    ):
        make() if make else EmptyOperator(task_id="nothing")
