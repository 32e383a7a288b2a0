"""Slow: due every minute, needs ten, so its data are always late."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.decorators import task

with DAG(
    dag_id="finance_daily",
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
    schedule=timedelta(minutes=1),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "finance"},
    tags=["finance"],
) as dag:

    @task
    def close_the_books() -> None:
        time.sleep(600)

    close_the_books()
