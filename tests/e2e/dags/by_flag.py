"""DAGs whose fate a file decides, so that a test chooses the moment of a success or a failure.

Each DAG has one task that reads the file named as its DAG in `WINDSOCK_E2E_FLAGS` five times a second: `wait`
keeps it running, `fail` ends it with an error, and anything else, also no file, lets it succeed.
"""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow.decorators import task
    from airflow.models.dag import DAG

FLAGS = Path(os.environ["WINDSOCK_E2E_FLAGS"])


def _flag(dag_id: str) -> str:
    try:
        return (FLAGS / dag_id).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return "succeed"


def _build(dag_id: str, *, owner: str, pool: str, every: int) -> DAG:
    with DAG(
        dag_id,
        schedule=timedelta(seconds=every),
        start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args={"owner": owner},
    ) as dag:

        @task(task_id="load", pool=pool)
        def load() -> None:
            while (flag := _flag(dag_id)) == "wait":
                time.sleep(0.2)
            if flag == "fail":
                raise RuntimeError(f"the file {dag_id} says so")

        load()
    return dag


finance_close = _build("finance_close", owner="finance", pool="closing", every=10)
commerce_export = _build("commerce_export", owner="commerce", pool="default_pool", every=10)
windsock_canary = _build("windsock_canary", owner="data-platform", pool="default_pool", every=20)
