"""Shapes that several alerts share: what grew, what share failed, what goes on while nothing can be known."""

from __future__ import annotations

from collections.abc import Mapping

from windsock.catalog import metadb
from windsock.metric import Metric, Statsd
from windsock_alerts.durations import prometheus
from windsock_alerts.inhibitors import NO_DATA
from windsock_alerts.promql import frozen, newest, with_team
from windsock_alerts.rule import Recording

HOUR = 3600.0
_LINES = "statsd_exporter_lines_total"


def lasting(
    expr: str,
    *,
    alert: str,
    labels: tuple[str, ...] = ("airflow",),
    while_: Mapping[str, tuple[str, ...]] | None = None,
) -> str:
    """`expr`, which neither begins nor ends while the figures of the database are missing.

    Args:
        expr: what decides in ordinary times.
        alert: the alert's own name.
        labels: every label of `expr`.
        while_: further alerts that hold it back, see `frozen`.
    """
    return frozen(expr, alert=alert, labels=labels, while_={NO_DATA: ("airflow",), **(while_ or {})})


def gained(metric: Metric, over: float, *labels: str, where: str = "", suffix: str = "") -> str:
    """By how much a counter has grown over so many seconds, per Airflow and `labels`.

    Not `increase()`, which never sees the first event of a series. What the counter shows after a restart of
    its exporter counts as grown. Replicas of `windsock serve` count the same events, so the largest is right;
    several statsd_exporters count different ones, so the sum is.
    """
    by = ", ".join(("airflow", *labels))
    series = f"{metric}{suffix}{{{where}}}" if where else f"{metric}{suffix}"
    long = prometheus(over)
    if isinstance(metric.source, Statsd):
        now, before = (
            f"sum by ({by}) ({series})",
            f"sum by ({by}) (last_over_time({series}[{long}] offset {long}))",
        )
    else:
        every = ", ".join(dict.fromkeys(("airflow", *labels, *metric.all_labels)))
        now = f"sum by ({by}) (max by ({every}) ({series}))"
        before = f"sum by ({by}) (max by ({every}) (last_over_time({series}[{long}] offset {long})))"
    # A series that was born meanwhile counts whole, but not if nobody looked before.
    guard = _LINES if isinstance(metric.source, Statsd) else metadb.SNAPSHOT
    looked = f"max by (airflow) (last_over_time({guard}[{long}] offset {long}))"
    return f"((({now} - {before}) >= 0) or ({now} and on (airflow) {looked}))"


def teamed(record: str, expr: str) -> tuple[Recording, Recording]:
    """`expr` (per `airflow` and `dag_id`, few series) recorded as it is, then under `record` with teams."""
    now = record.removesuffix("team") + "max"
    return Recording(record=now, expr=expr), Recording(record=record, expr=with_team(now, few=now))


def share(part: str, whole: str, *, least: float, on: str = "airflow") -> str:
    """The share of `part` in `whole`, only where `whole` is at least `least`."""
    return f"(({part}) / on ({on}) (({whole}) >= {least}))"


def either(database: str, statsd: str) -> str:
    """What the database says, or StatsD where there is no database half."""
    return f"({database})\nor ({statsd} unless on (airflow) {newest(metadb.METADB_UP)})"
