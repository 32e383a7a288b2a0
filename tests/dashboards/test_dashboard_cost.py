"""With ten thousand DAGs no query reads more than twenty million values.

The count is exact and takes no server; `benchmarks.dashboards` measures what it means in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import promql_parser as promql
import pytest

from tests.support.dashboard_reading import family, nodes
from windsock.catalog import BY_NAME
from windsock.metric import Database, Kind, Metric, Statsd
from windsock_dashboards import build
from windsock_dashboards.shapes.layout import every_panel

_DAGS, _FILES, _SCRAPE_SECONDS, _SCREEN = 10_000, 1_000, 15, 1600
# Of each hundred DAGs so many have a series, where a zero is left out.
_SPARSE = 0.02
# Counters that a DAG has only once something has happened to it.
_RARE = re.compile("killed|timeouts|errors")
_MOST_VALUES = 20_000_000
_HOURS = {"m": 1 / 60, "h": 1.0, "d": 24.0}
BUILT = build.boards(build.Settings())


@pytest.mark.parametrize("board", [pytest.param(board, id=board["uid"]) for board in BUILT])
def test_a_panel_reads_few_values_with_ten_thousand_dags(board: dict[str, Any]) -> None:
    dear = {
        panel["title"]: f"{read:,.0f} values: {target['expr']}"
        for _, panel in every_panel(board)
        for target in panel.get("targets", ())
        if (read := values(board, panel, target)) > _MOST_VALUES
    }
    assert not dear


def test_it_counts_series_times_moments() -> None:
    (late,) = (board for board in BUILT if board["uid"] == "windsock-late")
    panel = {"gridPos": {"w": 24}, "interval": "10m"}
    each = 'airflow_sla_breached{airflow=~"$airflow"}'
    assert values(late, panel, {"expr": each, "instant": True}) == _DAGS
    assert values(late, panel, {"expr": each}) == _DAGS * 36
    one = each.replace("}", ', dag_id="$dag_id"}')
    assert values(late, panel, {"expr": one}) == 36


def values(board: dict[str, Any], panel: dict[str, Any], target: dict[str, Any]) -> float:
    """How many values Prometheus reads for one query of a panel on a wide screen."""
    hours = _length(board["time"]["from"].removeprefix("now-")) / 3600
    least = _length(panel["interval"]) if "interval" in panel else _SCRAPE_SECONDS
    step = max(least, hours * 3600 / (_SCREEN * panel["gridPos"]["w"] / 24))
    moments = 1 if target.get("instant") else hours * 3600 / step
    return sum(
        _series(selector) * (samples if once else samples * moments)
        for selector, samples, once in _read(target["expr"], step, hours)
    )


def _read(expr: str, step: float, hours: float) -> Iterator[tuple[Any, float, bool]]:
    """Each choice of series, how many values of a series it reads, and whether once or at each moment."""
    windows = {"4m19s": max(4 * _SCRAPE_SECONDS, step + _SCRAPE_SECONDS), "6h13m": hours * 3600}
    for node in nodes(expr):
        if isinstance(node, promql.SubqueryExpr):
            # Whatever stands inside is read below as if it were asked once more: a few values too many.
            for selector in (each for each in nodes(node.expr.prettify()) if _plain(each)):
                every = node.step.total_seconds() if node.step else _SCRAPE_SECONDS
                yield selector, hours * 3600 / every, node.at is not None
        elif _plain(node):
            yield node, 1, False
        elif isinstance(node, promql.MatrixSelector):
            text = promql.display_duration(node.range)
            window = windows.get(text, node.range.total_seconds())
            # Reading on is cheaper than finding: what the window moved by, but the first one.
            yield node.vector_selector, max(1.0, min(window, step) / _SCRAPE_SECONDS), False


def _plain(node: Any) -> bool:
    return isinstance(node, promql.VectorSelector)


def _series(selector: Any) -> float:
    metric = BY_NAME.get(family(selector.name))
    if metric is None:
        return 1.0
    fixed = {matcher.name for matcher in selector.matchers.matchers if matcher.op == promql.MatchOp.Equal}
    count = 1.0
    labels = set(_labels(metric)) - fixed
    if "dag_id" in labels:
        count *= _DAGS
    if labels & {"file", "file_name", "file_path"}:
        count *= _FILES
    if (isinstance(metric.source, Database) and metric.source.sparse) or _RARE.search(metric.name):
        count *= _SPARSE
    if not selector.name.endswith("_bucket") or not isinstance(metric.source, Database | Statsd):
        return count
    return count * (len(metric.source.buckets) + 1)


def _labels(metric: Metric) -> tuple[str, ...]:
    """As for so many DAGs: what StatsD leaves out with `--cardinality minimal`."""
    if isinstance(metric.source, Statsd) and metric.kind is not Kind.GAUGE:
        return metric.source.minimal or ()
    return metric.labels


def _length(text: str) -> float:
    amount, unit = re.fullmatch(r"(\d+)([mhd])", text).groups()  # type: ignore[union-attr]
    return int(amount) * _HOURS[unit] * 3600
