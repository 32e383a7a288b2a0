"""What a dashboard is made of, as plain values; `panels` turns them into Grafana's JSON. Tables: `tables`.

A panel refers to metrics of the catalogue through `promql.Scope`: its unit, what it says about itself and
why it may be empty come from there. What nobody should read is refused here, with module and line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from windsock.metric import Metric
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.expr import Expr, check
from windsock_dashboards.shapes.expr import metrics as metrics_of
from windsock_dashboards.shapes.mistakes import DashboardError
from windsock_dashboards.shapes.shown import Shown, grafana_unit

# Of these an Airflow has thousands: a legend shows the most important ones.
MANY = {"dag_id", "task_id", "file", "file_name", "file_path", "asset"}
LIMITED = re.compile(r"\b(?:topk|bottomk)\b")


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression and the legend of its series.

    Raises:
        DashboardError: see `expr.check`.
    """

    expr: str
    legend: str = ""

    def __post_init__(self) -> None:
        check(self.expr)


@dataclass(frozen=True, slots=True)
class Step:
    """From `value` on (None: from the beginning) the colour is `color`."""

    value: float | None
    color: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """A value in words: 0 reads `kept` in green."""

    value: int
    text: str
    color: str


@dataclass(frozen=True, slots=True)
class Link:
    """Where a click on a value leads."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What every panel has.

    Attributes:
        key: names the panel for ever; its id comes from it, so links and annotations survive a new title.
        title: the question that the panel answers.
        about: why it is here, what is normal, what is not, where to look next.
        unit: of all its values, where the queries do not know it; a table's columns have their own.
        width: of 24 columns.
        height: in Grafana's rows of 30 pixels.
        empty: what no data means, where that is an answer; else the panel says what it needs.
        queries: at least one.
        alerts: names of the alerts that watch the same; the panel links their runbooks.
        links: on each value.
    """

    key: str
    title: str
    about: About
    queries: tuple[Query, ...]
    unit: Metric | Shown | None = None
    width: int = 12
    height: int = 8
    empty: str = ""
    alerts: tuple[str, ...] = ()
    steps: tuple[Step, ...] = (Step(None, "text"),)
    meanings: tuple[Meaning, ...] = ()
    links: tuple[Link, ...] = ()
    decimals: int | None = None

    def __post_init__(self) -> None:
        if not self.queries:
            raise DashboardError(f"panel {self.key!r} asks nothing")
        if not 1 <= self.width <= 24:
            raise DashboardError(f"panel {self.key!r} is {self.width} columns wide: 1 to 24 exist")
        self.shown()

    def shown(self) -> str:
        """Grafana's name of the unit.

        Raises:
            DashboardError: the queries are in different units, or in another than the panel says.
        """
        known = {grafana_unit(q.expr.unit) for q in self.queries if isinstance(q.expr, Expr)}
        if self.unit is not None:
            known.add(grafana_unit(self.unit))
        if len(known) > 1:
            raise DashboardError(f"panel {self.key!r} mixes units: {', '.join(sorted(known))}")
        if not known:
            raise DashboardError(
                f"panel {self.key!r} has no unit: its queries do not say it, so `unit=` must"
            )
        return known.pop()

    def metrics(self) -> tuple[Metric, ...]:
        """The metrics of the catalogue behind it, each once."""
        return tuple(dict.fromkeys(m for query in self.queries for m in metrics_of(query.expr)))

    def _check_legends(self) -> None:
        for query in self.queries:
            many = MANY & set(re.findall(r"\{\{(\w+)\}\}", query.legend))
            if many and not LIMITED.search(query.expr):
                raise DashboardError(
                    f"panel {self.key!r} shows every {many.pop()}: use scope.top() or scope.bottom()"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stat(Panel):
    """One number per series, large. `steps` or `meanings` say what good is, or it is `neutral` on purpose."""

    width: int = 4
    height: int = 4
    neutral: bool = False

    def __post_init__(self) -> None:
        Panel.__post_init__(self)
        if self.neutral == (len(self.steps) > 1 or bool(self.meanings)):
            raise DashboardError(
                f"panel {self.key!r} must say what good is: steps or meanings; else neutral=True"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Series(Panel):
    """Lines over time.

    Attributes:
        stacked: on top of each other.
        limit: draw the thresholds as dashed lines.
        signed: values may be below zero.
        points: mark each value; for what has one now and then.
        most: where the axis ends; None takes the highest value.
        colors: colour of the series whose legend holds this word.
    """

    stacked: bool = False
    limit: bool = False
    signed: bool = False
    points: bool = False
    most: float | None = None
    colors: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        Panel.__post_init__(self)
        self._check_legends()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline(Panel):
    """Coloured states over time, a row per series; the meanings say what the values are."""

    def __post_init__(self) -> None:
        Panel.__post_init__(self)
        self._check_legends()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars(Panel):
    """One bar per series, as it is now.

    Attributes:
        upright: the bars stand; for values along an axis, such as minutes.
        most: where a bar is full; None takes the highest value.
    """

    upright: bool = False
    most: float | None = None

    def __post_init__(self) -> None:
        Panel.__post_init__(self)
        self._check_legends()


@dataclass(frozen=True, slots=True)
class Row:
    """A heading and its panels, laid out from left to right; a collapsed one is loaded when it is opened."""

    key: str
    title: str
    panels: tuple[Panel, ...]
    collapsed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A variable that the reader chooses from the values of a label.

    Attributes:
        name: `$name` in queries.
        label: what stands beside the box.
        query: Grafana's `label_values(…)`.
        several: more than one, and All, may be chosen.
        unlabelled: All also takes series that do not have the label.
    """

    name: str
    label: str
    query: str
    several: bool = True
    unlabelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A variable that the reader types in; `$name` in queries."""

    name: str
    label: str
    default: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Moments that graphs mark with a line.

    Attributes:
        name: of the switch in the dashboard's head.
        expr: PromQL; a mark where it has a value that is not 0.
        title: may hold labels in double braces.
        text: the same.
        color: of the line.
        at_value: the value is the moment, in milliseconds.
    """

    name: str
    expr: str
    title: str
    text: str
    color: str
    at_value: bool = False

    def __post_init__(self) -> None:
        check(self.expr)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard. `uid` is its identity for ever."""

    uid: str
    title: str
    description: str
    choices: tuple[Choice | Typed, ...]
    rows: tuple[Row, ...]
    marks: tuple[Mark, ...] = ()
    since: str = "now-6h"

    def __post_init__(self) -> None:
        keys = [panel.key for row in self.rows for panel in row.panels] + [row.key for row in self.rows]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise DashboardError(f"dashboard {self.uid!r} has two panels or rows called {', '.join(twice)}")
