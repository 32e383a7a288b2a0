"""Callbacks that fail, and what says that something is late: SLA in Airflow 2, deadlines since 3.1."""

from __future__ import annotations

import time
from datetime import timedelta

from recording_parts import VERSION, dag_of, deaf, heard, task


def broken_callback(*_: object, **__: object) -> None:
    """A callback of a DAG, or of an SLA."""
    raise RuntimeError("this callback fails on purpose")


@task
def sleep(seconds: float) -> None:
    time.sleep(seconds)


with dag_of("callback-fails", on_failure_callback=broken_callback, on_success_callback=broken_callback):

    @task
    def fail() -> None:
        raise RuntimeError("fails on purpose")

    fail()

if VERSION < (3, 0):
    with dag_of("sla", every=20, sla_miss_callback=broken_callback):
        sleep.override(task_id="late", sla=timedelta(seconds=1), email="nobody@windsock.example")(4)

if VERSION >= (3, 1):
    from airflow.sdk.definitions.deadline import AsyncCallback, DeadlineAlert, DeadlineReference

    def alert(callback: object, seconds: float) -> DeadlineAlert:
        return DeadlineAlert(
            reference=DeadlineReference.DAGRUN_QUEUED_AT,
            interval=timedelta(seconds=seconds),
            callback=AsyncCallback(callback),
        )

    with dag_of("deadline_missed", every=40, deadline=alert(heard, 3)):
        sleep(10)
    with dag_of("deadline_deaf", deadline=alert(deaf, 3)):
        sleep(10)
    with dag_of("deadline_met", every=40, deadline=alert(heard, 300)):
        sleep(1)
