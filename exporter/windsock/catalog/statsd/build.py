"""Short forms for the three kinds of metric that come over StatsD, and the histograms' bounds."""

from __future__ import annotations

from windsock.metric import Kind, Metric, Stability, Statsd, Unit
from windsock.wire import Line

# Upper bounds in seconds, from the ranges seen on real installations.
LOOP = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
CHECK = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)
PARSE = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
WAIT = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)
TASK = (0.5, 1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 43200)
RUN = (5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400)


def counter(
    name: str,
    *lines: Line,
    help: str,  # noqa: A002 (Metric's own word)
    subject: str,
    labels: tuple[str, ...] = (),
    stability: Stability = Stability.STABLE,
) -> Metric:
    """A metric that counts what the lines add up to."""
    return Metric(
        name=name,
        kind=Kind.COUNTER,
        unit=Unit.COUNT,
        labels=labels,
        help=help,
        subject=subject,
        source=Statsd(lines=lines),
        stability=stability,
    )


def gauge(
    name: str,
    *lines: Line,
    ttl: str,
    help: str,  # noqa: A002 (Metric's own word)
    subject: str,
    labels: tuple[str, ...] = (),
    unit: Unit = Unit.COUNT,
    stability: Stability = Stability.STABLE,
) -> Metric:
    """A metric that shows the last value of each label set, for `ttl`: Airflow never takes one back."""
    return Metric(
        name=name,
        kind=Kind.GAUGE,
        unit=unit,
        labels=labels,
        help=help,
        subject=subject,
        source=Statsd(lines=lines, ttl=ttl),
        stability=stability,
    )


def timer(
    name: str,
    *lines: Line,
    buckets: tuple[float, ...],
    help: str,  # noqa: A002 (Metric's own word)
    subject: str,
    labels: tuple[str, ...] = (),
    stability: Stability = Stability.STABLE,
) -> Metric:
    """A histogram in seconds."""
    return Metric(
        name=name,
        kind=Kind.HISTOGRAM,
        unit=Unit.SECONDS,
        labels=labels,
        help=help,
        subject=subject,
        source=Statsd(lines=lines, buckets=buckets),
        stability=stability,
    )
