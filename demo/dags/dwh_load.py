"""Blocked: waits for a slot of the pool `dwh`, which `ml_training` never gives back."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.decorators import task

with DAG(
    dag_id="dwh_load",
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
    schedule=timedelta(minutes=1),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "finance", "pool": "dwh"},
    tags=["finance", "dwh"],
) as dag:

    @task
    def load_ledger() -> None:
        time.sleep(1)

    load_ledger()
