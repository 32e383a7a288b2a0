"""What stands in a dashboard as JSON: its panels and variables, and every part of its queries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import promql_parser as promql

from windsock.catalog import BY_NAME
from windsock_dashboards.shapes.layout import every_panel

Dashboard = Mapping[str, Any]
# From a dashboard to findings, each a sentence.
Rule = Callable[[Dashboard], Iterator[str]]

RATE_INTERVAL, RANGE = timedelta(minutes=4, seconds=19), timedelta(hours=6, minutes=13)
_MACROS = {"__rate_interval": "4m19s", "__range": "6h13m", "__interval": "1m7s"}
# What stands in variables that the reader types in.
_MACROS |= {"price": "1"}
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::[\w]+)?\}|([A-Za-z_]\w*))")


def expanded(expr: str) -> str:
    """The expression with values for Grafana's macros and variables."""
    return _VARIABLE.sub(lambda found: _MACROS.get(found[1] or found[2], "x"), expr)


def asking(dashboard: Dashboard) -> Iterator[dict[str, Any]]:
    """Panels other than rows and text, those in collapsed rows too."""
    return (panel for _, panel in every_panel(dashboard) if panel["type"] not in {"row", "text"})


def expressions(dashboard: Dashboard) -> Iterator[tuple[str, str]]:
    """Title of the panel and expression, of each query."""
    for panel in asking(dashboard):
        yield from ((panel["title"], target["expr"]) for target in panel.get("targets", ()))


def nodes(expr: str) -> list[Any]:
    """Every part of an expression, the outermost first; nothing of one that does not parse."""
    found: list[Any] = []
    try:
        promql.walk(promql.parse(expanded(expr)), found.append)
    except ValueError:
        return []
    return found


def selectors(expr: str) -> Iterator[Any]:
    """Each choice of series in an expression."""
    for node in nodes(expr):
        if isinstance(node, promql.VectorSelector):
            yield node
        elif isinstance(node, promql.MatrixSelector):
            yield node.vector_selector


def family(series: str) -> str:
    """The metric of a series: a histogram's buckets belong to the histogram."""
    return series if series in BY_NAME else re.sub(r"_(bucket|sum|count)$", "", series)


def variables(dashboard: Dashboard) -> list[dict[str, Any]]:
    """What the reader chooses."""
    found: list[dict[str, Any]] = dashboard["templating"]["list"]
    return found
