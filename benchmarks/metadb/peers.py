"""What others ask of the same database: Airflow itself, and the exporters that people run today.

Written anew from what they export; where one reads a column that Airflow 3 has not, its nearest successor
stands for it. A row is a series, unless `series` says how many it becomes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """One statement of somebody else.

    Attributes:
        who: the program.
        what: the metric, or the function of Airflow.
        sql: with `%(at)s` for now.
        series: time series per row.
        alone: whether it runs as ours do, without parallel workers and compilation.
        calls: for a statement that runs again and again in one scrape, what it runs once for.
    """

    who: str
    what: str
    sql: str
    series: int = 1
    calls: str = ""
    alone: bool = False


_POOLS = (
    "SELECT pool, state, sum(pool_slots) FROM task_instance"
    " WHERE state IN ('running', 'queued', 'deferred', 'scheduled') GROUP BY pool, state"
)
AIRFLOW_POOLS = Foreign(who="Airflow", what="Pool.slots_stats", sql=_POOLS)
POOLS_ALONE = Foreign(who="Airflow", what="Pool.slots_stats, one process", sql=_POOLS, alone=True)
TASK_STATES = Foreign(
    who="epoch8",
    what="airflow_task_status",
    sql="SELECT t.dag_id, t.task_id, t.state, t.tasks, d.owners FROM (SELECT dag_id, task_id, state,"
    " count(*) AS tasks FROM task_instance GROUP BY dag_id, task_id, state) t"
    " JOIN dag d ON d.dag_id = t.dag_id WHERE NOT d.is_stale",
)
_RUN_STATES = (
    "SELECT r.dag_id, r.state, r.runs, d.owners FROM (SELECT dag_id, state, count(*) AS runs FROM dag_run"
    " GROUP BY dag_id, state) r JOIN dag d ON d.dag_id = r.dag_id WHERE NOT d.is_stale"
)
_LAST_SUCCESS = (
    "(SELECT r.dag_id, max(r.logical_date) AS logical_date FROM dag_run r JOIN dag d ON d.dag_id = r.dag_id"
    " WHERE r.state = 'success' AND NOT d.is_stale AND NOT d.is_paused GROUP BY r.dag_id)"
)
FOREIGN: tuple[Foreign, ...] = (
    AIRFLOW_POOLS,
    POOLS_ALONE,
    Foreign(
        who="Helm chart (KEDA)",
        what="running and queued by queue",
        sql="SELECT queue, count(*) FROM task_instance WHERE state IN ('running', 'queued') GROUP BY queue",
    ),
    TASK_STATES,
    Foreign(who="epoch8", what="airflow_dag_status", sql=_RUN_STATES),
    Foreign(
        who="epoch8",
        what="airflow_dag_last_status",
        sql="SELECT r.dag_id, r.state FROM (SELECT dag_id, state, row_number() OVER (PARTITION BY dag_id"
        " ORDER BY updated_at DESC NULLS LAST) AS place FROM dag_run) r JOIN dag d ON d.dag_id = r.dag_id"
        " WHERE r.place = 1 AND NOT d.is_stale",
        series=4,
    ),
    Foreign(
        who="epoch8",
        what="airflow_dag_run_duration",
        sql="SELECT r.dag_id, max(extract(epoch FROM %(at)s - r.start_date)) FROM dag_run r"
        " JOIN dag d ON d.dag_id = r.dag_id WHERE r.state = 'running' AND NOT d.is_stale GROUP BY r.dag_id",
    ),
    Foreign(
        who="epoch8",
        what="labels of one DAG",
        sql="SELECT data FROM serialized_dag WHERE dag_id = 'sales_pipeline_00000'"
        " ORDER BY created_at DESC LIMIT 1",
        series=0,
        calls="each row of the four above",
    ),
    Foreign(
        who="robinhood",
        what="airflow_task_status",
        sql="SELECT t.dag_id, t.task_id, t.state, t.tasks, d.owners FROM (SELECT dag_id, task_id, state,"
        " count(*) AS tasks FROM task_instance GROUP BY dag_id, task_id, state) t"
        " JOIN dag d ON d.dag_id = t.dag_id WHERE NOT d.is_stale AND NOT d.is_paused",
    ),
    Foreign(
        who="robinhood",
        what="airflow_task_duration",
        sql="SELECT t.dag_id, t.task_id, r.logical_date, extract(epoch FROM t.end_date - t.start_date)"
        " FROM task_instance t JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id"
        f" JOIN {_LAST_SUCCESS} l ON l.dag_id = r.dag_id AND l.logical_date = r.logical_date"
        " WHERE t.state = 'success'",
    ),
    Foreign(
        who="robinhood",
        what="airflow_dag_run_duration",
        sql="SELECT r.dag_id, extract(epoch FROM r.end_date - min(t.start_date)) FROM dag_run r"
        f" JOIN {_LAST_SUCCESS} l ON l.dag_id = r.dag_id AND l.logical_date = r.logical_date"
        " JOIN task_instance t ON t.dag_id = r.dag_id AND t.run_id = r.run_id GROUP BY r.dag_id, r.end_date",
    ),
    Foreign(
        who="robinhood",
        what="airflow_num_queued_tasks",
        sql="SELECT count(*) FROM task_instance WHERE state = 'queued'",
    ),
    Foreign(
        who="PBWebMedia",
        what="airflow_dag_run_state",
        sql="SELECT dag_id, state, count(*) FROM dag_run GROUP BY dag_id, state",
    ),
    Foreign(
        who="PBWebMedia",
        what="airflow_event_total, first scrape",
        sql="SELECT dag_id, task_id, event, count(*) FROM log WHERE id > 0 GROUP BY dag_id, task_id, event",
    ),
    Foreign(
        who="OTel receiver style",
        what="states of the last 24 hours",
        sql="SELECT dag_id, state, count(*), avg(duration) FROM task_instance"
        " WHERE start_date > %(at)s - interval '24 hours' GROUP BY dag_id, state",
        series=2,
    ),
    Foreign(
        who="usual question",
        what="finished in the last minute",
        sql="SELECT state, count(*) FROM task_instance WHERE end_date > %(at)s - interval '1 minute'"
        " GROUP BY state",
    ),
)
# What the targets are about.
FEW = (AIRFLOW_POOLS, POOLS_ALONE, TASK_STATES)
