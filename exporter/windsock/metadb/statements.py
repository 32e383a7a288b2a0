"""Every statement, per Airflow schema and dialect. One table each; what belongs together joins in Python."""
# ruff: noqa: S608 (nothing that came from outside goes into these strings)

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from windsock.airflow_versions import AIRFLOW_3, since
from windsock.metadb import hygiene, rows, small_tables
from windsock.metadb.hygiene import Hygiene
from windsock.metadb.schema import REVISION
from windsock.metadb.small_tables import SmallTables
from windsock.metadb.statement import EXAMPLE_TIME, R, Statement, held

JOB_TYPES = ("SchedulerJob", "DagProcessorJob", "TriggererJob")
ACTIVE_STATES = (
    "scheduled",
    "queued",
    "running",
    "restarting",
    "deferred",
    "up_for_retry",
    "up_for_reschedule",
)
# How many runs of each DAG are read: the streak of failures, and the newest of one state. Manual runs of 2.x
# sort after scheduled ones of the same or a later due time, so one row would not do.
STREAK = 10
NEWEST = 3
SLA_RUNS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """Everything that is read. `undated` exists on 3.x only, `started_jobs` on 2.x only."""

    states: tuple[str, ...]
    revision: Statement[rows.Revision]
    clock: Statement[rows.Clock]
    server: Statement[rows.Server]
    heartbeats: Statement[rows.Heartbeat]
    alive: Statement[rows.Alive]
    active_tasks: Statement[rows.ActiveTasks]
    waiting: Statement[rows.Waiting]
    pools: Statement[rows.Pool]
    starts: Statement[rows.Start]
    started_jobs: Statement[rows.JobId] | None
    dags: Statement[rows.Dag]
    tags: Statement[rows.Tag]
    active_runs: Statement[rows.ActiveRun]
    newest_run: Statement[rows.NewestRun]
    new_runs: Statement[rows.NewRun]
    finished: Statement[rows.Run]
    last_success: Statement[rows.Run]
    last_failed: Statement[rows.Run]
    scheduled_success: Statement[rows.Run]
    scheduled_failed: Statement[rows.Run]
    undated: Statement[rows.Run] | None
    sla_runs: Statement[rows.Run]
    sla_tasks: Statement[rows.DagTasks]
    import_errors: Statement[rows.ImportError_]
    small: SmallTables
    hygiene: Hygiene

    def all(self) -> tuple[Statement[Any], ...]:
        """Every one of them."""
        return (*held(self), *self.dispensable())

    def dispensable(self) -> tuple[Statement[Any], ...]:
        """Those without which a database is still worth watching."""
        return (*held(self.small), *self.hygiene.all())


def build(line: str, dialect: str) -> Statements:
    """The statements for a line of Airflow, such as `2.10`, on `postgresql` or `sqlite`."""
    words = _words(line)
    sqlite = dialect == "sqlite"
    states = (*ACTIVE_STATES, "awaiting_input") if line in since("3.3") else ACTIVE_STATES
    active = ", ".join(f"'{state}'" for state in states)

    def make(name: str, row: type[R], sql: str, **example: Any) -> Statement[R]:
        lists = tuple(key for key, value in example.items() if isinstance(value, list))
        return Statement(
            name=name, row=row, sql=sql.format(active=active, **words), lists=lists, example=example
        )

    def per_dag(name: str, where: str, limit: int, dags: str, **example: Any) -> Statement[rows.Run]:
        form = _PER_DAG_SQLITE if sqlite else _PER_DAG
        return make(name, rows.Run, form.format(where=where, limit=limit, dags=dags, **words), **example)

    not_stale = f"NOT ({words['stale']})"

    three = line in AIRFLOW_3
    return Statements(
        states=states,
        revision=REVISION,
        clock=make("clock", rows.Clock, _CLOCK_SQLITE if sqlite else "SELECT clock_timestamp() AS now"),
        server=make("server", rows.Server, _SERVER_SQLITE if sqlite else _SERVER),
        heartbeats=make("heartbeats", rows.Heartbeat, _HEARTBEATS),
        alive=make("alive", rows.Alive, _ALIVE, since=EXAMPLE_TIME),
        active_tasks=make("active_tasks", rows.ActiveTasks, _ACTIVE_TASKS, queued_before=EXAMPLE_TIME),
        waiting=make(
            "waiting", rows.Waiting, "SELECT count(*) AS waiting FROM task_instance WHERE state IS NULL"
        ),
        pools=make("pools", rows.Pool, "SELECT pool, slots, include_deferred FROM slot_pool"),
        starts=make("starts", rows.Start, _STARTS_3, since=EXAMPLE_TIME)
        if three
        else make("starts", rows.Start, _STARTS_2, jobs=[-1]),
        started_jobs=None if three else make("started_jobs", rows.JobId, _STARTED_JOBS, since=EXAMPLE_TIME),
        dags=make("dags", rows.Dag, _DAGS),
        tags=make("tags", rows.Tag, "SELECT dag_id, name FROM dag_tag"),
        active_runs=make("active_runs", rows.ActiveRun, _ACTIVE_RUNS),
        newest_run=make("newest_run", rows.NewestRun, "SELECT max(id) AS newest FROM dag_run"),
        new_runs=make("new_runs", rows.NewRun, _NEW_RUNS, after=2**31 - 1),
        finished=per_dag("finished", "x.state IN ('success', 'failed')", STREAK, not_stale),
        last_success=per_dag("last_success", "x.state = 'success'", NEWEST, not_stale),
        last_failed=per_dag("last_failed", "x.state = 'failed'", NEWEST, not_stale),
        scheduled_success=per_dag(
            "scheduled_success", _SCHEDULED.format("success"), 1, _TIMED, dag_ids=["-"]
        ),
        scheduled_failed=per_dag("scheduled_failed", _SCHEDULED.format("failed"), 1, _TIMED, dag_ids=["-"]),
        undated=make("undated", rows.Run, _UNDATED, since=EXAMPLE_TIME) if three else None,
        sla_runs=per_dag("sla_runs", "x.state IS NOT NULL", SLA_RUNS, "d.dag_id IN :dag_ids", dag_ids=["-"]),
        sla_tasks=make("sla_tasks", rows.DagTasks, _SLA_TASKS, dag_ids=["-"]),
        import_errors=make("import_errors", rows.ImportError_, _IMPORT_ERRORS),
        small=small_tables.build(line, dialect),
        hygiene=hygiene.build(line, dialect),
    )


# Before 3.2 nothing says so: at its limit the DAG has a next run without a time to create it.
_EXCEEDS = "(next_dagrun IS NOT NULL AND next_dagrun_create_after IS NULL)"
_WORDS_2 = {
    "logical": "execution_date",
    "due": "COALESCE(data_interval_end, execution_date)",
    "due_columns": "x.data_interval_end, x.execution_date",
    "created": "COALESCE(queued_at, start_date)",
    "scheduled_since": "updated_at",
    "stale": "NOT COALESCE(is_active, false)",
    "schedule": "schedule_interval",
    "exceeds": _EXCEEDS,
    "file": "fileloc",
    "bundle": "''",
}
_WORDS_3 = {
    "logical": "logical_date",
    "due": "run_after",
    "due_columns": "x.run_after, x.logical_date",
    "created": "COALESCE(queued_at, start_date)",
    "scheduled_since": "scheduled_dttm",
    "stale": "COALESCE(is_stale, false)",
    "schedule": "timetable_summary",
    "exceeds": _EXCEEDS,
    "file": "relative_fileloc",
    "bundle": "COALESCE(bundle_name, '')",
}
_SINCE_3_2 = {
    "created": "COALESCE(created_at, queued_at, start_date)",
    "exceeds": "exceeds_max_non_backfill",
}


def _words(line: str) -> dict[str, str]:
    if line not in AIRFLOW_3:
        return _WORDS_2
    return {**_WORDS_3, **_SINCE_3_2} if line in since("3.2") else _WORDS_3


_CLOCK_SQLITE = "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now') AS now"
_SERVER = "SELECT current_setting('server_version') AS version"
_SERVER_SQLITE = "SELECT sqlite_version() AS version"

# [job_type_heart], one backward step per type; without an age bound, or a dead component's alert would end.
_HEARTBEATS = " UNION ALL ".join(
    "SELECT job_type, state, heartbeat FROM (SELECT job_type, state, latest_heartbeat AS heartbeat FROM job"
    f" WHERE job_type = '{job_type}' AND latest_heartbeat IS NOT NULL"
    f" ORDER BY latest_heartbeat DESC LIMIT 1) AS {job_type.lower()}"
    for job_type in JOB_TYPES
)
_ALIVE = (
    "SELECT job_type, count(*) AS jobs FROM job WHERE job_type IN ('SchedulerJob', 'DagProcessorJob',"
    " 'TriggererJob') AND state = 'running' AND latest_heartbeat > :since GROUP BY job_type"
)
# [ti_state], one pass over the unfinished ones.
_ACTIVE_TASKS = (
    "SELECT state, pool, COALESCE(queue, '') AS queue, count(*) AS tasks, sum(pool_slots) AS slots,"
    " min(queued_dttm) AS oldest_queued, min({scheduled_since}) AS oldest_scheduled,"
    " sum(CASE WHEN state = 'queued' AND queued_dttm < :queued_before THEN 1 ELSE 0 END) AS stuck"
    " FROM task_instance WHERE state IN ({active}) GROUP BY 1, 2, 3"
)
# [ti_heartbeat]; a worker reports within seconds of the start.
_STARTS_3 = (
    "SELECT COALESCE(queue, '') AS queue, max(start_date) AS started FROM task_instance"
    " WHERE last_heartbeat_at > :since AND start_date > :since GROUP BY 1"
)
# [job_type_heart], then [ti_job_id]: joined in SQL, the plan flips with the size of the tables.
_STARTED_JOBS = (
    "SELECT id FROM job WHERE job_type = 'LocalTaskJob' AND latest_heartbeat > :since AND start_date > :since"
    " ORDER BY latest_heartbeat DESC LIMIT 2000"
)
_STARTS_2 = (
    "SELECT COALESCE(queue, '') AS queue, max(start_date) AS started FROM task_instance"
    " WHERE job_id IN :jobs AND start_date IS NOT NULL GROUP BY 1"
)
_DAGS = (
    "SELECT dag_id, COALESCE(is_paused, false) AS paused, {stale} AS stale, owners, {schedule} AS schedule,"
    " next_dagrun AS next_run, next_dagrun_create_after AS create_after,"
    " next_dagrun_data_interval_end AS interval_end, {exceeds} AS exceeds_max_active_runs,"
    " COALESCE(has_import_errors, false) AS import_errors, {file} AS file FROM dag"
)
# Two branches on purpose: IN ('queued', 'running') becomes a sequential scan at the default random_page_cost.
_ACTIVE_RUNS = " UNION ALL ".join(
    "SELECT dag_id, run_id, run_type, state, {due} AS due, queued_at, start_date AS start"
    f" FROM dag_run WHERE state = '{state}'"
    for state in ("running", "queued")
)
_NEW_RUNS = "SELECT id, dag_id, run_type, {created} AS created FROM dag_run WHERE id > :after"
# [dag_run_dag_id_{logical}_key]; needs plain DESC and IS NOT NULL, NULLS LAST would lose the index.
_NEWEST = (
    "SELECT {columns} FROM dag_run x WHERE x.dag_id = d.dag_id AND {where} AND x.run_type <> 'backfill'"
    " AND x.{logical} IS NOT NULL ORDER BY x.{logical} DESC LIMIT {limit}"
)
_RUN_COLUMNS = (
    "r.dag_id, r.run_id, r.run_type, r.state, {due} AS due, r.{logical} AS logical, r.start_date AS start,"
    ' r.end_date AS "end"'
)
# For DAGs whose newest rows are all manual; one without a time schedule would be walked to its beginning.
_SCHEDULED = "x.state = '{}' AND x.run_type = 'scheduled'"
_TIMED = "d.dag_id IN :dag_ids AND d.next_dagrun IS NOT NULL"
# Not *: the role may read these columns only.
_INNER_COLUMNS = "x.dag_id, x.run_id, x.run_type, x.state, {due_columns}, x.start_date, x.end_date"
_PER_DAG = (
    f"SELECT {_RUN_COLUMNS} FROM dag d CROSS JOIN LATERAL ({_NEWEST.replace('{columns}', _INNER_COLUMNS)}) r"
    " WHERE {dags}"
)
_PER_DAG_SQLITE = (
    f"SELECT {_RUN_COLUMNS} FROM dag d JOIN dag_run r ON r.id IN ({_NEWEST.replace('{columns}', 'x.id')})"
    " WHERE {dags}"
)
# [idx_dag_run_run_after]; runs off the schedule have no logical date, or one that is not their due time.
_UNDATED = (
    "SELECT dag_id, run_id, run_type, state, run_after AS due, logical_date AS logical, start_date AS start,"
    ' end_date AS "end" FROM dag_run WHERE run_after > :since'
    " AND run_type <> 'scheduled' AND run_type <> 'backfill'"
)
# By the index ti_dag_state.
_SLA_TASKS = (
    "SELECT dag_id, state, pool, COALESCE(queue, '') AS queue, count(*) AS tasks FROM task_instance"
    " WHERE dag_id IN :dag_ids AND state IN ({active}) GROUP BY 1, 2, 3, 4"
)
_IMPORT_ERRORS = "SELECT {bundle} AS bundle, COALESCE(filename, '') AS file FROM import_error"
