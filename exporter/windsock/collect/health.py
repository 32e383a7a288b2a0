"""The exporter about itself: database, clock, collectors, build."""

from __future__ import annotations

import platform
from datetime import datetime

from windsock import __version__
from windsock.catalog import metadb
from windsock.collect.stock import Clock, Health, Standby
from windsock.figures import Figures
from windsock.metadb.source import Source
from windsock.view import CollectorHealth


def add(
    figures: Figures,
    source: Source,
    clock: Clock,
    standby: Standby | None,
    health: tuple[Health, ...],
    *,
    up: bool,
    at: datetime,
) -> None:
    """Everything of the subject; the skew only while the database answers, the lag while the replica does."""
    figures.add(metadb.METADB_UP, up)
    schema = source.schema
    figures.add(
        metadb.METADB_INFO,
        1,
        revision=schema.revision,
        airflow_version_min=schema.version_min,
        airflow_version_max=schema.version_max,
        dialect=source.product,
        server_version=source.server_version,
        tested=str(source.tested).lower(),
    )
    if up:
        figures.add(metadb.CLOCK_SKEW, round(clock.skew.total_seconds(), 6))
    if standby is not None:
        figures.add(metadb.REPLICA_UP, standby.answered)
        if standby.answered:
            figures.add(metadb.REPLICATION_LAG, round(standby.lag.total_seconds(), 6))
    for each in health:
        _add_collector(figures, each)
    figures.add(metadb.SNAPSHOT, at.timestamp())
    figures.add(metadb.BUILD_INFO, 1, version=__version__, python_version=platform.python_version())


def add_dropped(figures: Figures) -> None:
    """Apply the cap, and say how many series are not shown; after everything else."""
    for (family, reason), series in figures.limit().items():
        figures.add(metadb.SERIES_DROPPED, series, family=family, reason=reason)


def shown(health: tuple[Health, ...]) -> tuple[CollectorHealth, ...]:
    """The collectors as pages show them."""
    return tuple(
        CollectorHealth(
            name=each.name, last_success=each.last_success, problem=each.problem, disabled=each.disabled
        )
        for each in health
    )


def _add_collector(figures: Figures, health: Health) -> None:
    name = health.name
    if health.disabled is not None:
        figures.add(metadb.COLLECTOR_DISABLED, 1, collector=name, reason=health.disabled)
    figures.add(metadb.COLLECTOR_INTERVAL, health.interval, collector=name)
    if health.runs == 0:
        return
    figures.add(metadb.COLLECTOR_SUCCESS, health.problem is None, collector=name)
    figures.add(metadb.COLLECTOR_DURATION, round(health.seconds, 6), collector=name)
    if health.last_success is not None:
        figures.add(metadb.COLLECTOR_ROWS, health.rows, collector=name)
        figures.add(metadb.COLLECTOR_LAST_SUCCESS, health.last_success.timestamp(), collector=name)
