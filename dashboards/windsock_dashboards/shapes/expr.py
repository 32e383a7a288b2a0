"""PromQL that knows the unit of its result, and the rules that every query of a dashboard keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from windsock.catalog import BY_NAME
from windsock.metric import Kind, Metric
from windsock_dashboards.shapes import thirdparty
from windsock_dashboards.shapes.mistakes import DashboardError, no_such
from windsock_dashboards.shapes.shown import Shown

_SELECTOR = re.compile(r"(?P<call>[a-z_]+\()?(?P<name>\b[a-zA-Z_:]\w*)\{(?P<matchers>[^{}]*)\}")
_MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"((?:[^\"\\]|\\.)*)\"")
_GROUPING = re.compile(r"\b(sum|max|min|count|group|avg|stddev)\s*(?:(by|without)\s*\(([^)]*)\)\s*)?\(")
_PARTS = ("_bucket", "_sum", "_count")
_COUNTING = {"rate(", "increase("}


class Expr(str):
    """PromQL with the unit of its result: that of a metric that it shows unchanged, or another."""

    __slots__ = ("unit",)
    unit: Metric | Shown


def in_unit(text: str, unit: Metric | Shown) -> Expr:
    """`text` whose values are in `unit`."""
    made = Expr(text)
    made.unit = unit
    return made


def selected(expr: str) -> Iterator[tuple[str, str]]:
    """Name and matchers of each choice of series."""
    return ((match["name"], match["matchers"]) for match in _SELECTOR.finditer(expr))


def metrics(expr: str) -> tuple[Metric, ...]:
    """The metrics of the catalogue that an expression reads, each once."""
    found = (family(match["name"]) for match in _SELECTOR.finditer(expr))
    return tuple(dict.fromkeys(metric for metric in found if metric is not None))


def family(series: str) -> Metric | None:
    """The metric that a series belongs to: a histogram's buckets belong to the histogram."""
    if series in BY_NAME:
        return BY_NAME[series]
    stem = next((series.removesuffix(part) for part in _PARTS if series.endswith(part)), "")
    metric = BY_NAME.get(stem)
    return metric if metric is not None and metric.kind is Kind.HISTOGRAM else None


def check(expr: str) -> None:
    """Refuse what no panel may ask.

    Raises:
        DashboardError: an unknown metric or label, a counter as it is, the rate of a level, a mean of means,
            a query that mixes Airflows.
    """
    selectors = list(_SELECTOR.finditer(expr))
    if not selectors:
        raise DashboardError(f"this query asks for no metric: {expr}")
    for selector in selectors:
        _check_selector(selector)
    own = {label for label in map(_airflow_label, selectors) if label}
    for call, how, labels in _GROUPING.findall(expr):
        if call in {"avg", "stddev"}:
            raise DashboardError(f"{call}() of what may be means already: use sum() of rates, or quantiles")
        kept = {label.strip() for label in labels.split(",")}
        if own and (how != "by" or not own & kept):
            raise DashboardError(
                f"{call}() must keep {' or '.join(own)}: write {call} by ({', '.join(own)}, …)"
            )


def check_labels(metric: Metric | str, labels: tuple[str, ...]) -> None:
    """Refuse labels that the metric does not have.

    Raises:
        DashboardError: the metric, or a label of it, does not exist.
    """
    if isinstance(metric, str):
        found = family(metric)
        if found is None:
            if metric not in thirdparty.NAMES:
                raise no_such("metric", metric, [*BY_NAME, *sorted(thirdparty.NAMES)])
            return
        metric = found
    for label in labels:
        if label not in {*metric.all_labels, "le"}:
            raise no_such(f"label of {metric}", label, list(metric.all_labels))


def _check_selector(selector: re.Match[str]) -> None:
    name, call = selector["name"], selector["call"] or ""
    metric = family(name)
    if metric is None and name not in thirdparty.NAMES:
        raise no_such("metric", name, [*BY_NAME, *sorted(thirdparty.NAMES)])
    counts = name.endswith("_total") if metric is None else metric.kind is not Kind.GAUGE
    if counts and call not in _COUNTING:
        raise DashboardError(f"{name} only grows: show its rate(), increase() or a quantile, never itself")
    if not counts and call in _COUNTING:
        raise DashboardError(f"{name} is a level: {call}) of it means nothing")
    if metric is not None:
        check_labels(metric, tuple(label for label, value in _others(selector)))
        if not _airflow_label(selector):
            raise DashboardError(
                f'{name} is asked of every Airflow: begin its matchers with airflow=~"$airflow"'
            )


def _matchers(selector: re.Match[str]) -> Iterator[tuple[str, str]]:
    yield from _MATCHER.findall(selector["matchers"])


def _airflow_label(selector: re.Match[str]) -> str:
    """The label that keeps to the chosen Airflows; empty for series of a whole Prometheus."""
    return next((label for label, value in _matchers(selector) if value.startswith("$airflow")), "")


def _others(selector: re.Match[str]) -> Iterator[tuple[str, str]]:
    return ((label, value) for label, value in _matchers(selector) if not value.startswith("$airflow"))
