"""A DAG whose file breaks when the file `causes` is in `WINDSOCK_E2E_FLAGS`."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

try:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow.models.dag import DAG
    from airflow.operators.empty import EmptyOperator

if (Path(os.environ["WINDSOCK_E2E_FLAGS"]) / "causes").exists():
    raise ImportError("this file breaks on purpose")

with DAG(
    "cause_import_error",
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    is_paused_upon_creation=True,
    default_args={"owner": "finance"},
):
    EmptyOperator(task_id="nothing")
