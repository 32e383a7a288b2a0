"""Every way in which a task of one run can end, in a DAG whose id and tasks have dots and dashes."""

from __future__ import annotations

import time

from airflow.exceptions import AirflowSkipException
from recording_parts import Deferring, Stats, TaskGroup, Waiting, dag_of, task

with dag_of("team-sales.daily_orders", every=45):

    @task
    def extract() -> list[int]:
        Stats.incr("my_company.orders_loaded", 3)
        Stats.gauge("my_company.orders_open", 17)
        Stats.timing("my_company.upload", 250.0)
        return [1, 2]

    @task
    def load(number: int) -> None:
        print(number)

    @task(retries=1)
    def retry_once(**context: object) -> None:
        if context["ti"].try_number < 2:
            raise RuntimeError("the first try fails on purpose")

    @task
    def fail() -> None:
        raise RuntimeError("fails on purpose")

    @task
    def never() -> None:
        print("its upstream has failed")

    @task
    def skip() -> None:
        raise AirflowSkipException("skipped on purpose")

    @task.branch
    def choose() -> str:
        return "left"

    @task
    def left() -> None:
        print("left")

    @task
    def right() -> None:
        print("not chosen")

    extracted = extract()
    load.expand(number=extracted)
    retry_once()
    fail() >> never()
    skip()
    choose() >> [left(), right()]
    with TaskGroup("warehouse"), TaskGroup("eu-west"):

        @task
        def copy() -> None:
            time.sleep(3)

        copy()
        Waiting(task_id="wait_for_file", mode="reschedule", poke_interval=3, seconds=8)
        Deferring(task_id="defer")

with dag_of("backfilled", schedule="@daily", is_paused_upon_creation=False):

    @task
    def copy_day() -> None:
        print("a day")

    copy_day()
