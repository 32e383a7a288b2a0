"""Running task instances whose worker has fallen silent."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from windsock.catalog import tasks
from windsock.collect.collector import Collector, Reader, Scene, Tier, batches
from windsock.collect.platform.jobs import JobId, fresh_jobs
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make

# Airflow's own limit (task_instance_heartbeat_timeout, on 2.x scheduler_zombie_task_threshold), unless it was
# changed there.
_STALE_AFTER = timedelta(seconds=300)


class TaskCount(NamedTuple):
    """How many task instances."""

    tasks: int


def running_jobs(of: Flavour) -> Statement[JobId] | None:
    """2.x: the jobs of running tasks [ti_state]."""
    if of.three:
        return None
    return make(
        "running_jobs",
        JobId,
        "SELECT job_id AS id FROM task_instance WHERE state = 'running' AND job_id IS NOT NULL",
        reads={"task_instance": ("state", "job_id")},
    )


def healthy_jobs(of: Flavour) -> Statement[JobId] | None:
    """2.x: jobs of tasks whose heartbeat is fresh [job_type_heart]."""
    return None if of.three else fresh_jobs("healthy_jobs", "LocalTaskJob")


def stale_tasks(of: Flavour) -> Statement[TaskCount]:
    """3.x by their own heartbeat [ti_state], 2.x by their job [ti_job_id]."""
    if of.three:
        return make(
            "stale_tasks",
            TaskCount,
            "SELECT count(*) AS tasks FROM task_instance WHERE state IN ('running', 'restarting')"
            " AND last_heartbeat_at < :before",
            reads={"task_instance": ("state", "last_heartbeat_at")},
            before=EXAMPLE_TIME,
        )
    return make(
        "stale_tasks",
        TaskCount,
        "SELECT count(*) AS tasks FROM task_instance WHERE state = 'running' AND job_id IN :jobs",
        reads={"task_instance": ("state", "job_id")},
        jobs=[-1],
    )


class StaleTasksCollector(Collector[int]):
    """Reads `task_instance`, and on 2.x `job`, where the heartbeats are."""

    name = "stale_tasks"
    tier = Tier.SLOW
    lies_under_lag = True
    reads = (running_jobs, healthy_jobs, stale_tasks)

    def read(self, reader: Reader) -> int:
        """How many."""
        before = reader.now - _STALE_AFTER
        if reader.flavour.three:
            return reader.rows(stale_tasks, before=before)[0].tasks
        running = {row.id for row in reader.rows(running_jobs)}
        healthy = {row.id for row in reader.rows(healthy_jobs, since=before)}
        # A task that ended between the two reads has no healthy job either: those that run must still run.
        silent = sorted(running - healthy)
        return sum(reader.rows(stale_tasks, jobs=batch)[0].tasks for batch in batches(silent))

    def add(self, figures: Figures, value: int, scene: Scene) -> None:
        """Their number."""
        figures.add(tasks.STALE_HEARTBEAT, value)
