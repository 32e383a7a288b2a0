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
from windsock.metric import Metric, Statsd
from windsock.wire import Line

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

# Every shape of every line, with the metric that it feeds.
LINES: tuple[tuple[Metric, Line], ...] = tuple(
    (metric, line) for metric in METRICS if isinstance(metric.source, Statsd) for line in metric.source.lines
)

__all__ = ["DROPS", "LINES", "METRICS"]
