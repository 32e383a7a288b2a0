"""DAGs with the ids that WINDSOCK_TRIAL_DAGS holds (JSON), each with one task, run again and again.

The task of an id that begins with `again_` fails at its first try.
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

for dag_id in json.loads(os.environ["WINDSOCK_TRIAL_DAGS"]):
    with DAG(
        dag_id=dag_id,
        schedule=timedelta(seconds=2),
        start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
        catchup=False,
        max_active_runs=1,
    ) as dag:

        @task(task_id="check" if dag_id.isascii() else "prüfen", retries=1, retry_delay=timedelta(seconds=1))
        def check(fails_first: bool, **context: Any) -> None:
            """Nothing more: what counts is that the run succeeds."""
            if fails_first and context["ti"].try_number == 1:
                raise RuntimeError("as wanted")

        check(dag_id.startswith("again_"))
    globals()[f"dag_{len(globals())}"] = dag
