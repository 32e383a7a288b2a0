"""When a task of each queue started last: the sign of life of its workers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from windsock.catalog import tasks
from windsock.collect.collector import Collector, Reader, Tier, batches
from windsock.figures import Figures
from windsock.metadb import rows

_FIRST_LOOK = timedelta(hours=1)
# Heartbeats are written every few seconds; what was committed late is found by the next look.
_OVERLAP = timedelta(seconds=60)


class StartsCollector(Collector[Mapping[str, datetime]]):
    """Reads `task_instance` by its heartbeat index on 3.x, by the jobs of fresh tasks on 2.x."""

    name = "task_starts"
    tier = Tier.FAST
    uses = ("starts", "started_jobs")

    def __init__(self) -> None:
        self._last: dict[str, datetime] = {}
        self._read_until: datetime | None = None

    def read(self, reader: Reader) -> Mapping[str, datetime]:
        """The newest start per queue ever seen; only what came since the last look is read."""
        since = reader.now - _FIRST_LOOK if self._read_until is None else self._read_until - _OVERLAP
        for row in self._fresh(reader, since):
            self._last[row.queue] = max(row.started, self._last.get(row.queue, row.started))
        self._read_until = reader.now
        return dict(self._last)

    def _fresh(self, reader: Reader, since: datetime) -> list[rows.Start]:
        statements = reader.statements
        if statements.started_jobs is None:
            return reader.rows(statements.starts, since=since)
        jobs = [row.id for row in reader.rows(statements.started_jobs, since=since)]
        return [row for batch in batches(jobs) for row in reader.rows(statements.starts, jobs=batch)]


def add(figures: Figures, read: Mapping[str, datetime]) -> None:
    """One timestamp per queue."""
    for queue, started in read.items():
        figures.add(tasks.QUEUE_LAST_START, started.timestamp(), queue=queue)
