"""Statements that Windsock can do without: a collector whose statement is refused is switched off alone."""

from __future__ import annotations

from dataclasses import dataclass

from windsock.airflow_versions import AIRFLOW_3, since
from windsock.metadb import rows
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallTables:
    """What is read besides; None where the version or the database has no such thing."""

    triggers: Statement[rows.Triggers]
    triggerers: Statement[rows.JobId]
    deferred_overdue: Statement[rows.TaskCount]
    running_jobs: Statement[rows.JobId] | None
    healthy_jobs: Statement[rows.JobId] | None
    stale_tasks: Statement[rows.TaskCount]
    dag_warnings: Statement[rows.Warnings]
    bundles: Statement[rows.Bundle] | None
    backfills: Statement[rows.Backfills] | None
    asset_queue: Statement[rows.AssetQueue]
    callbacks: Statement[rows.Callbacks]
    questions: Statement[rows.Question] | None
    asking: Statement[rows.TaskId] | None
    deadlines: Statement[rows.Deadlines] | None
    deadline_runs: Statement[rows.RunDag] | None


def build(line: str, dialect: str) -> SmallTables:
    """The statements for a line of Airflow, such as `2.10`, on `postgresql` or `sqlite`."""
    three, asks = line in AIRFLOW_3, line in since("3.1")
    naive = not three and dialect != "sqlite"
    return SmallTables(
        triggers=make("triggers", rows.Triggers, _TRIGGERS),
        triggerers=make("triggerers", rows.JobId, _JOBS.format("TriggererJob"), since=EXAMPLE_TIME),
        deferred_overdue=make(
            "deferred_overdue",
            rows.TaskCount,
            _DEFERRED_OVERDUE.format("CAST(:now AS timestamptz) AT TIME ZONE 'UTC'" if naive else ":now"),
            now=EXAMPLE_TIME,
        ),
        running_jobs=None if three else make("running_jobs", rows.JobId, _RUNNING_JOBS),
        healthy_jobs=None
        if three
        else make("healthy_jobs", rows.JobId, _JOBS.format("LocalTaskJob"), since=EXAMPLE_TIME),
        stale_tasks=make("stale_tasks", rows.TaskCount, _STALE_3, before=EXAMPLE_TIME)
        if three
        else make("stale_tasks", rows.TaskCount, _STALE_2, jobs=[-1]),
        dag_warnings=make("dag_warnings", rows.Warnings, _DAG_WARNINGS),
        bundles=make("bundles", rows.Bundle, _BUNDLES) if three else None,
        backfills=make("backfills", rows.Backfills, _BACKFILLS) if three else None,
        asset_queue=make(
            "asset_queue", rows.AssetQueue, _ASSET_QUEUE.format("asset" if three else "dataset")
        ),
        callbacks=make("callbacks", rows.Callbacks, _CALLBACKS if line in since("3.2") else _REQUESTS),
        questions=make("questions", rows.Question, _QUESTIONS) if asks else None,
        asking=make("asking", rows.TaskId, _ASKING, tasks=[_NO_TASK]) if asks else None,
        deadlines=make(
            "deadlines",
            rows.Deadlines,
            _DEADLINES.format("missed = false" if line in since("3.2") else "callback_state IS NULL"),
            now=EXAMPLE_TIME,
        )
        if asks
        else None,
        deadline_runs=make("deadline_runs", rows.RunDag, _DEADLINE_RUNS, runs=[-1]) if asks else None,
    )


_TRIGGERS = (
    "SELECT triggerer_id AS triggerer, count(*) AS triggers, min(created_date) AS oldest"
    " FROM trigger GROUP BY 1"
)
# By the index job_type_heart.
_JOBS = "SELECT id FROM job WHERE job_type = '{}' AND state = 'running' AND latest_heartbeat > :since"
# By the index ti_state; the column has no time zone on 2.x.
_DEFERRED_OVERDUE = (
    "SELECT count(*) AS tasks FROM task_instance WHERE state = 'deferred' AND trigger_timeout < {}"
)
# By the index ti_state.
_RUNNING_JOBS = "SELECT job_id AS id FROM task_instance WHERE state = 'running' AND job_id IS NOT NULL"
# By the index ti_job_id.
_STALE_2 = "SELECT count(*) AS tasks FROM task_instance WHERE state = 'running' AND job_id IN :jobs"
# By the index ti_state.
_STALE_3 = (
    "SELECT count(*) AS tasks FROM task_instance WHERE state IN ('running', 'restarting')"
    " AND last_heartbeat_at < :before"
)
_DAG_WARNINGS = "SELECT warning_type, count(*) AS warnings FROM dag_warning GROUP BY 1"
_BUNDLES = "SELECT name AS bundle, last_refreshed AS refreshed FROM dag_bundle WHERE active"
_BACKFILLS = "SELECT dag_id, count(*) AS backfills FROM backfill WHERE completed_at IS NULL GROUP BY 1"
_ASSET_QUEUE = (
    "SELECT target_dag_id AS dag_id, count(*) AS events, min(created_at) AS oldest"
    " FROM {}_dag_run_queue GROUP BY 1"
)
# A row goes when the DAG processor takes it.
_REQUESTS = (
    "SELECT callback_type AS type, 'pending' AS state, count(*) AS callbacks FROM callback_request GROUP BY 1"
)
# Those for the DAG processor have no state, and go when it takes them. That of a deadline which may still be
# met is `scheduled`, and is not to run yet.
_CALLBACKS = (
    "SELECT type, COALESCE(state, 'pending') AS state, count(*) AS callbacks FROM callback"
    " WHERE state IS NULL OR state IN ('pending', 'queued', 'running') GROUP BY 1, 2"
)
_NO_TASK = "00000000-0000-0000-0000-000000000000"
_QUESTIONS = (
    "SELECT CAST(ti_id AS text) AS task, created_at AS asked FROM hitl_detail WHERE responded_at IS NULL"
)
# By primary key. Up to 3.2 such a task is deferred, from 3.3 on it awaits input.
_ASKING = (
    "SELECT CAST(id AS text) AS task FROM task_instance"
    " WHERE id IN :tasks AND state IN ('deferred', 'awaiting_input')"
)
# By the index on missed (3.1: callback_state) and deadline_time; what is met is deleted.
_DEADLINES = (
    "SELECT dagrun_id AS run, count(*) AS deadlines,"
    " sum(CASE WHEN deadline_time < :now THEN 1 ELSE 0 END) AS overdue, min(deadline_time) AS next"
    " FROM deadline WHERE {} GROUP BY 1"
)
_DEADLINE_RUNS = "SELECT id AS run, dag_id FROM dag_run WHERE id IN :runs"
