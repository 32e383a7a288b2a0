"""Which alerts are built, and how: the defaults, what `alerts.yaml` adds, takes away and changes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace

from windsock_alerts.inhibitors import TIED_TO
from windsock_alerts.rule import Alert, Group, Recording, Rule, Severity
from windsock_alerts.settings import Settings


def chosen(groups: tuple[Group, ...], settings: Settings) -> tuple[Group, ...]:
    """The groups without the alerts that are off, and without recordings that then nobody reads.

    An inhibitor goes with the last alert that pages for its problem: held back by something for which nobody
    is woken, alerts would be lost.
    """
    off = {
        rule.name
        for group in groups
        for rule in group.rules
        if isinstance(rule, Alert) and not settings.enabled(rule.name, optional=rule.optional)
    }
    off |= {name for name, pages in TIED_TO.items() if not any(map(settings.pages, pages))}
    kept = [
        rule for group in groups for rule in group.rules if not (isinstance(rule, Alert) and rule.name in off)
    ]
    unread = {rule.record for rule in kept if isinstance(rule, Recording)} - set(_read(kept))
    result = []
    for group in groups:
        rules = tuple(
            _changed(rule, settings)
            for rule in group.rules
            if rule in kept and getattr(rule, "record", None) not in unread
        )
        if rules:
            result.append(Group(subject=group.subject, rules=rules))
    return tuple(result)


def _changed(rule: Rule, settings: Settings) -> Rule:
    """The rule with the severity and the hold that `alerts` gives it."""
    wish = settings.alerts.get(rule.name) if isinstance(rule, Alert) else None
    if not isinstance(rule, Alert) or wish is None:
        return rule
    severities = (Severity(wish.severity),) if wish.severity else rule.severities
    return replace(rule, severities=severities, hold=rule.hold if wish.hold is None else wish.hold)


def _read(rules: list[Rule]) -> Iterable[str]:
    """Names of the recordings that alerts read, directly or by way of others."""
    texts = [
        rule.expr + rule.summary + rule.description + rule.worst for rule in rules if isinstance(rule, Alert)
    ]
    left = [rule for rule in rules if isinstance(rule, Recording)]
    while found := [rule for rule in left if any(rule.record in text for text in texts)]:
        yield from (rule.record for rule in found)
        left = [rule for rule in left if rule not in found]
        texts = [rule.expr for rule in found]


def unknown(name: str, known: Iterable[str]) -> str:
    """Why a name is no alert, with the nearest ones that are."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
    hint = f"; did you mean {', '.join(near)}?" if near else f" (known: {', '.join(names)})"
    return f"there is no such alert{hint}"
