"""The rules of Grafana's dashboard-linter that fit, without their holes.

Left out are its four about variables and matchers `job` and `instance`: our target label is `airflow`, and
replicas are merged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import promql_parser as promql

from tests.support.dashboard_reading import (
    RANGE,
    RATE_INTERVAL,
    Dashboard,
    Rule,
    asking,
    expanded,
    expressions,
    family,
    nodes,
    selectors,
    variables,
)
from windsock.catalog import BY_NAME
from windsock.metric import Kind

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


def template_datasource(dashboard: Dashboard) -> Iterator[str]:
    sources = [each for each in variables(dashboard) if each["type"] == "datasource"]
    if [each["name"] for each in sources] != ["datasource"]:
        yield "there must be one variable of type datasource, called `datasource`"
    for each in sources:
        if each["label"] not in {"Data source", "Prometheus data source"}:
            yield f"the variable `datasource` is labelled {each['label']!r}"


def template_promql(dashboard: Dashboard) -> Iterator[str]:
    for each in variables(dashboard):
        if each["type"] == "query":
            form = re.fullmatch(r"(?:label_values|query_result|metrics)\((.*?)(?:, *\w+)?\)", each["query"])
            if form is None or not nodes(form[1]):
                yield f"variable `{each['name']}`: {each['query']} is no query of Prometheus' data source"


def template_reload(dashboard: Dashboard) -> Iterator[str]:
    for each in variables(dashboard):
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


def _unparsable(expr: str) -> str:
    try:
        promql.parse(expanded(expr))
    except ValueError as error:
        return str(error)
    return ""
