"""What the DAGs share: names that moved between Airflow 2 and 3, operators, a trigger, an executor, a name"""

from __future__ import annotations

import asyncio
import os
import time
from datetime import datetime, timedelta, timezone
from typing import Any

try:
    from airflow.sdk import DAG, Asset, BaseOperator, BaseSensorOperator, TaskGroup, task
except ImportError:  # Airflow 2
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import task
    from airflow.models.baseoperator import BaseOperator
    from airflow.models.dag import DAG
    from airflow.sensors.base import BaseSensorOperator
    from airflow.utils.task_group import TaskGroup
try:
    from airflow.sdk.observability.stats import Stats
except ImportError:  # before 3.2
    from airflow.stats import Stats
from airflow import __version__
from airflow.executors.local_executor import LocalExecutor
from airflow.triggers.base import BaseTrigger, TriggerEvent

__all__ = [
    "DAG",
    "LONG",
    "VERSION",
    "Asset",
    "BaseOperator",
    "Stats",
    "TaskGroup",
    "dag_of",
    "deaf",
    "heard",
    "task",
]

VERSION = tuple(int(part) for part in __version__.split(".")[:2])
# Letters that make ids as long as this version can send them in this mode.
LONG = "long_id_" * 20
LONG = LONG[: int(os.environ.get("WINDSOCK_RECORDING_LONG", "80"))].rstrip("_")


def hostname() -> str:
    """`[core] hostname_callable`: a host name with dots, the same on every machine that records."""
    return "worker-1.windsock.example"


def dag_of(dag_id: str, *, every: float | None = None, **more: Any) -> DAG:
    """A DAG that runs once, or every so many seconds."""
    return DAG(
        dag_id,
        schedule=more.pop("schedule", timedelta(seconds=every) if every else "@once"),
        start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
        catchup=False,
        max_active_runs=more.pop("max_active_runs", 1),
        default_args={"owner": "data", "retry_delay": timedelta(seconds=1), **more.pop("default_args", {})},
        **more,
    )


async def heard(**_: object) -> str:
    """The callback of a deadline, in the triggerer."""
    return "heard"


async def deaf(**_: object) -> None:
    """One that fails."""
    raise RuntimeError("this callback fails on purpose")


class Soon(BaseTrigger):
    """Fires after some seconds; on the way it blocks the event loop, or fails, if asked to."""

    def __init__(self, seconds: float, how: str = "fire") -> None:
        super().__init__()
        self.seconds = seconds
        self.how = how

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return "recording_parts.Soon", {"seconds": self.seconds, "how": self.how}

    async def run(self) -> Any:
        await asyncio.sleep(self.seconds)
        if self.how == "block":
            time.sleep(2)  # noqa: ASYNC251 (that is the point)
        if self.how == "fail":
            raise RuntimeError("this trigger fails on purpose")
        yield TriggerEvent("done")


class Deferring(BaseOperator):
    """Waits in the triggerer."""

    def __init__(self, *, how: str = "fire", seconds: float = 6, **more: Any) -> None:
        super().__init__(**more)
        self.how = how
        self.seconds = seconds

    def execute(self, context: Any) -> None:
        self.defer(trigger=Soon(self.seconds, self.how), method_name="resume")

    def resume(self, context: Any, event: Any = None) -> None:
        """What runs when the trigger has fired."""


class Waiting(BaseSensorOperator):
    """True after some seconds."""

    def __init__(self, *, seconds: float = 4, **more: Any) -> None:
        super().__init__(**more)
        self.seconds = seconds

    def poke(self, context: Any) -> bool:
        run = context["dag_run"]
        began = run.start_date or datetime.now(timezone.utc)
        return (datetime.now(timezone.utc) - began).total_seconds() > self.seconds


class SecondExecutor(LocalExecutor):
    """The second of two executors; with two, Airflow names the executor in its gauges."""
