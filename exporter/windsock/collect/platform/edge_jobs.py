"""Jobs of the edge3 provider, where it is installed: what its workers do, and what waits for them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from windsock.catalog import components
from windsock.collect.collector import Collector, Reader, Scene, Tier
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make


class EdgeJobs(NamedTuple):
    """Jobs of one queue in one state; those that are done stay for some minutes."""

    state: str
    queue: str
    jobs: int
    oldest_queued: datetime | None


def edge_jobs(of: Flavour) -> Statement[EdgeJobs] | None:
    """The whole table, which its executor keeps small, if the provider has made it."""
    if not of.since("2.10") or not of.has("edge_job"):
        return None
    return make(
        "edge_jobs",
        EdgeJobs,
        "SELECT state, queue, count(*) AS jobs, min(queued_dttm) AS oldest_queued FROM edge_job"
        " GROUP BY 1, 2 LIMIT 10000",
        reads={"edge_job": ("state", "queue", "queued_dttm")},
    )


class EdgeJobsCollector(Collector[tuple[EdgeJobs, ...]]):
    """Reads `edge_job`."""

    name = "edge_jobs"
    tier = Tier.SLOW
    reads = (edge_jobs,)

    def read(self, reader: Reader) -> tuple[EdgeJobs, ...]:
        """By state and queue."""
        return tuple(reader.rows(edge_jobs))

    def add(self, figures: Figures, value: tuple[EdgeJobs, ...], scene: Scene) -> None:
        """How many, and since when the oldest of each queue has waited."""
        for row in value:
            figures.add(components.EDGE_JOBS, row.jobs, state=row.state, queue=row.queue)
            if row.state == "queued" and row.oldest_queued is not None:
                figures.add(components.EDGE_JOB_OLDEST, row.oldest_queued.timestamp(), queue=row.queue)
