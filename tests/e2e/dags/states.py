"""DAGs in every state that the reconciliation compares.

They sleep (paused, or due tomorrow) until it begins. `warehouse_load` runs once and ends in all ways in which
tasks end; its `extract` updates the asset that starts `warehouse_report`. A run of `warehouse_hold` holds one
task in each state that lasts, for hours unless somebody ends it. The others have schedules of other kinds.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any, NoReturn

try:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
    from airflow.sdk import DAG, Asset, BaseOperator, task
    from airflow.sdk.exceptions import AirflowSkipException
except ImportError:  # Airflow 2
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import task
    from airflow.exceptions import AirflowSkipException
    from airflow.models.baseoperator import BaseOperator
    from airflow.models.dag import DAG
    from airflow.operators.empty import EmptyOperator
    from airflow.triggers.temporal import TimeDeltaTrigger

LONG = timedelta(hours=6)
LOADED = Asset("warehouse_loaded")
COMMON = {
    "start_date": datetime(2026, 1, 1, tzinfo=timezone.utc),
    "catchup": False,
    "max_active_runs": 1,
}


class Defer(BaseOperator):
    """Waits in the triggerer."""

    def execute(self, context: Any) -> None:
        self.defer(trigger=TimeDeltaTrigger(LONG), method_name="execute")


with DAG(
    "warehouse_load",
    schedule="@once",
    is_paused_upon_creation=True,
    default_args={"owner": "finance"},
    **COMMON,
):

    @task(retries=1, retry_delay=timedelta(seconds=1), outlets=[LOADED])
    def extract(ti: Any = None) -> None:
        if ti.try_number == 1:
            raise RuntimeError("the first attempt always fails")

    @task(owner="commerce")
    def skip() -> NoReturn:
        raise AirflowSkipException

    @task(pool_slots=2, pool="closing")
    def fail() -> NoReturn:
        raise RuntimeError("this task always fails")

    @task
    def part(number: int) -> int:
        return number

    extract()
    skip()
    part.expand(number=[1, 2])
    fail() >> EmptyOperator(task_id="after_fail")

with DAG(
    "warehouse_hold",
    schedule=timedelta(seconds=15),
    is_paused_upon_creation=True,
    default_args={"owner": "finance"},
    **COMMON,
):

    @task
    def run() -> None:
        time.sleep(LONG.total_seconds())

    @task(retries=1, retry_delay=LONG)
    def wait_for_retry() -> NoReturn:
        raise RuntimeError("the first attempt always fails")

    @task.sensor(mode="reschedule", poke_interval=LONG.total_seconds(), timeout=2 * LONG.total_seconds())
    def poke() -> bool:
        return False

    @task(pool="closed", pool_slots=3)
    def blocked() -> None:
        """Never runs."""

    run() >> EmptyOperator(task_id="after_run")
    wait_for_retry()
    poke()
    blocked()
    Defer(task_id="defer", pool="deferring", pool_slots=2)

for dag_id, schedule in (
    ("warehouse_report", [LOADED]),
    ("warehouse_nightly", "30 4 * * 1-5"),
    ("warehouse_archive", "@daily"),
    ("warehouse_manual", None),
):
    with DAG(
        dag_id,
        schedule=schedule,
        is_paused_upon_creation=dag_id == "warehouse_archive",
        default_args={"owner": "data-platform"},
        **COMMON,
    ):
        EmptyOperator(task_id="nothing")
