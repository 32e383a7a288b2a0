"""How far apart the due times of a DAG are, and how many more failures Airflow bears before it pauses it."""

from __future__ import annotations

from datetime import datetime

from windsock.collect.collector import Scene
from windsock.collect.runs.runs import RunsCollector


def periods(scene: Scene) -> dict[str, float]:
    """Seconds between the due time of the last scheduled run and the next one, by DAG.

    A data interval would not do: on 3.x a cron schedule's has no length.
    """
    runs = scene.value(RunsCollector)
    newest: dict[str, datetime] = {
        dag_id: last.scheduled.due for dag_id, last in scene.last.items() if last.scheduled is not None
    }
    for run in runs.active if runs else ():
        if run.run_type == "scheduled":
            newest[run.dag_id] = max(run.due, newest.get(run.dag_id, run.due))
    return {
        dag_id: (dag.next_due - newest[dag_id]).total_seconds()
        for dag_id, dag in scene.dags.items()
        if dag.scheduled and dag.next_due is not None and dag_id in newest and dag.next_due > newest[dag_id]
    }


def headroom(scene: Scene, *, counted: int) -> dict[str, int]:
    """Failures in a row until Airflow pauses the DAG, of DAGs that have such a limit.

    Not of one that failed as often as results are `counted`, or oftener, while its limit is higher still.
    """
    found = {}
    for dag_id, dag in scene.dags.items():
        limit = dag.row.max_failed_runs or 0
        streak = scene.last[dag_id].streak if dag_id in scene.last else 0
        if limit > 0 and (streak < counted or limit <= counted):
            found[dag_id] = max(0, limit - streak)
    return found
