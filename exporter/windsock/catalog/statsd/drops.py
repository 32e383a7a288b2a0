"""Lines of Airflow that no metric needs, each with its reason. Twins follow from the lines of the metrics."""

from __future__ import annotations

from windsock.airflow_versions import AIRFLOW_2, AIRFLOW_3, since
from windsock.wire import Drop, Reason, Wire

_NEVER_SENT = "in Airflow's own list, but no code sends it"
_NEVER_REACHED = "in Airflow's code, but never reached"

DROPS = (
    Drop(
        name="local_task_job.task_exit.{job_id}.{dag_id}.{task_id}.{return_code}",
        wire=Wire.COUNTER,
        reason=Reason.UNBOUNDED,
        why="holds the id of every job: one new name per task try; its plain name is mapped",
        versions=AIRFLOW_2,
    ),
    Drop(
        name="dag_file_processor_timeouts",
        wire=Wire.COUNTER,
        reason=Reason.TWIN,
        why="deprecated twin of dag_processing.processor_timeouts",
        versions=AIRFLOW_2,
    ),
    *(
        Drop(name=name, wire=Wire.TIMER, reason=Reason.DEAD, why=_NEVER_REACHED, versions=AIRFLOW_3)
        for name in ("task.queued_duration", "dag.{dag_id}.{task_id}.queued_duration")
    ),
    *(
        Drop(name=name, wire=wire, reason=Reason.DEAD, why=_NEVER_SENT, versions=since("3.2"))
        for name, wire in (
            ("local_task_job.task_exit", Wire.COUNTER),
            ("local_task_job.task_exit.{job_id}.{dag_id}.{task_id}.{return_code}", Wire.COUNTER),
            ("dag_file_processor_timeouts", Wire.COUNTER),
            ("dag_file_refresh_error", Wire.COUNTER),
            ("dag_processing.manager_stalls", Wire.COUNTER),
            ("dag_processing.last_num_of_db_queries.{file_name}", Wire.GAUGE),
            ("collect_db_dags", Wire.TIMER),
            ("celery.execute_command.failure", Wire.COUNTER),
        )
    ),
    Drop(
        name="triggerer.capacity_left",
        wire=Wire.GAUGE,
        reason=Reason.DEAD,
        why="documented for 2.x, sent since 3.0",
        versions=AIRFLOW_2,
    ),
    Drop(
        name="triggerer.capacity_left.{hostname}",
        wire=Wire.GAUGE,
        reason=Reason.DEAD,
        why="documented for 2.x, sent since 3.0",
        versions=AIRFLOW_2,
    ),
    Drop(
        name="kubernetes_executor.clear_not_launched_queued_tasks.duration",
        wire=Wire.TIMER,
        reason=Reason.DEAD,
        why="in Airflow's own list, gone from the provider",
        versions=("3.2",),
    ),
)
