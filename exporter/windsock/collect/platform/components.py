"""Airflow's own processes, by their heartbeats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from windsock.catalog import components
from windsock.collect.collector import Collector, Reader, Scene, Tier
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make
from windsock.view import Component

ALIVE_FOR = timedelta(seconds=30)
JOB_TYPES = ("SchedulerJob", "DagProcessorJob", "TriggererJob")


class Heartbeat(NamedTuple):
    """The job of its type with the newest heartbeat."""

    job_type: str
    state: str | None
    hostname: str
    heartbeat: datetime


class Alive(NamedTuple):
    """Fresh jobs by type."""

    job_type: str
    jobs: int


def heartbeats(_of: Flavour) -> Statement[Heartbeat]:
    """The newest of each type, one backward step each [job_type_heart].

    Without a bound of age, or the alert of a dead component would end.
    """
    newest = (
        "SELECT job_type, state, hostname, heartbeat FROM (SELECT job_type, state,"
        " COALESCE(hostname, '') AS hostname, latest_heartbeat AS heartbeat"
        f" FROM job WHERE job_type = '{job_type}' AND latest_heartbeat IS NOT NULL"
        f" ORDER BY latest_heartbeat DESC LIMIT 1) AS {job_type.lower()}"
        for job_type in JOB_TYPES
    )
    return make(
        "heartbeats",
        Heartbeat,
        " UNION ALL ".join(newest),
        reads={"job": ("job_type", "state", "hostname", "latest_heartbeat")},
    )


def alive(_of: Flavour) -> Statement[Alive]:
    """Running jobs with a fresh heartbeat, by type [job_type_heart]."""
    types = ", ".join(f"'{job_type}'" for job_type in JOB_TYPES)
    return make(
        "alive",
        Alive,
        f"SELECT job_type, count(*) AS jobs FROM job WHERE job_type IN ({types})"
        " AND state = 'running' AND latest_heartbeat > :since GROUP BY job_type",
        reads={"job": ("job_type", "state", "latest_heartbeat")},
        since=EXAMPLE_TIME,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """The newest job of each type, and how many are alive."""

    heartbeats: tuple[Heartbeat, ...]
    alive: dict[str, int]


class ComponentsCollector(Collector[Components]):
    """Reads `job`."""

    name = "components"
    tier = Tier.FAST
    reads = (heartbeats, alive)
    vital = True

    def read(self, reader: Reader) -> Components:
        """Heartbeats first: a component that starts in between is alive without one, never the reverse."""
        newest = reader.rows(heartbeats)
        fresh = reader.rows(alive, since=reader.now - ALIVE_FOR)
        return Components(heartbeats=tuple(newest), alive={row.job_type: row.jobs for row in fresh})

    def add(self, figures: Figures, value: Components, scene: Scene) -> None:
        """Of every type that ever had a job: the newest one, and how many are alive."""
        for row in value.heartbeats:
            figures.add(components.HEARTBEAT, row.heartbeat.timestamp(), job_type=row.job_type)
            figures.add(components.STOPPED, row.state == "success", job_type=row.job_type)
            figures.add(
                components.NEWEST,
                1,
                job_type=row.job_type,
                hostname=row.hostname,
                state=row.state or "",
            )
            figures.add(components.ALIVE, value.alive.get(row.job_type, 0), job_type=row.job_type)


def shown(read: Components) -> tuple[Component, ...]:
    """The same for the pages."""
    return tuple(
        Component(job_type=row.job_type, heartbeat=row.heartbeat, stopped=row.state == "success")
        for row in sorted(read.heartbeats, key=lambda row: row.job_type)
    )
