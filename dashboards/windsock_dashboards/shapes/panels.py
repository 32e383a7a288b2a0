"""From `spec` to Grafana's classic JSON, schemaVersion 42. The only module that knows grafanalib.

grafanalib writes the JSON of 2016: dead keys, thresholds whose first value is the text "null", no plugin
version, and a schema version that makes Grafana run thirty migrations which change settings behind our back.
Its classes do what they do well, and `_clean` takes out what no Grafana reads any more. The tests compare the
result with Grafana's own models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zlib import crc32

from grafanalib import core

from windsock_alerts.rule import Alert
from windsock_dashboards.crowds import crowded, step
from windsock_dashboards.shapes import spec
from windsock_dashboards.shapes.about import described
from windsock_dashboards.shapes.drawings import drawn, empty
from windsock_dashboards.shapes.fields import links_json, mappings, merge, steps
from windsock_dashboards.shapes.tables import Table

SCHEMA_VERSION = 42  # the last of the classic model
PLUGIN_VERSION = "12.0.0"  # without one Grafana takes stat and gauge for version 6.1 and changes their limits
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}

_DEAD_OF_PANEL = {"cacheTimeout", "color", "columns", "editable", "error", "fontSize", "height", "mappings"}
_DEAD_OF_PANEL |= {
    "hideTimeOverride",
    "minSpan",
    "repeatDirection",
    "span",
    "timeFrom",
    "timeShift",
    "transparent",
}
# The first class that fits counts.
_DEAD = {
    core.Dashboard: {"__inputs", "gnetId", "hideControls", "rows", "sharedCrosshair", "style", "version"},
    core.TimePicker: {"time_options"},
    core.RowPanel: {*_DEAD_OF_PANEL, "fieldConfig", "links", "maxDataPoints", "targets", "transformations"},
    core.Panel: _DEAD_OF_PANEL,
    core.Target: {"hide", "interval", "intervalFactor", "metric", "query", "step", "target"},
    core.Template: {"auto", "auto_count", "auto_min", "tagValuesQuery", "tagsQuery", "useTags"},
}
_OF_QUERIES_ONLY = {"allValue", "datasource", "includeAll", "multi", "refresh", "regex", "sort"}


def panel_id(board: str, key: str) -> int:
    """The same id for the same key, whatever stands around it."""
    return 1 + crc32(f"{board}/{key}".encode()) % 999_999


def dashboard(
    board: spec.Board,
    *,
    description: str,
    tags: list[str],
    links: list[Any],
    variables: list[Any],
    alerts: Mapping[str, Alert],
) -> dict[str, Any]:
    """The dashboard as JSON values.

    Args:
        board: what it shows.
        description: the board's own, and where it comes from.
        tags: product, version.
        links: in the head; made by `sibling`, `family` and `outside`.
        variables: made by `datasource`, `choice` and `constant`.
        alerts: every alert there is, by name.
    """
    made = core.Dashboard(
        title=board.title,
        description=description,
        uid=board.uid,
        tags=tags,
        editable=False,
        graphTooltip=core.GRAPH_TOOLTIP_MODE_SHARED_CROSSHAIR,
        links=links,
        panels=list(_placed(board, alerts)),
        refresh="1m",
        schemaVersion=SCHEMA_VERSION,
        annotations=core.Annotations(list=[_mark(mark) for mark in board.marks]),
        templating=core.Templating(list=variables),
        time=core.Time(board.since, "now"),
        timezone="browser",
    )
    cleaned: dict[str, Any] = _clean(made)
    return cleaned


def _mark(mark: spec.Mark) -> dict[str, Any]:
    return {
        "name": mark.name,
        "datasource": DATASOURCE,
        "enable": True,
        "iconColor": mark.color,
        "expr": mark.expr,
        "step": "60s",
        "titleFormat": mark.title,
        "textFormat": mark.text,
        "useValueForTime": mark.at_value,
    }


def datasource(default: str) -> Any:
    """The variable that says which Prometheus is asked; empty means Grafana's default data source."""
    made = core.Template("datasource", "prometheus", label="Data source", type="datasource", refresh=1)
    return _variable(
        made, {"text": default, "value": default} if default else {}, _OF_QUERIES_ONLY - {"refresh"}
    )


def choice(chosen: spec.Choice | spec.Typed) -> Any:
    """A variable with the values of a label, or one that the reader types in."""
    if isinstance(chosen, spec.Typed):
        typed = core.Template(chosen.name, chosen.default, label=chosen.label, type="textbox")
        return _variable(typed, {"text": chosen.default, "value": chosen.default}, _OF_QUERIES_ONLY)
    made = core.Template(
        chosen.name,
        chosen.query,
        label=chosen.label,
        dataSource=DATASOURCE,
        multi=chosen.several,
        includeAll=chosen.several,
        allValue=(".*" if chosen.unlabelled else ".+") if chosen.several else None,
        refresh=core.REFRESH_ON_TIME_RANGE_CHANGE,
        regex="",
    )
    return _variable(made, {"text": ["All"], "value": ["$__all"]} if chosen.several else {}, set())


def constant(name: str, value: str) -> Any:
    """A hidden value that links use; a deployment changes it in this one place."""
    made = core.Template(name, value, type="constant", hide=core.HIDE_VARIABLE)
    return _variable(made, {"text": value, "value": value}, _OF_QUERIES_ONLY)


def sibling(title: str, uid: str, tooltip: str) -> Any:
    """A link in the head to another dashboard; it takes time range and variables along."""
    return core.DashboardLink(
        title=title, uri=f"/d/{uid}", tooltip=tooltip, type="link", icon="dashboard", includeVars=True
    )


def family(title: str, tag: str) -> Any:
    """A menu in the head with every dashboard that has the tag; time range and variables go along."""
    return core.DashboardLink(title=title, tags=[tag], asDropdown=True, includeVars=True)


def outside(title: str, url: str, tooltip: str) -> Any:
    """A link in the head that leaves Grafana."""
    return core.DashboardLink(
        title=title, uri=url, tooltip=tooltip, type="link", keepTime=False, targetBlank=True
    )


def _variable(made: core.Template, current: dict[str, Any], without: set[str]) -> dict[str, Any]:
    kept = _clean(made)
    return {key: value for key, value in kept.items() if key not in without} | {"current": current}


def _placed(board: spec.Board, alerts: Mapping[str, Alert]) -> Iterator[core.Panel]:
    top = 0
    for row in board.rows:
        inside = top + 1 if row.title else top
        placed = list(_side_by_side(board, row, inside, alerts))
        bottom = max((grid.y + grid.h for _, grid in placed), default=inside)
        made = [panel for panel, _ in placed]
        if not row.title:
            yield from made
            top = bottom
            continue
        yield core.RowPanel(
            title=row.title,
            id=panel_id(board.uid, row.key),
            gridPos=core.GridPos(h=1, w=24, x=0, y=top),
            collapsed=row.collapsed,
            panels=made if row.collapsed else [],
        )
        if not row.collapsed:
            yield from made
        # A collapsed row takes one line; Grafana moves what is below it when it opens.
        top = inside if row.collapsed else bottom


def _side_by_side(
    board: spec.Board, row: spec.Row, top: int, alerts: Mapping[str, Alert]
) -> Iterator[tuple[core.Panel, core.GridPos]]:
    left, height = 0, 0
    for panel in row.panels:
        if left + panel.width > 24:
            left, top, height = 0, top + height, 0
        grid = core.GridPos(h=panel.height, w=panel.width, x=left, y=top)
        yield _panel(panel, panel_id(board.uid, panel.key), grid, alerts, step(board.since)), grid
        left, height = left + panel.width, max(height, panel.height)


def _panel(
    panel: spec.Panel, number: int, grid: core.GridPos, alerts: Mapping[str, Alert], coarse: str
) -> core.Panel:
    kind = _KINDS[type(panel)]
    # A number of now. Over a range Grafana would show the last one, however long ago its series ended.
    instant = isinstance(panel, Table | spec.Bars | spec.Stat)
    shown = panel.metrics()
    defaults: dict[str, Any] = {"unit": panel.shown(), "mappings": mappings(panel.meanings)}
    if panel.links:
        defaults["links"] = links_json(panel.links)
    if nothing := empty(panel):
        defaults["noValue"] = nothing
    if panel.decimals is not None:
        defaults["decimals"] = panel.decimals
    targets = [
        core.Target(
            expr=query.expr,
            legendFormat=query.legend,
            refId=chr(ord("A") + index),
            instant=instant,
            format="table" if isinstance(panel, Table) else "time_series",
            datasource=DATASOURCE,
        )
        for index, query in enumerate(panel.queries)
    ]
    extra: dict[str, Any] = {
        "pluginVersion": PLUGIN_VERSION,
        "fieldConfig": {"defaults": defaults, "overrides": []},
    }
    if not instant and any(crowded(query.expr) for query in panel.queries):
        # Of all DAGs at every scrape it would be too much.
        extra["interval"] = coarse
    if panel.alerts:
        runbooks = (
            spec.Link(f"Runbook of {name}", f"${{windsock}}/runbooks/{name}") for name in panel.alerts
        )
        extra["links"] = links_json(tuple(runbooks))
    return kind(
        title=panel.title,
        description=described(panel.about, shown, panel.alerts, alerts),
        id=number,
        gridPos=grid,
        dataSource=DATASOURCE,
        targets=targets,
        maxDataPoints=None,
        extraJson=merge(extra, drawn(panel)),
        **({} if kind is _BarGauge else {"thresholds": steps(panel.steps)}),
    )


class _BarGauge(core.Panel):  # type: ignore[misc]  # grafanalib has no types
    """grafanalib's own writes the options of Grafana 6."""

    def to_json_data(self) -> dict[str, Any]:
        made: dict[str, Any] = self.panel_json({"type": "bargauge"})
        return made


_KINDS: dict[type[spec.Panel], type[core.Panel]] = {
    spec.Stat: core.Stat,
    spec.Series: core.TimeSeries,
    spec.Timeline: core.StateTimeline,
    spec.Bars: _BarGauge,
    Table: core.Table,
}


def _clean(value: Any) -> Any:
    """JSON values without dead keys and without nulls; a threshold's null stays: from the beginning."""
    if hasattr(value, "to_json_data"):
        dead = next((keys for cls, keys in _DEAD.items() if isinstance(value, cls)), set())
        made = value.to_json_data()
        return (
            _clean({key: item for key, item in made.items() if key not in dead}) if made is not None else None
        )
    if isinstance(value, dict):
        keep_null = set(value) == {"color", "value"}
        return {key: _clean(item) for key, item in value.items() if item is not None or keep_null}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value
