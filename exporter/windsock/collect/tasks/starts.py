"""When a task of each queue started last: the sign of life of its workers.

Those that run and those that ended are read anyway; the minutes before the exporter began are looked at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from windsock.catalog import tasks
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.collect.platform.jobs import JobId
from windsock.collect.tasks.attempts import AttemptsCollector
from windsock.collect.tasks.newest import newest
from windsock.collect.tasks.tasks import TasksCollector
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make

_BEFORE = timedelta(minutes=15)


class Start(NamedTuple):
    """The last start on a queue."""

    queue: str
    started: datetime


def starts(of: Flavour) -> Statement[Start]:
    """3.x [ti_heartbeat]: a worker reports soon after the start; 2.x [ti_job_id]: of the given jobs."""
    select = "SELECT COALESCE(queue, '') AS queue, max(start_date) AS started FROM task_instance WHERE "
    if of.three:
        return make(
            "starts",
            Start,
            select + "last_heartbeat_at > :since AND start_date > :since GROUP BY 1",
            reads={"task_instance": ("queue", "start_date", "last_heartbeat_at")},
            since=EXAMPLE_TIME,
        )
    # Joined in SQL, the plan flips with the size of the tables.
    return make(
        "starts",
        Start,
        select + "job_id IN :jobs AND start_date IS NOT NULL GROUP BY 1",
        reads={"task_instance": ("queue", "start_date", "job_id")},
        jobs=[-1],
    )


def started_jobs(of: Flavour) -> Statement[JobId] | None:
    """2.x: jobs of tasks that began [job_type_heart]."""
    if of.three:
        return None
    return make(
        "started_jobs",
        JobId,
        "SELECT id FROM job WHERE job_type = 'LocalTaskJob' AND latest_heartbeat > :since"
        " AND start_date > :since ORDER BY latest_heartbeat DESC LIMIT 2000",
        reads={"job": ("id", "job_type", "latest_heartbeat", "start_date")},
        since=EXAMPLE_TIME,
    )


class StartsCollector(Collector[Mapping[str, datetime]]):
    """Reads `task_instance` once, by its heartbeat index on 3.x, by the jobs of fresh tasks on 2.x."""

    name = "task_starts"
    tier = Tier.FAST
    reads = (starts, started_jobs)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._before: Mapping[str, datetime] | None = None

    def read(self, reader: Reader) -> Mapping[str, datetime]:
        """The newest start per queue in the quarter of an hour before the first reading."""
        if self._before is None:
            self._before = newest({}, _look_back(reader, reader.now - _BEFORE))
        return self._before

    def add(self, figures: Figures, value: Mapping[str, datetime], scene: Scene) -> None:
        """One timestamp per queue."""
        active, ended = scene.value(TasksCollector), scene.value(AttemptsCollector)
        for read in (active, ended):
            if read is not None:
                value = newest(value, read.starts.items())
        for queue, started in value.items():
            figures.add(tasks.QUEUE_LAST_START, started.timestamp(), queue=queue)


def _look_back(reader: Reader, since: datetime) -> list[Start]:
    if reader.flavour.three:
        return reader.rows(starts, since=since)
    jobs = [row.id for row in reader.rows(started_jobs, since=since)]
    return [row for batch in batches(jobs) for row in reader.rows(starts, jobs=batch)]
