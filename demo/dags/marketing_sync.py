"""Failing: the other side refuses every call."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.decorators import task

with DAG(
    dag_id="marketing_sync",
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
    schedule=timedelta(minutes=1),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "marketing", "retries": 0},
    tags=["marketing"],
) as dag:

    @task
    def push_audiences() -> None:
        raise ConnectionError("the advertising platform answered 503")

    push_audiences()
