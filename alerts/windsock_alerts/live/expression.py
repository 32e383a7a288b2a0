"""The parts of a rule's expression that explain it: the series it looks at, and what holds it back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from windsock.catalog import BY_NAME, alerting
from windsock.metric import Metric, Unit

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_SELECTOR = re.compile(rf"{_QUOTED}|(?P<name>[a-zA-Z_:][\w:]*)(?P<braces>\s*\{{(?:[^{{}}\"]|{_QUOTED})*\}})?")
_MATCHER = re.compile(rf"(\w+)\s*(=~|=)\s*({_QUOTED})")
_FOREIGN = ("up", "statsd_exporter_", "prometheus_", "alertmanager_")
# What the user says of DAGs, shown apart.
_SETTINGS = (alerting.LIMIT_SECONDS, alerting.LIMIT, alerting.SEVERITY)
# A matcher that no series of `ALERTS` fits.
_NOBODY = 'ALERTS{alertstate="nobody"}'


class Selector(NamedTuple):
    """A metric and its matchers as they stand in the expression, without braces."""

    name: str
    matchers: str = ""

    @property
    def metric(self) -> Metric | None:
        """Of the catalogue; None for series of others."""
        return BY_NAME.get(self.name) or BY_NAME.get(re.sub(r"_(count|sum|bucket)$", "", self.name))

    def __str__(self) -> str:
        return f"{self.name}{{{self.matchers}}}" if self.matchers else self.name


def looked_at(expr: str, recordings: Mapping[str, str]) -> tuple[Selector, ...]:
    """The series that decide, those of recordings in place of these; without such as only name things.

    Args:
        expr: the expression.
        recordings: expressions of recording rules by name.
    """
    found: dict[Selector, None] = {}
    for selector in _selectors(expr):
        if selector.name in recordings:
            found.update(dict.fromkeys(looked_at(recordings[selector.name], recordings)))
        elif _decides(selector):
            found[selector] = None
    return tuple(found)


def holders(expr: str, alert: str) -> tuple[Selector, ...]:
    """Selectors of `ALERTS` for other alerts: while they have series, the alert neither begins nor ends."""
    found = (selector for selector in _selectors(expr) if selector.name == "ALERTS")
    return tuple(dict.fromkeys(each for each in found if f'"{alert}"' not in each.matchers))


def names(holder: Selector) -> tuple[str, ...]:
    """The alerts that a selector of `ALERTS` speaks of."""
    said = {label: value.strip('"') for label, _, value in _MATCHER.findall(holder.matchers)}
    return tuple(said.get("alertname", "").split("|"))


def bare(expr: str) -> str:
    """The condition alone, as if no other alert fired and it never had."""
    return _SELECTOR.sub(lambda found: _NOBODY if found["name"] == "ALERTS" else found[0], expr)


def _selectors(expr: str) -> list[Selector]:
    found = []
    for match in _SELECTOR.finditer(expr):
        if match["name"]:
            matchers = (match["braces"] or "").strip().strip("{}").strip()
            found.append(Selector(match["name"], re.sub(r"\s*,\s*", ", ", matchers)))
    return found


def _decides(selector: Selector) -> bool:
    metric = selector.metric
    if metric is None:
        return selector.name == _FOREIGN[0] or selector.name.startswith(_FOREIGN[1:])
    return metric.unit is not Unit.INFO and metric not in _SETTINGS
