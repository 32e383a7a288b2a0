"""Paused while due: somebody paused it and forgot; nothing in Airflow says that it is late."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.decorators import task

with DAG(
    dag_id="crm_export",
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
    schedule=timedelta(minutes=1),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args={"owner": "commerce"},
    tags=["crm"],
) as dag:

    @task
    def export() -> None:
        time.sleep(1)

    export()
