"""Units: Grafana's names of what metrics are in, and of what queries make out of them."""

from __future__ import annotations

from enum import Enum

from windsock.metric import Metric, Unit
from windsock_dashboards.shapes.mistakes import DashboardError, no_such


class Shown(str, Enum):
    """Units of what a query makes out of metrics; what it shows unchanged takes its unit from the metric."""

    AGE = "s"
    MOMENT = "dateTimeAsIsoNoDateIfToday"
    PER_SECOND = "cps"
    PER_MINUTE = "cpm"
    RATIO = "percentunit"
    NUMBER = "short"
    # Hours, which Grafana's own unit would turn into days and years, or money of whatever currency.
    PLAIN = "none"
    # Without it Grafana takes the version "3.3" for a number and shows 3.30.
    TEXT = "string"


# Of a metric whose value reaches the panel unchanged. A timestamp never does: it becomes an age or a moment.
_OF_METRIC = {
    Unit.COUNT: Shown.NUMBER.value,
    Unit.SECONDS: "s",
    Unit.BOOLEAN: "bool_yes_no",
    Unit.PERCENT: "percent",
    Unit.BYTES: "bytes",
    Unit.INFO: Shown.TEXT.value,
}


def grafana_unit(unit: Metric | Shown) -> str:
    """Grafana's name of the unit.

    Raises:
        DashboardError: no such unit; or the metric is a timestamp, which no panel shows as it is.
    """
    if isinstance(unit, Shown):
        return unit.value
    if not isinstance(unit, Metric):
        raise no_such("unit", str(unit), [f"Shown.{each.name}" for each in Shown])
    if unit.unit is Unit.TIMESTAMP:
        raise DashboardError(
            f"{unit} is a timestamp: show it as an age, or as a moment (promql.Scope has both)"
        )
    return _OF_METRIC[unit.unit]
