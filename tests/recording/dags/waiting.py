"""Pools of every kind, triggers, assets, a long id, a run that takes too long, storage, steady work."""

from __future__ import annotations

import time
from datetime import timedelta

from recording_parts import LONG, VERSION, Asset, Deferring, dag_of, task

REPORT = Asset("s3://bucket/report")


@task
def sleep(seconds: float) -> None:
    time.sleep(seconds)


with dag_of("pools"):
    for number in range(3):
        sleep.override(task_id=f"starve_{number}", pool="tiny", priority_weight=1)(12)
        sleep.override(task_id=f"crowd_{number}", pool="shrinking")(40)
    sleep.override(task_id="endless", pool="infinite")(5)
    sleep.override(task_id="dotted", pool="data-warehouse.eu")(10)

with dag_of("triggers"):
    Deferring(task_id="blocks", how="block")
    Deferring(task_id="fails", how="fail")
    Deferring(task_id="waits", seconds=40, pool="deferred")

with dag_of(LONG):

    @task
    def short() -> None:
        print("long enough")

    short()

with dag_of("producer"):

    @task(outlets=[REPORT])
    def publish() -> None:
        print("published")

    publish()

with dag_of("consumer", schedule=[REPORT]):

    @task
    def read() -> None:
        print("read")

    read()

with dag_of("too_slow", dagrun_timeout=timedelta(seconds=10)):
    sleep(60)

with dag_of("manual", schedule=None):
    sleep(1)

with dag_of("steady", every=9, max_active_runs=8):
    sleep.override(task_id="work", queue="default")(6)

if VERSION >= (2, 8):
    try:
        from airflow.sdk.io import get_fs
    except ImportError:  # before 3.1
        from airflow.io import get_fs

    with dag_of("storage"):

        @task
        def look() -> None:
            print(get_fs("file").exists("/"))

        look()
