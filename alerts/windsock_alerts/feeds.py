"""What an alert reads: the least preset of `windsock serve` that has its metrics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from windsock.cardinality import Preset
from windsock.catalog import BY_NAME
from windsock.metric import Database, Metric
from windsock_alerts.rule import Alert, Group, Recording

_SERIES = re.compile(r"\b(?:airflow|windsock)_[a-z0-9_]+")


def presets(groups: Iterable[Group]) -> Mapping[str, Preset]:
    """Alert to the least preset, recordings that it reads included; texts may miss a figure below `full`."""
    rules = [rule for group in groups for rule in group.rules]
    recorded = {rule.record: rule.expr for rule in rules if isinstance(rule, Recording)}
    found = {}
    for alert in (rule for rule in rules if isinstance(rule, Alert)):
        least = (
            metric.source.least
            for metric in _read(alert.expr, recorded)
            if isinstance(metric.source, Database)
        )
        found[alert.name] = max(least, key=list(Preset).index, default=Preset.MINIMAL)
    return found


def metrics(groups: Iterable[Group]) -> Mapping[str, frozenset[Metric]]:
    """Alert to the metrics that its condition reads, by recordings too."""
    rules = [rule for group in groups for rule in group.rules]
    recorded = {rule.record: rule.expr for rule in rules if isinstance(rule, Recording)}
    return {rule.name: frozenset(_read(rule.expr, recorded)) for rule in rules if isinstance(rule, Alert)}


def _read(expr: str, recorded: Mapping[str, str]) -> set[Metric]:
    whole = "\n".join([expr, *(inner for name, inner in recorded.items() if name in expr)])
    names = {re.sub(r"_(count|sum|bucket)$", "", name) for name in _SERIES.findall(whole)}
    return {BY_NAME[name] for name in names if name in BY_NAME}
