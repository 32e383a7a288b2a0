"""Lines of Airflow that no metric needs, each with its reason. Twins follow from the lines of the metrics."""

from __future__ import annotations

from windsock.wire import Drop, Reason, Wire

_NEVER_SENT = "in Airflow's own list, but no code sends it"

DROPS = (
    Drop(
        name="local_task_job.task_exit.{job_id}.{dag_id}.{task_id}.{return_code}",
        wire=Wire.COUNTER,
        reason=Reason.UNBOUNDED,
        why="holds the id of every job: one new name per task try; its plain name is mapped",
        versions=("2.11",),
    ),
    Drop(
        name="dag_file_processor_timeouts",
        wire=Wire.COUNTER,
        reason=Reason.TWIN,
        why="deprecated twin of dag_processing.processor_timeouts",
        versions=("2.11",),
    ),
    *(
        Drop(name=name, wire=wire, reason=Reason.DEAD, why=_NEVER_SENT, versions=("3.3",))
        for name, wire in (
            ("task.queued_duration", Wire.TIMER),
            ("dag.{dag_id}.{task_id}.queued_duration", Wire.TIMER),
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
        versions=("2.11",),
    ),
    Drop(
        name="triggerer.capacity_left.{hostname}",
        wire=Wire.GAUGE,
        reason=Reason.DEAD,
        why="documented for 2.x, sent since 3.0",
        versions=("2.11",),
    ),
    Drop(
        name="kubernetes_executor.clear_not_launched_queued_tasks.duration",
        wire=Wire.TIMER,
        reason=Reason.DEAD,
        why="documented, gone from the provider",
        versions=("2.11",),
    ),
)
