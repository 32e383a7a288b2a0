"""How two states of one panel differ, in words. What has no words of its own is named by its key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Panel = Mapping[str, Any]
_LONGEST = 120
# Told by name; the rest by its key.
_TOLD_OF_PANEL = {"id", "title", "type", "description", "targets", "gridPos", "fieldConfig", "panels"}
_TOLD_OF_TARGET = {"refId", "expr", "legendFormat"}
_TOLD_OF_FIELDS = {"unit", "thresholds"}


def sentences(before: Panel, after: Panel) -> Iterator[str]:
    """What differs, most telling first. Where a panel stands is not told, but its size is."""
    if before.get("title") != after.get("title"):
        yield f'renamed from "{before.get("title")}"'
    if before["type"] != after["type"]:
        yield f"type {changed(before['type'], after['type'])}"
    yield from _queries(before, after)
    yield from _fields("", _defaults(before), _defaults(after))
    yield from _overrides(before, after)
    if before.get("description") != after.get("description"):
        yield "described in other words"
    yield from _size(before, after)
    for key in sorted((before.keys() | after.keys()) - _TOLD_OF_PANEL):
        yield from _deep(key, "", before.get(key), after.get(key))


def changed(before: Any, after: Any) -> str:
    """`a → b`, or only that it changed where that would be long."""
    if before is None:
        return f"is {_short(after)}, was not set"
    if after is None:
        return f"is no longer set, was {_short(before)}"
    return f"{_short(before)} → {_short(after)}"


def _queries(before: Panel, after: Panel) -> Iterator[str]:
    was, now = _targets(before), _targets(after)
    for ref in sorted(was.keys() | now.keys()):
        if ref not in now:
            yield f"query {ref} removed: {was[ref].get('expr')}"
        elif ref not in was:
            yield f"query {ref} added: {now[ref].get('expr')}"
        else:
            old, new = was[ref], now[ref]
            if old.get("expr") != new.get("expr"):
                yield f"query {ref} changed from {old.get('expr')} to {new.get('expr')}"
            if old.get("legendFormat") != new.get("legendFormat"):
                yield f"legend of query {ref} {changed(old.get('legendFormat'), new.get('legendFormat'))}"
            for key in sorted((old.keys() | new.keys()) - _TOLD_OF_TARGET):
                yield from _deep(key, f" of query {ref}", old.get(key), new.get(key))


def _fields(of: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    if before.get("unit") != after.get("unit"):
        yield f"unit{of} {changed(before.get('unit'), after.get('unit'))}"
    yield from _thresholds(of, before.get("thresholds"), after.get("thresholds"))
    for key in sorted((before.keys() | after.keys()) - _TOLD_OF_FIELDS):
        yield from _deep(key, of, before.get(key), after.get(key))


def _thresholds(of: str, before: Any, after: Any) -> Iterator[str]:
    if before == after:
        return
    was, now = _steps(before), _steps(after)
    if [color for color, _ in was] == [color for color, _ in now] and was != now:
        for (color, old), (_, new) in zip(was, now, strict=True):
            if old != new:
                yield f"threshold {color}{of} moved from {_number(old)} to {_number(new)}"
    elif was != now:
        yield f"thresholds{of} {_told(was)} → {_told(now)}"
    else:
        yield f"thresholds{of} are judged another way"


def _steps(thresholds: Any) -> list[tuple[str, Any]]:
    if isinstance(thresholds, Mapping):
        thresholds = thresholds.get("steps")
    return [(step["color"], step.get("value")) for step in thresholds or ()]


def _told(steps: list[tuple[str, Any]]) -> str:
    return ", ".join(f"{color} from {_number(value)}" for color, value in steps) or "none"


def _overrides(before: Panel, after: Panel) -> Iterator[str]:
    was, now = _by_matcher(before), _by_matcher(after)
    for name in sorted(was.keys() | now.keys()):
        if name not in now:
            yield f"column or series {name} no longer has settings of its own"
        elif name not in was:
            yield f"column or series {name} has settings of its own: {', '.join(sorted(now[name]))}"
        else:
            yield from _fields(f" of {name}", was[name], now[name])
    if was == now and _field_config(before).get("overrides") != _field_config(after).get("overrides"):
        yield "settings of columns or series in another order"


def _by_matcher(panel: Panel) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for each in _field_config(panel).get("overrides", ()):
        matcher = each.get("matcher", {})
        plain = matcher.get("id") == "byName"
        name = f'"{matcher.get("options")}"' if plain else json.dumps(matcher, sort_keys=True)
        found.setdefault(name, {}).update({p["id"]: p.get("value") for p in each.get("properties", ())})
    return found


def _size(before: Panel, after: Panel) -> Iterator[str]:
    was, now = before.get("gridPos", {}), after.get("gridPos", {})
    old, new = (f"{place.get('w')}×{place.get('h')}" for place in (was, now))
    if old != new:
        yield f"size {old} → {new}"
    elif was.get("x") != now.get("x"):
        yield "stands in another column"


def _deep(path: str, of: str, before: Any, after: Any) -> Iterator[str]:
    """The innermost keys that differ, each with its path."""
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            yield from _deep(f"{path}.{key}", of, before.get(key), after.get(key))
    else:
        yield f"`{path}`{of} {changed(before, after)}"


def _field_config(panel: Panel) -> Mapping[str, Any]:
    found: Mapping[str, Any] = panel.get("fieldConfig", {})
    return found


def _defaults(panel: Panel) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _field_config(panel).get("defaults", {})
    return found


def _targets(panel: Panel) -> dict[str, Mapping[str, Any]]:
    return {target["refId"]: target for target in panel.get("targets", ())}


def _number(value: Any) -> str:
    return "the beginning" if value is None else f"{value:g}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return f"`{text}`" if len(text) <= _LONGEST else f"`{text[:_LONGEST]}…`"
