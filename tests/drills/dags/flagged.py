"""DAGs whose fate a file decides; only the first three run unless a drill unpauses them.

The file is named as the DAG, in `WINDSOCK_E2E_FLAGS`: `wait` keeps the task running, `fail` ends it with an
error, `fail-once` ends its first try so; anything else, also no file, lets it succeed.
"""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow.decorators import task
    from airflow.models.dag import DAG

FLAGS = Path(os.environ["WINDSOCK_E2E_FLAGS"])


def flag(dag_id: str) -> str:
    try:
        return (FLAGS / dag_id).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return "succeed"


def build(dag_id: str, *, owner: str, pool: str = "default_pool", every: int = 10, runs: bool = False) -> DAG:
    with DAG(
        dag_id,
        schedule=timedelta(seconds=every),
        start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=not runs,
        default_args={"owner": owner},
    ) as dag:

        @task(
            task_id="load",
            pool=pool,
            retries=int(dag_id == "finance_retry"),
            retry_delay=timedelta(seconds=2),
        )
        def load(ti: Any = None) -> None:
            while flag(dag_id) == "wait":
                time.sleep(0.2)
            if flag(dag_id) == "fail" or (flag(dag_id) == "fail-once" and ti.try_number == 1):
                raise RuntimeError(f"the file {dag_id} says so")

        load()
    return dag


finance_close = build("finance_close", owner="finance", pool="closing", runs=True)
commerce_export = build("commerce_export", owner="commerce", runs=True)
windsock_canary = build("windsock_canary", owner="data-platform", every=20, runs=True)
finance_retry = build("finance_retry", owner="finance", every=15)
commerce_intake = build("commerce_intake", owner="commerce")
finance_slow = build("finance_slow", owner="finance", every=20)
finance_daily = build("finance_daily", owner="finance", every=86400)
