"""Everything: each metric of the catalogue by subject, for whoever looks for a figure and knows no place."""

from __future__ import annotations

import re
from itertools import groupby

from windsock.catalog import METRICS
from windsock.metric import Kind, Metric, Unit
from windsock_dashboards.crowds import crowded
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.links import EVERYTHING
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.spec import Bars, Board, Panel, Query, Row, Series

# Of thousands of series the highest values: a browser draws no more.
_MOST = 10
_NORMAL = "Whatever it is on a good day: this dashboard judges nothing."
_BAD = "A step, or a slope that does not end."
_THEN = "The dashboard of its subject; docs/metrics.md says where it comes from."


def board(scope: Scope) -> Board:
    """A collapsed row for each subject, a panel for each metric; made from the catalogue alone."""
    subjects = groupby(METRICS, key=lambda metric: metric.subject)
    return Board(
        uid=EVERYTHING,
        title="Everything",
        description="Every metric there is, by subject: as it is, without a question.",
        choices=(),
        rows=tuple(
            Row(_key(subject), subject, tuple(_panel(scope, metric) for metric in metrics), collapsed=True)
            for subject, metrics in subjects
        ),
        since="now-3h",
    )


def _key(subject: str) -> str:
    return re.sub(r"\W+", "-", subject.lower()).strip("-")


def _panel(scope: Scope, metric: Metric) -> Panel:
    queries, how = _queries(scope, metric)
    about = About(f"Every metric has a panel here: this one shows {how}.", _NORMAL, _BAD, _THEN)
    if any(crowded(query.expr) for query in queries):
        # Of each DAG or file: as it is now, because over time it would be too much with ten thousand.
        return Bars(key=metric.name, title=metric.name, about=about, queries=queries, height=6)
    return Series(
        key=metric.name,
        title=metric.name,
        about=about,
        queries=queries,
        height=6,
        signed=metric.unit is Unit.TIMESTAMP,
    )


def _queries(scope: Scope, metric: Metric) -> tuple[tuple[Query, ...], str]:
    """What a metric of this kind is worth showing of, and what that is called."""
    labels = metric.labels
    legend = scope.named(*labels)
    if metric.kind is Kind.HISTOGRAM:
        return scope.quantiles(metric), "median and p95"
    if metric.kind is Kind.COUNTER:
        return (Query(scope.top(_MOST, scope.per_minute(metric, *labels)), legend),), "how many a minute"
    if metric.unit is Unit.INFO:
        return (Query(scope.count(scope.max(metric, *labels)), scope.legend),), "how many series"
    if metric.unit is Unit.TIMESTAMP:
        return (Query(scope.top(_MOST, scope.age(metric, *labels)), legend),), "how long ago"
    return (Query(scope.top(_MOST, scope.max(metric, *labels)), legend),), "the highest values"
