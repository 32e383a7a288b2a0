"""Rules for a dashboard as JSON: those of Grafana's dashboard-linter that fit, without their holes, and more.

Left out are its four rules about variables and matchers `job` and `instance`: our target label is `airflow`,
and replicas are merged. A rule is a function from a dashboard to findings, each a sentence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import combinations
from typing import Any

import promql_parser as promql

from windsock.catalog import BY_NAME
from windsock.metric import Kind
from windsock_dashboards.shapes import thirdparty
from windsock_dashboards.shapes.layout import every_panel

Dashboard = Mapping[str, Any]
Rule = Callable[[Dashboard], Iterator[str]]

RATE_INTERVAL, RANGE = timedelta(minutes=4, seconds=19), timedelta(hours=6, minutes=13)
_MACROS = {"__rate_interval": "4m19s", "__range": "6h13m", "__interval": "1m7s"}
# What stands in variables that the reader types in.
_MACROS |= {"price": "1"}
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::[\w]+)?\}|([A-Za-z_]\w*))")
_RATES = {"rate", "irate", "increase"}
# Ids that exist in Grafana's list of units, as far as we have a use for them.
UNITS = frozenset(
    {
        "none",
        "short",
        "string",
        "percent",
        "percentunit",
        "bytes",
        "decbytes",
        "Bps",
        "s",
        "ms",
        "m",
        "h",
        "d",
    }
    | {"dtdurations", "dateTimeAsIso", "dateTimeAsIsoNoDateIfToday", "bool", "bool_yes_no", "cps", "cpm"}
    | {"ops", "opm", "currencyUSD", "currencyEUR"}
)
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


# Of Grafana's linter


def template_datasource(dashboard: Dashboard) -> Iterator[str]:
    sources = [each for each in _variables(dashboard) if each["type"] == "datasource"]
    if [each["name"] for each in sources] != ["datasource"]:
        yield "there must be one variable of type datasource, called `datasource`"
    for each in sources:
        if each["label"] not in {"Data source", "Prometheus data source"}:
            yield f"the variable `datasource` is labelled {each['label']!r}"


def template_promql(dashboard: Dashboard) -> Iterator[str]:
    for each in _variables(dashboard):
        if each["type"] == "query":
            form = re.fullmatch(r"(?:label_values|query_result|metrics)\((.*?)(?:, *\w+)?\)", each["query"])
            if form is None or not nodes(form[1]):
                yield f"variable `{each['name']}`: {each['query']} is no query of Prometheus' data source"


def template_reload(dashboard: Dashboard) -> Iterator[str]:
    for each in _variables(dashboard):
        if each["type"] == "query" and each.get("refresh") != 2:
            yield f"variable `{each['name']}` is not refreshed when the time range changes"


def panel_datasource(dashboard: Dashboard) -> Iterator[str]:
    for panel in asking(dashboard):
        for what in (panel, *panel.get("targets", ())):
            if what.get("datasource") != {"type": "prometheus", "uid": "${datasource}"}:
                yield f"{panel['title']}: a data source other than the variable"


def panel_title_description(dashboard: Dashboard) -> Iterator[str]:
    for panel in asking(dashboard):
        if not panel.get("title"):
            yield f"panel {panel['id']} has no title"
        if not panel.get("description"):
            yield f"{panel.get('title')}: no description"


def panel_units(dashboard: Dashboard) -> Iterator[str]:
    """Grafana's own is silent as soon as there are value mappings, even an empty list of them."""
    for panel in asking(dashboard):
        config = panel.get("fieldConfig", {})
        units = [config.get("defaults", {}).get("unit")]
        units += [
            p["value"] for o in config.get("overrides", ()) for p in o["properties"] if p["id"] == "unit"
        ]
        for unit in units:
            if unit not in UNITS:
                yield f"{panel['title']}: {unit!r} is no unit of Grafana"


def panel_no_targets(dashboard: Dashboard) -> Iterator[str]:
    """Grafana's own takes an empty list for targets."""
    for panel in asking(dashboard):
        if not panel.get("targets"):
            yield f"{panel['title']}: asks nothing"


def target_logql(dashboard: Dashboard) -> Iterator[str]:
    for panel in asking(dashboard):
        if any(each.get("datasource", {}).get("type") == "loki" for each in panel.get("targets", ())):
            yield f"{panel['title']}: asks Loki, which Windsock does not need"


def target_promql(dashboard: Dashboard) -> Iterator[str]:
    for title, expr in expressions(dashboard):
        if problem := _unparsable(expr):
            yield f"{title}: {problem}"


def target_rate_interval(dashboard: Dashboard) -> Iterator[str]:
    """Grafana's own lets any range of `increase` pass."""
    for title, expr in expressions(dashboard):
        for node in nodes(expr):
            if isinstance(node, promql.Call) and node.func.name in _RATES:
                window = node.args[0].range if isinstance(node.args[0], promql.MatrixSelector) else None
                if window != RATE_INTERVAL and not (node.func.name == "increase" and window == RANGE):
                    yield f"{title}: {node.func.name} over {window} instead of $__rate_interval"


def target_counter_agg(dashboard: Dashboard) -> Iterator[str]:
    """Grafana's own looks at the end of the printed selector, so it misses any with matchers."""
    for title, expr in expressions(dashboard):
        rated = {
            node.args[0].vector_selector.prettify()
            for node in nodes(expr)
            if isinstance(node, promql.Call) and node.func.name in _RATES
            if isinstance(node.args[0], promql.MatrixSelector)
        }
        for selector in selectors(expr):
            metric = BY_NAME.get(family(selector.name))
            counts = selector.name.endswith("_total") or (
                metric is not None and metric.kind is Kind.HISTOGRAM
            )
            if counts and selector.prettify() not in rated:
                yield f"{title}: {selector.name} only grows; show its rate"
            if not counts and selector.prettify() in rated:
                yield f"{title}: {selector.name} is a level; it has no rate"


def uneditable(dashboard: Dashboard) -> Iterator[str]:
    if dashboard.get("editable") is not False:
        yield "the dashboard can be edited in Grafana; the next start would undo it"


# What Grafana's linter does not look at


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
    defined = {variable["name"] for variable in _variables(dashboard)}
    text = json.dumps(
        {key: value for key, value in dashboard.items() if key not in {"templating", "description"}}
    )
    text += json.dumps([variable["query"] for variable in _variables(dashboard)])
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


GRAFANAS: Mapping[str, Rule] = {
    "template-datasource-rule": template_datasource,
    "template-label-promql-rule": template_promql,
    "template-on-time-change-reload-rule": template_reload,
    "panel-datasource-rule": panel_datasource,
    "panel-title-description-rule": panel_title_description,
    "panel-units-rule": panel_units,
    "panel-no-targets-rule": panel_no_targets,
    "target-logql-rule": target_logql,
    "target-promql-rule": target_promql,
    "target-rate-interval-rule": target_rate_interval,
    "target-counter-agg-rule": target_counter_agg,
    "uneditable-dashboard": uneditable,
}
OURS: Mapping[str, Rule] = {
    rule.__name__: rule
    for rule in (
        known_series,
        unique_ids,
        unique_refs,
        no_overlap,
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


def _unparsable(expr: str) -> str:
    try:
        promql.parse(expanded(expr))
    except ValueError as error:
        return str(error)
    return ""


def _variables(dashboard: Dashboard) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = dashboard["templating"]["list"]
    return found


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
