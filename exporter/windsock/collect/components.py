"""Airflow's own processes, by their heartbeats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from windsock.catalog import components
from windsock.collect.collector import Collector, Reader, Tier
from windsock.figures import Figures
from windsock.metadb import rows
from windsock.view import Component

ALIVE_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """The newest job of each type, and how many are alive."""

    heartbeats: tuple[rows.Heartbeat, ...]
    alive: dict[str, int]


class ComponentsCollector(Collector[Components]):
    """Reads `job`."""

    name = "components"
    tier = Tier.FAST
    uses = ("heartbeats", "alive")

    def read(self, reader: Reader) -> Components:
        """Heartbeats first: a component that starts in between is alive without one, never the reverse."""
        heartbeats = reader.rows(reader.statements.heartbeats)
        alive = reader.rows(reader.statements.alive, since=reader.now - ALIVE_FOR)
        return Components(heartbeats=tuple(heartbeats), alive={row.job_type: row.jobs for row in alive})


def add(figures: Figures, read: Components) -> None:
    """Heartbeat, orderly stop and number alive of every type that ever had a job."""
    for row in read.heartbeats:
        figures.add(components.HEARTBEAT, row.heartbeat.timestamp(), job_type=row.job_type)
        figures.add(components.STOPPED, row.state == "success", job_type=row.job_type)
        figures.add(components.ALIVE, read.alive.get(row.job_type, 0), job_type=row.job_type)


def shown(read: Components) -> tuple[Component, ...]:
    """The same for the pages."""
    return tuple(
        Component(job_type=row.job_type, heartbeat=row.heartbeat, stopped=row.state == "success")
        for row in sorted(read.heartbeats, key=lambda row: row.job_type)
    )
