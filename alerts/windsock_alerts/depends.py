"""Which thresholds decide about which alert: found out by changing one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from windsock_alerts.rule import Alert, Group, Recording
from windsock_alerts.settings import Settings
from windsock_alerts.thresholds import Thresholds

Build = Callable[[Settings], tuple[Group, ...]]
# Alert to the names of its thresholds, in the order of the file.
Uses = dict[str, tuple[str, ...]]


@cache
def uses(build: Build) -> Uses:
    """The thresholds of every alert, also those of recordings that it reads.

    Args:
        build: makes every rule there is.
    """
    usual = build(Settings())
    decided, read = _decided(usual), _read(usual)
    found: dict[str, list[str]] = {alert: [] for alert in read}
    for name in Thresholds.model_fields:
        another = _decided(build(_with_another(name)))
        moved = {rule for rule in decided if another[rule] != decided[rule]}
        for alert, rules in read.items():
            if rules & moved:
                found[alert].append(name)
    return {alert: tuple(names) for alert, names in found.items()}


def _with_another(name: str) -> Settings:
    usual = Settings()
    value = getattr(usual.thresholds, name)
    # A number that no other threshold has.
    changed = usual.thresholds.model_copy(update={name: value + 7919 if value >= 1 else value / 7919})
    return usual.model_copy(update={"thresholds": changed})


def _decided(groups: Iterable[Group]) -> dict[str, list[tuple[object, ...]]]:
    """Of each alert what decides whether it fires, of each recording what it records."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for group in groups:
        for rule in group.rules:
            if isinstance(rule, Alert):
                found.setdefault(rule.name, []).append((rule.expr, rule.hold, rule.keep))
            else:
                found.setdefault(rule.record, []).append((rule.expr,))
    return found


def _read(groups: Iterable[Group]) -> dict[str, set[str]]:
    """Each alert with itself and the recordings that it reads, also by way of others."""
    rules = [rule for group in groups for rule in group.rules]
    recorded = [(rule.record, rule.expr) for rule in rules if isinstance(rule, Recording)]

    def names(expr: str) -> set[str]:
        found: set[str] = set()
        parts, left = [expr], recorded
        while inner := [each for each in left if any(each[0] in part for part in parts)]:
            left = [each for each in left if each not in inner]
            parts = [text for _, text in inner]
            found |= {name for name, _ in inner}
        return found

    return {rule.name: {rule.name} | names(rule.expr) for rule in rules if isinstance(rule, Alert)}
