"""A DAG whose task waits in the triggerer for a minute and a quarter. Paused until a drill wants it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

try:
    from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
    from airflow.sdk import DAG, BaseOperator
except ImportError:  # Airflow 2
    from airflow.models.baseoperator import BaseOperator
    from airflow.models.dag import DAG
    from airflow.triggers.temporal import TimeDeltaTrigger


class Defer(BaseOperator):
    """Waits in the triggerer, then ends well."""

    def execute(self, context: Any) -> None:
        self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=75)), method_name="end")

    def end(self, context: Any, event: Any = None) -> None:
        """Nothing is left to do."""


with DAG(
    "commerce_wait",
    schedule=timedelta(seconds=10),
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args={"owner": "commerce"},
):
    Defer(task_id="wait")
