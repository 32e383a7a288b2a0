"""When a task of each queue started last: the sign of life of its workers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from windsock.catalog import tasks
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.collect.platform.jobs import JobId
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make

_FIRST_LOOK = timedelta(hours=1)
# Heartbeats are written every few seconds; what was committed late is found by the next look.
_OVERLAP = timedelta(seconds=60)


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
    """Reads `task_instance` by its heartbeat index on 3.x, by the jobs of fresh tasks on 2.x."""

    name = "task_starts"
    tier = Tier.FAST
    reads = (starts, started_jobs)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._last: dict[str, datetime] = {}
        self._read_until: datetime | None = None

    def read(self, reader: Reader) -> Mapping[str, datetime]:
        """The newest start per queue ever seen; only what came since the last look is read."""
        since = reader.now - _FIRST_LOOK if self._read_until is None else self._read_until - _OVERLAP
        for row in self._fresh(reader, since):
            self._last[row.queue] = max(row.started, self._last.get(row.queue, row.started))
        self._read_until = reader.now
        return dict(self._last)

    def _fresh(self, reader: Reader, since: datetime) -> list[Start]:
        if reader.flavour.three:
            return reader.rows(starts, since=since)
        jobs = [row.id for row in reader.rows(started_jobs, since=since)]
        return [row for batch in batches(jobs) for row in reader.rows(starts, jobs=batch)]

    def add(self, figures: Figures, value: Mapping[str, datetime], scene: Scene) -> None:
        """One timestamp per queue."""
        for queue, started in value.items():
            figures.add(tasks.QUEUE_LAST_START, started.timestamp(), queue=queue)
