"""Forty short tasks and one slot: a long backlog, and nothing wrong with it. Paused until its drill."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow.decorators import task
    from airflow.models.dag import DAG

with DAG(
    "commerce_backlog",
    schedule=timedelta(days=1),
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args={"owner": "commerce"},
):

    @task(pool="narrow")
    def load(part: int) -> None:
        time.sleep(1.5)

    load.expand(part=list(range(40)))
