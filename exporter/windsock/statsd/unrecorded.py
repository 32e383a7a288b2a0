"""Names of Airflow itself that some recording lacks, with what would make a real Airflow send them."""

from __future__ import annotations

_NO_CLIENT = "nothing known: the api-server of 3.2.2 never makes a StatsD client"
_NOT_CLEARED = "nothing known: no code of Airflow clears this cache"
_REMOVED = (
    "a finished run that is cleared on the latest version of a DAG which has lost one of its tasks, from 3.1"
    " on, by the api-server, which has no StatsD client in 3.2.2; up to 3.0 only running runs are checked,"
    " which do not count"
)

PROVOKED_BY = {
    "api_server.dag_bag.cache_clear": _NOT_CLEARED,
    "api_server.dag_bag.cache_hit": _NO_CLIENT,
    "api_server.dag_bag.cache_miss": _NO_CLIENT,
    "api_server.dag_bag.cache_size": _NO_CLIENT,
    "asset.updates": "an asset event that the scheduler or triggerer registers; those of tasks go through the"
    " api-server, which has no StatsD client in 3.2.2",
    "collect_db_dags": "`airflow sync-perm --include-dags` of the FAB provider, which 3.0 does not install",
    "dag_file_refresh_error": "an error in Airflow itself while it loads a DAG file; a broken DAG is none",
    "previously_succeeded": "nothing known: only the task runner of Airflow 2 comes to the code",
    "scheduler.dag_bag.cache_clear": _NOT_CLEARED,
    "task_removed_from_dag": _REMOVED,
    "task_removed_from_dag.{dag_id}": _REMOVED,
}
