"""Healthy: two short tasks every minute."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.decorators import task

with DAG(
    dag_id="shop_orders",
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
    schedule=timedelta(minutes=1),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "commerce"},
    tags=["shop"],
) as dag:

    @task
    def extract() -> int:
        time.sleep(2)
        return 42

    @task
    def load(orders: int) -> None:
        print(f"loaded {orders} orders")

    load(extract())
