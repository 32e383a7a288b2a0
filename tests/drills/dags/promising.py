"""A DAG with a deadline of Airflow's own (3.1 and later), missed while its file says `wait`. Paused."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

try:
    from airflow.sdk import DAG, AsyncCallback, DeadlineAlert, DeadlineReference, task
except ImportError:  # Airflow 2 has none
    DAG = None

FLAG = Path(os.environ["WINDSOCK_E2E_FLAGS"]) / "commerce_promise"


async def told(**_context: Any) -> None:
    """What Airflow calls when the deadline is missed."""


if DAG is not None:
    with DAG(
        "commerce_promise",
        schedule=timedelta(seconds=15),
        start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=True,
        default_args={"owner": "commerce"},
        deadline=DeadlineAlert(
            reference=DeadlineReference.DAGRUN_QUEUED_AT,
            interval=timedelta(seconds=20),
            callback=AsyncCallback(told),
        ),
    ):

        @task
        def load() -> None:
            while FLAG.exists() and FLAG.read_text(encoding="utf-8") == "wait":
                time.sleep(0.2)

        load()
