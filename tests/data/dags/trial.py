"""DAGs with the ids that WINDSOCK_TRIAL_DAGS holds (JSON), each with one task, run again and again.

The task of an id that begins with `again_` waits for a second in the triggerer (2.x).
"""

import json
import os
from datetime import datetime, timedelta, timezone
from typing import Any

from airflow import DAG

try:
    from airflow.sdk import task
except ImportError:
    from airflow.decorators import task


def check() -> None:
    """Nothing: what counts is that the run succeeds."""


def check_again() -> Any:
    """A task that defers itself once."""
    from airflow.models.baseoperator import BaseOperator  # noqa: PLC0415 (3.x has it elsewhere)
    from airflow.triggers.temporal import TimeDeltaTrigger  # noqa: PLC0415

    class Again(BaseOperator):
        def execute(self, context: Any) -> None:
            self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=1)), method_name="resume")

        def resume(self, context: Any, event: Any) -> None:
            """The second half has nothing to do."""

    return Again(task_id="check")


for dag_id in json.loads(os.environ["WINDSOCK_TRIAL_DAGS"]):
    with DAG(
        dag_id=dag_id,
        schedule=timedelta(seconds=2),
        start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
        catchup=False,
        max_active_runs=1,
    ) as dag:
        if dag_id.startswith("again_"):
            check_again()
        else:
            task(task_id="check" if dag_id.isascii() else "prüfen")(check)()
    globals()[f"dag_{len(globals())}"] = dag
