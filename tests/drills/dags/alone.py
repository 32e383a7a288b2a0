"""A DAG in a file of its own, for drills that break the file or delete it. Paused until then."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

try:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow.models.dag import DAG
    from airflow.operators.empty import EmptyOperator

with DAG(
    "finance_ledger",
    schedule=timedelta(seconds=10),
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args={"owner": "finance"},
):
    EmptyOperator(task_id="nothing")
