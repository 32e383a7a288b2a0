"""Every query: it parses, names only metrics and labels that exist, and keeps the rules of PromQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import promql_parser as promql
import pytest

from windsock.catalog import BY_NAME
from windsock.metric import Kind
from windsock_dashboards import build
from windsock_dashboards.queries import panels, queries
from windsock_dashboards.shapes import thirdparty

_HISTOGRAM_PARTS = ("_bucket", "_sum", "_count")
_OF_NO_AIRFLOW = set(thirdparty.OF_NO_AIRFLOW)
_VALUES = {"airflow": "prod", "dag_id": "finance_daily", "team": ".*"}

BUILT = build.boards(build.Settings())
ASKED = [(board["uid"], title, expr) for board in BUILT for title, expr in queries(board, _VALUES)]
each = pytest.mark.parametrize(
    "expr", [pytest.param(expr, id=f"{uid}: {title} {n}") for n, (uid, title, expr) in enumerate(ASKED)]
)


@each
def test_it_parses(expr: str) -> None:
    promql.parse(expr)


@each
def test_it_names_only_series_that_somebody_produces(expr: str) -> None:
    unknown = {selector.name for selector in _selectors(expr)} - _known_series()
    assert not unknown


@each
def test_its_matchers_are_labels_of_the_metric(expr: str) -> None:
    for selector in _selectors(expr):
        metric = BY_NAME.get(_family(selector.name))
        if metric is not None:
            used = {matcher.name for matcher in selector.matchers.matchers}
            assert used <= {"airflow", *metric.labels}, selector.name


@each
def test_it_keeps_to_the_chosen_airflow(expr: str) -> None:
    for selector in _selectors(expr):
        if selector.name not in _OF_NO_AIRFLOW:
            assert "airflow" in {matcher.name for matcher in selector.matchers.matchers}, selector.name


@each
def test_no_grouping_keeps_the_replica_and_every_one_keeps_the_airflow(expr: str) -> None:
    whole = {selector.name for selector in _selectors(expr)} <= _OF_NO_AIRFLOW
    for node in _nodes(expr):
        if isinstance(node, promql.AggregateExpr) and node.modifier is not None:
            assert node.modifier.type == promql.AggModifierType.By
            assert "instance" not in node.modifier.labels
            assert whole or "airflow" in node.modifier.labels


@each
def test_joins_name_their_labels(expr: str) -> None:
    for node in _nodes(expr):
        if isinstance(node, promql.BinaryExpr) and node.modifier is not None:
            matching = node.modifier.matching
            assert matching is None or matching.type == promql.LabelModifierType.Include


@each
def test_rates_are_of_counters_and_levels_are_not(expr: str) -> None:
    inside = {
        node.args[0].vector_selector.name
        for node in _nodes(expr)
        if isinstance(node, promql.Call) and node.func.name in {"rate", "irate", "increase"}
    }
    for selector in _selectors(expr):
        name = selector.name
        counts = name.endswith("_total") or (name.endswith(_HISTOGRAM_PARTS) and name not in BY_NAME)
        assert counts == (name in inside), name


@each
def test_quantiles_come_from_histograms(expr: str) -> None:
    for node in _nodes(expr):
        if isinstance(node, promql.Call) and node.func.name == "histogram_quantile":
            names = {selector.name for selector in _selectors(node.args[1].prettify())}
            for name in names:
                assert name.endswith("_bucket")
                assert BY_NAME[_family(name)].kind is Kind.HISTOGRAM
        assert not (isinstance(node, promql.AggregateExpr) and str(node.op) == "avg")


@each
def test_it_has_data_only_where_there_is_data(expr: str) -> None:
    calls = {node.func.name for node in _nodes(expr) if isinstance(node, promql.Call)}
    assert not calls & {"vector", "absent", "absent_over_time"}


@pytest.mark.parametrize("board", [pytest.param(board, id=board["uid"]) for board in BUILT])
def test_rates_use_grafanas_rate_interval_and_increases_the_time_shown(board: dict[str, Any]) -> None:
    for panel in panels(board):
        for target in panel["targets"]:
            for how, window in re.findall(r"(rate|increase)\([^[]*\[([^]]*)\]", target["expr"]):
                assert window == ("$__rate_interval" if how == "rate" else "$__range"), panel["title"]


@pytest.mark.parametrize("board", [pytest.param(board, id=board["uid"]) for board in BUILT])
def test_choices_come_from_series_that_exist(board: dict[str, Any]) -> None:
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            selector = re.fullmatch(r"label_values\((.*), \w+\)", variable["query"])
            assert selector, variable["query"]
            promql.parse(selector[1])
            names = set(re.findall(r"airflow_\w+|\bup\b", selector[1]))
            assert names
            assert names <= _known_series()


def test_another_label_replaces_airflow_in_every_query() -> None:
    for board in build.boards(build.Settings(label="cluster")):
        for title, expr in queries(board, _VALUES):
            labels = {m.name for selector in _selectors(expr) for m in selector.matchers.matchers}
            assert "airflow" not in labels, title
            assert not re.search(r"(by|on) \([^)]*\bairflow\b", expr), title


def _known_series() -> set[str]:
    histograms = (name for name, metric in BY_NAME.items() if metric.kind is Kind.HISTOGRAM)
    plain = {name for name, metric in BY_NAME.items() if metric.kind is not Kind.HISTOGRAM}
    return plain | {f"{name}{part}" for name in histograms for part in _HISTOGRAM_PARTS} | thirdparty.NAMES


def _family(series: str) -> str:
    stem = re.sub(r"_(bucket|sum|count)$", "", series)
    return series if series in BY_NAME else stem


def _nodes(expr: str) -> list[Any]:
    found: list[Any] = []
    promql.walk(promql.parse(expr), found.append)
    return found


def _selectors(expr: str) -> Iterator[Any]:
    for node in _nodes(expr):
        if isinstance(node, promql.VectorSelector):
            yield node
        elif isinstance(node, promql.MatrixSelector):
            yield node.vector_selector
