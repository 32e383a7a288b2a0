"""Names of Airflow itself that some recording lacks, with what would make a real Airflow send them."""

from __future__ import annotations

_CACHE_3_2 = "nothing on 3.2, whose api-server does not set StatsD up; on 3.3 a page or call that needs a DAG"
_NOT_CLEARED = "nothing that Airflow does of itself: no code calls DBDagBag.clear_cache"
_EXECUTORS = "more than one executor in [core] executor; the plain name is not sent then"
_REMOVED = "a task that leaves the DAG's file while a run of it is queued, not running"
_RESTORED = "a task that comes back into the DAG's file while a run of it is open"

PROVOKED_BY = {
    "airflow.io.load_filesystems": "the first ObjectStoragePath in a process",
    "api_server.dag_bag.cache_clear": _NOT_CLEARED,
    "api_server.dag_bag.cache_hit": _CACHE_3_2,
    "api_server.dag_bag.cache_miss": _CACHE_3_2,
    "api_server.dag_bag.cache_size": _CACHE_3_2,
    "asset.updates": "an asset event from a process that has StatsD set up; the api-server of 3.2 has not",
    "collect_db_dags": "something that loads every DAG from the database at once: `airflow dags list` on 3.0",
    "connection_test.reaped": "a connection test that does not end before its timeout",
    "connection_test.success": "a connection test that succeeds",
    "dag.callback_exceptions": "an on_failure_callback or on_success_callback of a DAG that raises",
    "dag_file_processor_timeouts": "a DAG file that takes longer than dag_file_processor_timeout",
    "dag_file_refresh_error": "a DagBag that cannot be made at all (plugin, configuration), not a broken DAG",
    "dag_processing.manager_stalls": "a processor manager stopped (SIGSTOP) for longer than it may be silent",
    "dag_processing.processor_timeouts": "a DAG file that takes longer than dag_file_processor_timeout",
    "executor.open_slots.{executor_class_name}": _EXECUTORS,
    "executor.queued_tasks.{executor_class_name}": _EXECUTORS,
    "executor.running_tasks.{executor_class_name}": _EXECUTORS,
    "job_heartbeat_failure": "a metadata database that goes away while a job writes its heartbeat",
    "local_task_job_prolonged_heartbeat_failure": "a task that cannot reach the metadata database for longer "
    "than scheduler_zombie_task_threshold",
    "previously_succeeded": "a start of a task instance that has succeeded already; 3.x never comes there",
    "scheduler.critical_section_busy": "two schedulers on PostgreSQL or MySQL that queue tasks at one moment",
    "scheduler.dag_bag.cache_clear": _NOT_CLEARED,
    "scheduler.tasks.killed_externally": "a task process killed before it can say how it ended",
    "sla_callback_notification_failure": "an sla_miss_callback that raises",
    "sla_email_notification_failure": "a missed task SLA with e-mail and no mail server",
    "task_removed_from_dag": _REMOVED,
    "task_removed_from_dag.{dag_id}": _REMOVED,
    "task_restored_to_dag": _RESTORED,
    "task_restored_to_dag.{dag_id}": _RESTORED,
}
