"""Running task instances whose worker has fallen silent."""

from __future__ import annotations

from datetime import timedelta

from windsock.catalog import tasks
from windsock.collect.collector import Collector, Reader, Tier, batches
from windsock.figures import Figures

# Airflow's own limit (task_instance_heartbeat_timeout, on 2.x scheduler_zombie_task_threshold), unless it was
# changed there.
_STALE_AFTER = timedelta(seconds=300)


class StaleTasksCollector(Collector[int]):
    """Reads `task_instance`, and on 2.x `job`, where the heartbeats are."""

    name = "stale_tasks"
    tier = Tier.SLOW
    uses = ("running_jobs", "healthy_jobs", "stale_tasks")

    def read(self, reader: Reader) -> int:
        """How many."""
        statements, before = reader.statements.small, reader.now - _STALE_AFTER
        if statements.running_jobs is None:
            return reader.rows(statements.stale_tasks, before=before)[0].tasks
        running = {row.id for row in reader.rows(statements.running_jobs)}
        healthy = {row.id for row in reader.rows(statements.healthy_jobs, since=before)}
        # A task that ended between the two reads has no healthy job either: those that run must still run.
        silent = sorted(running - healthy)
        return sum(reader.rows(statements.stale_tasks, jobs=batch)[0].tasks for batch in batches(silent))


def add(figures: Figures, read: int) -> None:
    """Their number."""
    figures.add(tasks.STALE_HEARTBEAT, read)
