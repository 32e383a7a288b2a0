"""From `spec` to Grafana's classic JSON, schemaVersion 42. The only module that knows grafanalib.

grafanalib writes the JSON of 2016: dead keys, thresholds whose first value is the text "null", no plugin
version, and a schema version that makes Grafana run thirty migrations which change settings behind our back.
Its classes do what they do well, and `_clean` takes out what no Grafana reads any more. The tests compare the
result with Grafana's own models.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zlib import crc32

from grafanalib import core

from windsock_dashboards import spec
from windsock_dashboards.fields import (
    links_json,
    mappings,
    merge,
    override,
    series_colors,
    steps,
    transformations,
)
from windsock_dashboards.spec import grafana_unit

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
    board: spec.Board, *, description: str, tags: list[str], links: list[Any], variables: list[Any]
) -> dict[str, Any]:
    """The dashboard as JSON values.

    Args:
        board: what it shows.
        description: the board's own, and where it comes from.
        tags: product, version.
        links: in the head; made by `sibling` and `outside`.
        variables: made by `datasource`, `choice` and `constant`.
    """
    made = core.Dashboard(
        title=board.title,
        description=description,
        uid=board.uid,
        tags=tags,
        editable=False,
        graphTooltip=core.GRAPH_TOOLTIP_MODE_SHARED_CROSSHAIR,
        links=links,
        panels=list(_placed(board)),
        refresh="1m",
        schemaVersion=SCHEMA_VERSION,
        templating=core.Templating(list=variables),
        time=core.Time(board.since, "now"),
        timezone="browser",
    )
    cleaned: dict[str, Any] = _clean(made)
    return cleaned


def datasource(default: str) -> Any:
    """The variable that says which Prometheus is asked; empty means Grafana's default data source."""
    made = core.Template("datasource", "prometheus", label="Data source", type="datasource", refresh=1)
    return _variable(
        made, {"text": default, "value": default} if default else {}, _OF_QUERIES_ONLY - {"refresh"}
    )


def choice(chosen: spec.Choice) -> Any:
    """A variable with the values of a label."""
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


def outside(title: str, url: str, tooltip: str) -> Any:
    """A link in the head that leaves Grafana."""
    return core.DashboardLink(
        title=title, uri=url, tooltip=tooltip, type="link", keepTime=False, targetBlank=True
    )


def _variable(made: core.Template, current: dict[str, Any], without: set[str]) -> dict[str, Any]:
    kept = _clean(made)
    return {key: value for key, value in kept.items() if key not in without} | {"current": current}


def _placed(board: spec.Board) -> Iterator[core.Panel]:
    top = 0
    for row in board.rows:
        if row.title:
            grid = core.GridPos(h=1, w=24, x=0, y=top)
            yield core.RowPanel(title=row.title, id=panel_id(board.uid, row.key), gridPos=grid)
            top += 1
        left, height = 0, 0
        for panel in row.panels:
            if left + panel.width > 24:
                left, top, height = 0, top + height, 0
            grid = core.GridPos(h=panel.height, w=panel.width, x=left, y=top)
            yield _panel(panel, panel_id(board.uid, panel.key), grid)
            left, height = left + panel.width, max(height, panel.height)
        top += height


def _panel(panel: spec.Panel, number: int, grid: core.GridPos) -> core.Panel:
    kind, own = _DRAWINGS[type(panel)](panel)
    instant = isinstance(panel, spec.Table)
    defaults: dict[str, Any] = {"unit": grafana_unit(panel.unit), "mappings": mappings(panel.meanings)}
    if panel.links:
        defaults["links"] = links_json(panel.links)
    if panel.empty:
        defaults["noValue"] = panel.empty
    if panel.decimals is not None:
        defaults["decimals"] = panel.decimals
    targets = [
        core.Target(
            expr=query.expr,
            legendFormat=query.legend,
            refId=chr(ord("A") + index),
            instant=instant,
            format="table" if instant else "time_series",
            datasource=DATASOURCE,
        )
        for index, query in enumerate(panel.queries)
    ]
    extra = {"pluginVersion": PLUGIN_VERSION, "fieldConfig": {"defaults": defaults, "overrides": []}}
    return kind(
        title=panel.title,
        description=panel.description,
        id=number,
        gridPos=grid,
        dataSource=DATASOURCE,
        targets=targets,
        maxDataPoints=None,
        thresholds=steps(panel.steps),
        extraJson=merge(extra, own),
    )


def _stat(panel: spec.Stat) -> tuple[type[core.Panel], dict[str, Any]]:
    judged = len(panel.steps) > 1 or bool(panel.meanings)
    options = {
        "colorMode": "background" if judged else "value",
        "graphMode": "area" if panel.sparkline else "none",
        "reduceOptions": {"calcs": ["lastNotNull"]},
        "textMode": "value_and_name" if panel.queries[0].legend else "value",
    }
    return core.Stat, {"options": options, "fieldConfig": {"defaults": {"color": {"mode": "thresholds"}}}}


def _series(panel: spec.Series) -> tuple[type[core.Panel], dict[str, Any]]:
    custom = {
        "fillOpacity": 30 if panel.stacked else 8,
        "showPoints": "always" if panel.points else "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if panel.limit else "off"},
    }
    limits = {} if panel.signed else {"min": 0}
    options = {
        "legend": {
            "showLegend": True,
            "displayMode": "table",
            "placement": "right" if panel.width >= 12 else "bottom",
            "calcs": ["lastNotNull", "max"],
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    field_config = {"defaults": {"custom": custom, **limits}, "overrides": series_colors(panel.colors)}
    return core.TimeSeries, {"options": options, "fieldConfig": field_config}


def _timeline(panel: spec.Timeline) -> tuple[type[core.Panel], dict[str, Any]]:  # noqa: ARG001 (one of a family)
    options = {
        "legend": {"showLegend": False, "calcs": []},
        "showValue": "never",
        "tooltip": {"sort": "none"},
    }
    return core.StateTimeline, {
        "options": options,
        "fieldConfig": {"defaults": {"custom": {"fillOpacity": 80}}},
    }


def _table(panel: spec.Table) -> tuple[type[core.Panel], dict[str, Any]]:
    return core.Table, {
        "transformations": transformations(panel.columns),
        "fieldConfig": {
            "defaults": {"custom": {"align": "left", "cellOptions": {"type": "auto"}}},
            "overrides": [override(column) for column in panel.columns],
        },
        "options": {
            "cellHeight": "sm",
            "showHeader": True,
            "sortBy": [{"displayName": panel.sort_by, "desc": panel.descending}],
        },
    }


_DRAWINGS: dict[type[spec.Panel], Any] = {
    spec.Stat: _stat,
    spec.Series: _series,
    spec.Timeline: _timeline,
    spec.Table: _table,
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
