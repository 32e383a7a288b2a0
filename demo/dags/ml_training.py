"""Never finishes, and keeps the only slot of the pool `dwh` meanwhile; no team owns it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.decorators import task

with DAG(
    dag_id="ml_training",
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
    schedule=timedelta(minutes=1),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "ml", "pool": "dwh", "priority_weight": 100},
    tags=["ml"],
) as dag:

    @task
    def train() -> None:
        while True:
            time.sleep(60)

    train()
