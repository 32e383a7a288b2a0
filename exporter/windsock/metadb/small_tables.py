"""Statements that Windsock can do without: a collector whose statement is refused is switched off alone."""

from __future__ import annotations

from dataclasses import dataclass

from windsock.airflow_versions import AIRFLOW_3
from windsock.metadb import rows
from windsock.metadb.statement import EXAMPLE_TIME, Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallTables:
    """What is read besides; None where the version or the database has no such thing."""

    triggers: Statement[rows.Triggers]
    triggerers: Statement[rows.JobId]
    deferred_overdue: Statement[rows.TaskCount]
    running_jobs: Statement[rows.JobId] | None
    healthy_jobs: Statement[rows.JobId] | None
    stale_tasks: Statement[rows.TaskCount]


def build(line: str, dialect: str) -> SmallTables:
    """The statements for a line of Airflow, such as `2.10`, on `postgresql` or `sqlite`."""
    three = line in AIRFLOW_3
    return SmallTables(
        triggers=Statement(name="triggers", row=rows.Triggers, sql=_TRIGGERS),
        triggerers=Statement(
            name="triggerers",
            row=rows.JobId,
            sql=_JOBS.format(job_type="TriggererJob"),
            example={"since": EXAMPLE_TIME},
        ),
        deferred_overdue=Statement(
            name="deferred_overdue",
            row=rows.TaskCount,
            sql=_DEFERRED_OVERDUE.format(
                now=":now" if three or dialect == "sqlite" else "CAST(:now AS timestamptz) AT TIME ZONE 'UTC'"
            ),
            example={"now": EXAMPLE_TIME},
        ),
        running_jobs=None if three else Statement(name="running_jobs", row=rows.JobId, sql=_RUNNING_JOBS),
        healthy_jobs=None
        if three
        else Statement(
            name="healthy_jobs",
            row=rows.JobId,
            sql=_JOBS.format(job_type="LocalTaskJob"),
            example={"since": EXAMPLE_TIME},
        ),
        stale_tasks=Statement(
            name="stale_tasks", row=rows.TaskCount, sql=_STALE_3, example={"before": EXAMPLE_TIME}
        )
        if three
        else Statement(
            name="stale_tasks", row=rows.TaskCount, sql=_STALE_2, lists=("jobs",), example={"jobs": [-1]}
        ),
    )


_TRIGGERS = (
    "SELECT triggerer_id AS triggerer, count(*) AS triggers, min(created_date) AS oldest"
    " FROM trigger GROUP BY 1"
)
# By the index job_type_heart.
_JOBS = "SELECT id FROM job WHERE job_type = '{job_type}' AND state = 'running' AND latest_heartbeat > :since"
# By the index ti_state; the column has no time zone on 2.x.
_DEFERRED_OVERDUE = (
    "SELECT count(*) AS tasks FROM task_instance WHERE state = 'deferred' AND trigger_timeout < {now}"
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
