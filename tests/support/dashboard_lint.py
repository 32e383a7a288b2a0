"""Rules for a dashboard as JSON that Grafana's linter does not know, and all rules together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import combinations

import promql_parser as promql

from tests.support.dashboard_reading import (
    Dashboard,
    Rule,
    asking,
    expressions,
    family,
    nodes,
    selectors,
    variables,
)
from tests.support.grafana_lint import GRAFANAS
from windsock.catalog import BY_NAME
from windsock_dashboards.shapes import thirdparty
from windsock_dashboards.shapes.layout import every_panel

TYPES = frozenset(
    {"row", "text", "stat", "gauge", "bargauge", "timeseries", "barchart", "state-timeline", "status-history"}
    | {"table", "heatmap", "piechart", "histogram"}
)
_TRANSFORMATIONS = frozenset(
    {"merge", "filterFieldsByName", "organize", "joinByField", "sortBy", "limit", "reduce", "groupBy"}
    | {"calculateField", "renameByRegex", "filterByValue", "labelsToFields", "convertFieldType"}
)
# As many values as there are DAGs, tasks or files.
_MANY = {"dag_id", "task_id", "file", "file_path", "file_name"}
_MANY_ROWS = {"timeseries", "state-timeline", "status-history", "stat", "gauge", "bargauge"}
_OWN_OF_GRAFANA = {
    "__url_time_range",
    "__rate_interval",
    "__range",
    "__interval",
    "__data",
    "__field",
    "__value",
}
# Of a whole Prometheus or Alertmanager, whichever Airflows it serves.
_OF_NO_AIRFLOW = {name for name in thirdparty.NAMES if name.startswith(("prometheus_", "alertmanager_"))}
_LARGEST, _MOST_QUERIES = 250_000, 40
# Pixels: a page without its edges; gap, padding and small i of a panel; characters of Inter at 14 pixels.
_SMALL_SCREEN, _BESIDE_TITLE = 1268, 70
_PIXELS = {"ijlI .,:'!": 4.0, "frt()-1": 5.3, "?": 7.2, "mwMW%": 12.5, "ACDGHKNOQUVXY": 10.2}


def known_series(dashboard: Dashboard) -> Iterator[str]:
    for title, expr in expressions(dashboard):
        for selector in selectors(expr):
            metric = BY_NAME.get(family(selector.name))
            recorded = selector.name in thirdparty.NAMES
            if metric is None and not recorded:
                yield f"{title}: nobody exports or records {selector.name}"
            elif metric is not None:
                used = {matcher.name for matcher in selector.matchers.matchers}
                for label in sorted(used - {"airflow", "le", *metric.all_labels}):
                    yield f"{title}: {selector.name} has no label {label}"


def unique_ids(dashboard: Dashboard) -> Iterator[str]:
    ids = [panel["id"] for _, panel in every_panel(dashboard)]
    for number in sorted({each for each in ids if ids.count(each) > 1}):
        yield f"panel id {number} stands twice"
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", dashboard["uid"]):
        yield f"Grafana takes no uid {dashboard['uid']!r}"


def unique_refs(dashboard: Dashboard) -> Iterator[str]:
    for panel in asking(dashboard):
        refs = [target["refId"] for target in panel.get("targets", ())]
        if len(set(refs)) != len(refs):
            yield f"{panel['title']}: two queries have one ref id"


def titles_fit(dashboard: Dashboard) -> Iterator[str]:
    """On a small screen, beside the small i."""
    for panel in asking(dashboard):
        room = _SMALL_SCREEN * panel["gridPos"]["w"] / 24 - _BESIDE_TITLE
        width = sum(_wide(character) for character in panel["title"])
        if width > room:
            yield f"{panel['title']}: about {width:.0f} pixels, {room:.0f} are there"


def no_overlap(dashboard: Dashboard) -> Iterator[str]:
    closed = [panel.get("panels", []) for panel in dashboard["panels"] if panel["type"] == "row"]
    for together in (dashboard["panels"], *closed):
        for panel in together:
            place = panel["gridPos"]
            if place["x"] < 0 or place["w"] < 1 or place["x"] + place["w"] > 24:
                yield f"{panel['title']}: outside of the 24 columns"
        for one, other in combinations(together, 2):
            if _touch(one["gridPos"], other["gridPos"]):
                yield f"{one['title']} lies on {other['title']}"


def legends(dashboard: Dashboard) -> Iterator[str]:
    for panel in asking(dashboard):
        if panel["type"] in {"timeseries", "state-timeline", "status-history"}:
            for target in panel.get("targets", ()):
                if not target.get("legendFormat"):
                    yield f"{panel['title']}: a query without a legend"


def no_mean_of_means(dashboard: Dashboard) -> Iterator[str]:
    for title, expr in expressions(dashboard):
        for node in nodes(expr):
            if isinstance(node, promql.AggregateExpr) and str(node.op) in {"avg", "stddev", "stdvar"}:
                yield f"{title}: a mean of what may be means"
            if isinstance(node, promql.AggregateExpr) and str(node.op) == "sum":
                below = nodes(node.expr.prettify())
                if any(isinstance(n, promql.Call) and n.func.name == "histogram_quantile" for n in below):
                    yield f"{title}: quantiles added up"


def keeps_airflow(dashboard: Dashboard) -> Iterator[str]:
    for title, expr in expressions(dashboard):
        for selector in selectors(expr):
            names = {matcher.name for matcher in selector.matchers.matchers}
            if selector.name not in _OF_NO_AIRFLOW and "airflow" not in names:
                yield f"{title}: {selector.name} of every Airflow"
        for node in nodes(expr):
            if isinstance(node, promql.AggregateExpr) and node.modifier is not None:
                if node.modifier.type != promql.AggModifierType.By:
                    yield f"{title}: `without` keeps whatever labels come"
                if "instance" in node.modifier.labels:
                    yield f"{title}: tells replicas of the exporter apart"


def few_lines(dashboard: Dashboard) -> Iterator[str]:
    """With ten thousand DAGs a legend of DAGs must be cut to the worst."""
    for panel in asking(dashboard):
        if panel["type"] in _MANY_ROWS:
            for target in panel.get("targets", ()):
                if many := _open_labels(target["expr"]):
                    yield f"{panel['title']}: a line for each {', '.join(sorted(many))}; use topk or bottomk"


def variables_used(dashboard: Dashboard) -> Iterator[str]:
    defined = {variable["name"] for variable in variables(dashboard)}
    text = json.dumps(
        {key: value for key, value in dashboard.items() if key not in {"templating", "description"}}
    )
    text += json.dumps([variable["query"] for variable in variables(dashboard)])
    text = re.sub(r'"description": "(?:[^"\\]|\\.)*"', "", text)
    used = {found[1] or found[2] for found in re.finditer(r"\$\{(\w+)[^}]*\}|\$([A-Za-z_]\w*)", text)}
    for name in sorted(used - _OWN_OF_GRAFANA - defined):
        yield f"variable `{name}` is used and not defined"
    for name in sorted(defined - used):
        yield f"variable `{name}` is defined and not used"


def plugin_versions(dashboard: Dashboard) -> Iterator[str]:
    for panel in asking(dashboard):
        if not panel.get("pluginVersion"):
            yield f"{panel['title']}: no pluginVersion; Grafana takes stat and gauge for version 6.1"
        if panel["type"] not in TYPES:
            yield f"{panel['title']}: no panel type of Grafana 11 to 13: {panel['type']}"
        for each in panel.get("transformations", ()):
            if each["id"] not in _TRANSFORMATIONS:
                yield f"{panel['title']}: no transformation of Grafana: {each['id']}"


def refresh(dashboard: Dashboard) -> Iterator[str]:
    if dashboard.get("refresh") not in {"", "1m", "5m"}:
        yield f"refreshed every {dashboard.get('refresh')}: once a minute is enough for Airflow"


def size(dashboard: Dashboard) -> Iterator[str]:
    """Except for the list of everything, whose limit is a megabyte."""
    limit = 4 * _LARGEST if dashboard["uid"] == "windsock-everything" else _LARGEST
    written = len(json.dumps(dashboard, ensure_ascii=False, indent=2).encode())
    if written >= limit:
        yield f"{written} bytes, more than {limit}"
    first = sum(len(panel.get("targets", ())) for panel in dashboard["panels"])
    if first > _MOST_QUERIES:
        yield f"{first} queries at first view, more than {_MOST_QUERIES}: collapse rows"


OURS: Mapping[str, Rule] = {
    rule.__name__: rule
    for rule in (
        known_series,
        unique_ids,
        unique_refs,
        no_overlap,
        titles_fit,
        legends,
        no_mean_of_means,
        keeps_airflow,
        few_lines,
        variables_used,
        plugin_versions,
        refresh,
        size,
    )
}
RULES = {**GRAFANAS, **OURS}


def _wide(character: str) -> float:
    """Pixels of Grafana's font in a title."""
    return next((pixels for characters, pixels in _PIXELS.items() if character in characters), 8.1)


def _touch(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return not beside and not above


def _open_labels(expr: str) -> set[str]:
    """Labels with thousands of values by which the result is told apart and that nothing limits."""
    every = nodes(expr)
    if any(isinstance(n, promql.AggregateExpr) and str(n.op) in {"topk", "bottomk"} for n in every):
        return set()
    # What keeps to those in trouble.
    if any(isinstance(n, promql.BinaryExpr) and str(n.op) in {">", ">=", "<", "=="} for n in every):
        return set()
    fixed = {
        matcher.name
        for selector in selectors(expr)
        for matcher in selector.matchers.matchers
        if str(matcher.op) == "Equal" or matcher.op == promql.MatchOp.Equal
    }
    outer = next((n for n in every if isinstance(n, promql.AggregateExpr)), None)
    kept = set(outer.modifier.labels) if outer is not None and outer.modifier is not None else set()
    # One DAG's tasks are still many; its id is not.
    return (kept & _MANY) - fixed
