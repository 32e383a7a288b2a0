"""What a dashboard is made of, as plain values; `panels` turns them into Grafana's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from windsock.metric import Metric, Unit


class Shown(str, Enum):
    """Units of what a query makes out of metrics; what it shows unchanged takes its unit from the metric."""

    AGE = "s"
    MOMENT = "dateTimeAsIsoNoDateIfToday"
    PER_SECOND = "cps"
    PER_MINUTE = "cpm"
    RATIO = "percentunit"
    NUMBER = "short"
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
        ValueError: the metric is a timestamp, which no panel shows as it is.
    """
    if isinstance(unit, Shown):
        return unit.value
    if unit.unit is Unit.TIMESTAMP:
        message = f"{unit} is a timestamp: show `time() - {unit}` as an age or `{unit} * 1000` as a moment"
        raise ValueError(message)
    return _OF_METRIC[unit.unit]


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression and the legend of its series."""

    expr: str
    legend: str = ""


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
        description: how to read it, and what to do then.
        unit: of all its values; a table's columns have their own.
        width: of 24 columns.
        height: in Grafana's rows of 30 pixels.
        empty: what no data means, where that is an answer.
        queries: at least one.
        links: on each value.
    """

    key: str
    title: str
    description: str
    queries: tuple[Query, ...]
    unit: Metric | Shown = Shown.TEXT
    width: int = 12
    height: int = 8
    empty: str = ""
    steps: tuple[Step, ...] = (Step(None, "green"),)
    meanings: tuple[Meaning, ...] = ()
    links: tuple[Link, ...] = ()
    decimals: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stat(Panel):
    """One number per series, large."""

    width: int = 4
    height: int = 4
    sparkline: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Series(Panel):
    """Lines over time.

    Attributes:
        stacked: on top of each other.
        limit: draw the thresholds as dashed lines.
        signed: values may be below zero.
        points: mark each value; for what has one now and then.
        colors: colour of the series whose legend holds this word.
    """

    stacked: bool = False
    limit: bool = False
    signed: bool = False
    points: bool = False
    colors: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline(Panel):
    """Coloured states over time, a row per series; the meanings say what the values are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes:
        name: the heading.
        field: the label, or the ref id of the query (`A` is the first) whose value it shows.
        unit: of a value.
        width: in pixels; None shares what is left.
        bar: draw the value as a bar from 0 to 1.
        colored: colour the cell by `steps` or `meanings`.
    """

    name: str
    field: str
    unit: Metric | Shown = Shown.TEXT
    width: int | None = None
    decimals: int | None = None
    bar: bool = False
    colored: bool = False
    steps: tuple[Step, ...] = ()
    meanings: tuple[Meaning, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Panel):
    """Instant queries merged into rows by their labels; it shows the columns named here, in this order."""

    columns: tuple[Column, ...]
    sort_by: str
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """A heading and its panels, laid out from left to right."""

    key: str
    title: str
    panels: tuple[Panel, ...]


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
class Board:
    """One dashboard. `uid` is its identity for ever."""

    uid: str
    title: str
    description: str
    choices: tuple[Choice, ...]
    rows: tuple[Row, ...]
    since: str = "now-6h"
