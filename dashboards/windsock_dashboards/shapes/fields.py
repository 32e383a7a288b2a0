"""Grafana's field configuration as JSON values: units, thresholds, words for values, links, columns."""

from __future__ import annotations

from typing import Any

from windsock_dashboards.shapes import spec
from windsock_dashboards.shapes.shown import grafana_unit
from windsock_dashboards.shapes.tables import Column


def transformations(columns: tuple[Column, ...]) -> list[dict[str, Any]]:
    """Merge the queries of a table into one frame that has these columns, in this order."""
    # Grafana calls the value `Value #A` if several queries answered and `Value` if only the first did.
    names: dict[str, str] = {}
    for column in columns:
        if column.field == "A":
            names["Value"] = column.name
        names[f"Value #{column.field}" if _is_ref(column.field) else column.field] = column.name
    order = {name: index for index, name in enumerate(names)}
    return [
        {"id": "merge", "options": {}},
        {"id": "filterFieldsByName", "options": {"include": {"names": list(names)}}},
        {"id": "organize", "options": {"excludeByName": {}, "indexByName": order, "renameByName": names}},
    ]


def _is_ref(field: str) -> bool:
    return len(field) == 1 and field.isupper()


def override(column: Column) -> dict[str, Any]:
    """How the values of one column look."""
    # What a panel says while it is empty must not stand in each empty cell.
    properties: dict[str, Any] = {"unit": grafana_unit(column.unit), "noValue": "–"}
    if column.width is not None:
        properties["custom.width"] = column.width
    else:
        # What shares the rest is what the row is about: on a small screen the table scrolls instead.
        properties["custom.minWidth"] = 150
    if column.decimals is not None:
        properties["decimals"] = column.decimals
    if column.steps:
        properties["thresholds"] = {"mode": "absolute", "steps": steps(column.steps)}
    if column.meanings:
        properties["mappings"] = mappings(column.meanings)
    if column.links:
        properties["links"] = links_json(column.links)
    if column.bar:
        properties |= {"custom.cellOptions": {"type": "gauge", "mode": "basic"}, "min": 0, "max": 1}
    elif column.colored:
        properties["custom.cellOptions"] = {"type": "color-background", "mode": "basic"}
    return {
        "matcher": {"id": "byName", "options": column.name},
        "properties": [{"id": key, "value": value} for key, value in properties.items()],
    }


def series_colors(colors: tuple[tuple[str, str], ...]) -> list[dict[str, Any]]:
    """A fixed colour for the series whose name holds the word."""
    return [
        {
            "matcher": {"id": "byRegexp", "options": rf"/\b{word}\b/"},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": color}}],
        }
        for word, color in colors
    ]


def steps(thresholds: tuple[spec.Step, ...]) -> list[dict[str, Any]]:
    """Thresholds; the first one's null means from the beginning."""
    return [{"color": step.color, "value": step.value} for step in thresholds]


def mappings(meanings: tuple[spec.Meaning, ...]) -> list[dict[str, Any]]:
    """Words for values."""
    if not meanings:
        return []
    options = {
        str(meaning.value): {"text": meaning.text, "color": meaning.color, "index": index}
        for index, meaning in enumerate(meanings)
    }
    return [{"type": "value", "options": options}]


def unknown(text: str, color: str) -> dict[str, Any]:
    """What no data reads, and its colour."""
    result = {"text": text, "color": color, "index": 9}
    return {"type": "special", "options": {"match": "null+nan", "result": result}}


def links_json(links: tuple[spec.Link, ...]) -> list[dict[str, Any]]:
    """Data links, opened beside the dashboard."""
    return [{"title": link.title, "url": link.url, "targetBlank": True} for link in links]


def merge(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Both, key by key at every depth; where both have a plain value, the second's."""
    merged = dict(first)
    for key, value in second.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged
