"""Canary: does nothing every minute; when it is late, Airflow as a whole is."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.decorators import task

with DAG(
    dag_id="windsock_canary",
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
    schedule=timedelta(minutes=1),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "data-platform"},
    tags=["windsock"],
) as dag:

    @task
    def chirp() -> None:
        print("alive")

    chirp()
