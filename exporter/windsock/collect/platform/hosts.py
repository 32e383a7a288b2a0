"""Airflow's own processes host by host, and how often they start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from windsock.catalog import components
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.collect.platform.components import JOB_TYPES
from windsock.counters import Counted, Entry
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make

_SHOWN_FOR = timedelta(hours=1)
_MOST_HOSTS = 100
# A start is committed at once, but by the clock of its host.
_OVERLAP = timedelta(minutes=10)

_Host = tuple[str, str]


class Job(NamedTuple):
    """A job of a component."""

    id: int
    job_type: str
    hostname: str
    started: datetime | None
    heartbeat: datetime


def component_jobs(_of: Flavour) -> Statement[Job]:
    """Those with a heartbeat after `since`, newest first [job_type_heart]; crash loops leave many."""
    types = ", ".join(f"'{job_type}'" for job_type in JOB_TYPES)
    return make(
        "component_jobs",
        Job,
        "SELECT id, job_type, COALESCE(hostname, '') AS hostname, start_date AS started,"
        f" latest_heartbeat AS heartbeat FROM job WHERE job_type IN ({types})"
        " AND latest_heartbeat > :since ORDER BY latest_heartbeat DESC LIMIT 1000",
        reads={"job": ("id", "job_type", "hostname", "start_date", "latest_heartbeat")},
        since=EXAMPLE_TIME,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """The newest heartbeat by type and host, and how many jobs began."""

    heartbeats: dict[_Host, datetime]
    starts: Counted


class HostsCollector(Collector[Hosts]):
    """Reads `job`; the ids of the last hour are remembered, so that each start counts once."""

    name = "component_hosts"
    tier = Tier.SLOW
    reads = (component_jobs,)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._book = context.counters.book(self.name, (components.STARTS,))

    def read(self, reader: Reader) -> Hosts:
        """Nothing that began before the first look counts."""
        rows = reader.rows(component_jobs, since=reader.now - _SHOWN_FOR)
        memo = self._book.memo
        entry = Entry()
        if not memo:
            for job_type in JOB_TYPES:
                entry.count(components.STARTS, 0, job_type=job_type)
        for row in rows if memo else ():
            if row.id not in memo["seen"] and _later(row, memo):
                entry.count(components.STARTS, job_type=row.job_type)
        fresh: dict[str, Any] = {"seen": [row.id for row in rows], "until": reader.now.timestamp()}
        starts = self._book.commit(entry, fresh, lazy=True)
        heartbeats: dict[_Host, datetime] = {}
        for row in rows:
            if len(heartbeats) < _MOST_HOSTS:
                heartbeats.setdefault((row.job_type, row.hostname), row.heartbeat)
        return Hosts(heartbeats=heartbeats, starts=starts)

    def add(self, figures: Figures, value: Hosts, scene: Scene) -> None:
        """The hosts of the last hour, those with the newest heartbeats, and the starts."""
        for (job_type, hostname), heartbeat in value.heartbeats.items():
            figures.add(
                components.HOST_HEARTBEAT, heartbeat.timestamp(), job_type=job_type, hostname=hostname
            )
        value.starts.add_to(figures)


def _later(row: Job, memo: Any) -> bool:
    """Not a job that was silent for more than an hour and beats again."""
    return row.started is not None and row.started.timestamp() > memo["until"] - _OVERLAP.total_seconds()
