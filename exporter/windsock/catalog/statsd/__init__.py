"""Every metric that comes over StatsD, with the lines that feed it, and the lines that are dropped."""

from __future__ import annotations

from windsock.catalog.statsd import (
    capacity,
    dagruns,
    edge,
    lineage,
    parsing,
    providers,
    scheduler,
    tasks,
    unknown,
)
from windsock.catalog.statsd.drops import DROPS
from windsock.metric import Metric

METRICS: tuple[Metric, ...] = (
    *scheduler.METRICS,
    *capacity.METRICS,
    *tasks.METRICS,
    *dagruns.METRICS,
    *parsing.METRICS,
    *providers.METRICS,
    *edge.METRICS,
    *lineage.METRICS,
    *unknown.METRICS,
)

__all__ = ["DROPS", "METRICS"]
