"""What each kind of panel looks like: Grafana's options and fields for it, as JSON values."""

from __future__ import annotations

import re
from typing import Any

from windsock_dashboards.shapes import spec, words
from windsock_dashboards.shapes.about import why_empty
from windsock_dashboards.shapes.fields import (
    mappings,
    override,
    series_colors,
    steps,
    transformations,
    unknown,
)
from windsock_dashboards.shapes.tables import Table


def drawn(panel: spec.Panel) -> dict[str, Any]:
    """What sets a panel of its kind apart."""
    made: dict[str, Any] = _DRAWINGS[type(panel)](panel)
    return made


def empty(panel: spec.Panel) -> str:
    """What stands in the panel while it is empty: an answer must not pass for one while there is no data."""
    # Stands where else a number does: a long text would be cut, or too small to read.
    why = why_empty(panel.metrics(), brief=isinstance(panel, spec.Stat | spec.Bars))
    if isinstance(panel, spec.Stat) or not (panel.empty and why):
        return panel.empty or why
    return f"{panel.empty}, or {why}"


def _stat(panel: spec.Stat) -> dict[str, Any]:
    options = {
        # Solid: a gradient would make other colours of ours, and white digits on yellow.
        "colorMode": "none" if panel.neutral else "background_solid",
        "graphMode": "none",
        "reduceOptions": {"calcs": ["lastNotNull"]},
        # One number alone needs no name; several are told apart by theirs.
        "textMode": "auto",
    }
    defaults: dict[str, Any] = {"color": {"mode": "thresholds"}}
    if not panel.neutral and panel.empty != "0":
        # No data must not be green.
        defaults["mappings"] = [*mappings(panel.meanings), unknown(empty(panel), words.GREY)]
    return {"options": options, "fieldConfig": {"defaults": defaults}}


def _series(panel: spec.Series) -> dict[str, Any]:
    custom = {
        "fillOpacity": 30 if panel.stacked else 8,
        "showPoints": "always" if panel.points else "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if panel.limit else "off"},
    }
    limits: dict[str, float] = {} if panel.signed else {"min": 0}
    if panel.most is not None:
        limits["max"] = panel.most
    options = {
        "legend": {
            "showLegend": True,
            "displayMode": "table",
            "placement": "right" if panel.width >= 12 else "bottom",
            "calcs": ["lastNotNull", "max"],
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    field_config = {
        "defaults": {"custom": custom, **limits},
        "overrides": series_colors(panel.colors or _colors(panel)),
    }
    return {"options": options, "fieldConfig": field_config}


def _colors(panel: spec.Series) -> tuple[tuple[str, str], ...]:
    """Those that words have everywhere, where no two lines have the same word."""
    legends = [query.legend for query in panel.queries]
    if all(re.fullmatch(r"p\d+( \{\{\w+\}\})?", legend) for legend in legends):
        return words.QUANTILES
    if all(re.fullmatch(r"\{\{state\}\}( \{\{\w+\}\})?", legend) for legend in legends):
        return words.STATES
    return ()


def _timeline(panel: spec.Timeline) -> dict[str, Any]:  # noqa: ARG001 (one of a family)
    options = {
        "legend": {"showLegend": False, "calcs": []},
        "showValue": "auto",
        "tooltip": {"sort": "none"},
    }
    return {
        "options": options,
        "fieldConfig": {"defaults": {"custom": {"fillOpacity": 80}}},
    }


def _bars(panel: spec.Bars) -> dict[str, Any]:
    options = {
        "displayMode": "basic",
        "orientation": "vertical" if panel.upright else "horizontal",
        "reduceOptions": {"calcs": ["lastNotNull"], "values": False},
        "showUnfilled": not panel.upright,
        "valueMode": "color",
        "text": {"titleSize": 13, "valueSize": 15},
    }
    color = {"mode": "thresholds"} if len(panel.steps) > 1 else {"mode": "fixed", "fixedColor": words.SKY}
    defaults: dict[str, Any] = {
        "min": 0,
        "color": color,
        "thresholds": {"mode": "absolute", "steps": steps(panel.steps)},
    }
    if panel.most is not None:
        defaults["max"] = panel.most
    return {"options": options, "fieldConfig": {"defaults": defaults}}


def _table(panel: Table) -> dict[str, Any]:
    return {
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
    spec.Bars: _bars,
    Table: _table,
}
