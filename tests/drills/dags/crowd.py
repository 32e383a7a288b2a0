"""So many DAGs of three teams as the file `crowd` in `WINDSOCK_E2E_FLAGS` says, in the words `succeed 200`.

Their runs need no worker: empty tasks succeed in the scheduler, and while the file says `fail` a task waits
for a pool without slots until its run times out.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

try:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow.decorators import task
    from airflow.models.dag import DAG
    from airflow.operators.empty import EmptyOperator

try:
    SAYS, NUMBER = (Path(os.environ["WINDSOCK_E2E_FLAGS"]) / "crowd").read_text(encoding="utf-8").split()
except FileNotFoundError:
    SAYS, NUMBER = "succeed", "0"


@task(pool="closed")
def enter() -> None:
    """Never runs."""


for number in range(int(NUMBER)):
    team = ("finance", "commerce", "marketing")[number % 3]
    with DAG(
        f"crowd_{team}_{number:03}",
        schedule=timedelta(seconds=90),
        start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        dagrun_timeout=timedelta(seconds=1) if SAYS == "fail" else None,
        default_args={"owner": team},
    ):
        enter() if SAYS == "fail" else EmptyOperator(task_id="nothing")
