"""Rules for Airflows that have thresholds, severities or holds of their own, beside those for all others.

Two rules of one name never speak of the same Airflow, so their alerts and series stay apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from windsock_alerts.promql import quoted
from windsock_alerts.rule import Alert, Group, Recording, Rule

Key = tuple[str, str]


def combined(
    order: tuple[Group, ...], general: tuple[Group, ...], own: Mapping[str, tuple[Group, ...]]
) -> tuple[Group, ...]:
    """The groups for all Airflows together.

    Args:
        order: every rule there is, in the order in which they are evaluated.
        general: the rules for Airflows without their own.
        own: those that each of the others would have alone.
    """
    if not own:
        return general
    base = _rules(general)
    by_airflow = {name: _rules(groups) for name, groups in own.items()}
    result = []
    for group in order:
        rules: list[Rule] = []
        for rule in group.rules:
            key = _key(rule)
            rules += _versions(base.get(key), {name: found.get(key) for name, found in by_airflow.items()})
        if rules:
            result.append(Group(subject=group.subject, rules=tuple(rules)))
    return tuple(result)


def _versions(general: Rule | None, own: Mapping[str, Rule | None]) -> list[Rule]:
    """One rule in all forms that it takes; what is not about one Airflow takes only the general one."""
    others = {name: rule for name, rule in own.items() if rule != general}
    if not others or (isinstance(general, Alert) and "airflow" not in general.identity):
        return [] if general is None else [general]
    found = [] if general is None else [_with(general, f"({general.expr})\nunless {_these(others)}")]
    alike: list[tuple[Rule, list[str]]] = []
    for name, rule in others.items():
        known = next((names for other, names in alike if other == rule), None)
        if known is not None:
            known.append(name)
        elif rule is not None:
            alike.append((rule, [name]))
    found += [_with(rule, f"({rule.expr})\nand {_these(names)}") for rule, names in alike]
    if all(isinstance(rule, Recording) for rule in found) and found:
        return [_with(found[0], "\nor ".join(f"({rule.expr})" for rule in found))]
    return found


def _with(rule: Rule, expr: str) -> Rule:
    return replace(rule, expr=expr)


def _these(airflows: Iterable[str]) -> str:
    """Matches what has the label `airflow` of one of these."""
    # A dollar would stand for a part of what was matched.
    values = [quoted(name.replace("$", "$$")) for name in airflows]
    each = [f'label_replace(vector(1), "airflow", {value}, "", "")' for value in values]
    return f"on (airflow) ({' or '.join(each)})"


def _rules(groups: tuple[Group, ...]) -> dict[Key, Rule]:
    return {_key(rule): rule for group in groups for rule in group.rules}


def _key(rule: Rule) -> Key:
    return ("alert", rule.name) if isinstance(rule, Alert) else ("record", rule.record)
