"""DAGs with the ids that WINDSOCK_TRIAL_DAGS holds (JSON), each with one task, run again and again."""

import json
import os
from datetime import datetime, timedelta, timezone

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

        @task(task_id="prüfen" if not dag_id.isascii() else "check")
        def check() -> None:
            """Nothing: what counts is that the run succeeds."""

        check()
    globals()[f"dag_{len(globals())}"] = dag
