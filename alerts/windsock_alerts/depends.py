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
    usual = _conditions(build(Settings()))
    found: dict[str, list[str]] = {name: [] for name in usual}
    for name in Thresholds.model_fields:
        changed = _conditions(build(_with_another(name)))
        for alert, condition in usual.items():
            if changed[alert] != condition:
                found[alert].append(name)
    return {alert: tuple(names) for alert, names in found.items()}


def _with_another(name: str) -> Settings:
    usual = Settings()
    value = getattr(usual.thresholds, name)
    # A number that no other threshold has.
    changed = usual.thresholds.model_copy(update={name: value + 7919 if value >= 1 else value / 7919})
    return usual.model_copy(update={"thresholds": changed})


def _conditions(groups: Iterable[Group]) -> dict[str, tuple[str, float, float]]:
    """Of each alert, what decides whether it fires."""
    rules = [rule for group in groups for rule in group.rules]
    recorded = [(rule.record, rule.expr) for rule in rules if isinstance(rule, Recording)]

    def whole(expr: str) -> str:
        """The expression and all those that it reads."""
        parts, left = [expr], recorded
        while inner := [each for each in left if any(each[0] in part for part in parts)]:
            left = [each for each in left if each not in inner]
            parts += [text for _, text in inner]
        return "\n".join(parts)

    return {rule.name: (whole(rule.expr), rule.hold, rule.keep) for rule in rules if isinstance(rule, Alert)}
