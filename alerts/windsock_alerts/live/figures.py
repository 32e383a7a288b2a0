"""Figures that an alert looks at, as people read them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import NamedTuple

from windsock.metric import Unit
from windsock.remote import Labels, Prometheus
from windsock.spoken import relative, span
from windsock_alerts.live.expression import Selector

# Labels of a replica of the exporter.
_REPLICA = ("instance", "job")


class Figure(NamedTuple):
    """One series: its labels, and its value with a unit."""

    labels: Labels
    value: str


class Looked(NamedTuple):
    """A family that the alert looks at.

    Attributes:
        selector: which series.
        figures: those with the largest values, among replicas the largest one.
        more: how many others there are.
    """

    selector: str
    figures: tuple[Figure, ...]
    more: int


def look(selector: Selector, prometheus: Prometheus, wanted: Labels, most: int, now: datetime) -> Looked:
    """The series of a selector now.

    Args:
        selector: of the expression.
        prometheus: asked for them.
        wanted: matched as far as the family has these labels.
        most: how many figures.
        now: the time.
    """
    metric = selector.metric
    known = None if metric is None else {*metric.all_labels, "airflow"}
    more = [f'{name}="{_escaped(value)}"' for name, value in wanted.items() if known is None or name in known]
    matchers = ", ".join(filter(None, (selector.matchers, *more)))
    asked = Selector(selector.name, matchers)
    rows = prometheus.query(f"max without ({', '.join(_REPLICA)}) ({asked})")
    rows.sort(key=lambda row: -row[1])
    unit = metric.unit if metric else None
    shown = tuple(Figure(labels, _said(unit, value, now)) for labels, value in rows[:most])
    return Looked(str(asked), shown, len(rows) - len(shown))


def _said(unit: Unit | None, value: float, now: datetime) -> str:
    if unit is Unit.TIMESTAMP:
        return relative(datetime.fromtimestamp(value, timezone.utc), now)
    if unit is Unit.SECONDS:
        return span(value) if value >= 0 else f"-{span(value)}"
    return f"{value:g}%" if unit is Unit.PERCENT else f"{value:g}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
