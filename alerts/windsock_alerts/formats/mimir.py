"""The rules as one namespace of Mimir's (or Cortex's) ruler, as `mimirtool rules` reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from windsock.artifact import to_yaml
from windsock_alerts.rule import Group
from windsock_alerts.settings import Settings

NAMESPACE = "windsock"
# Of a tenant without a word in its limits: `ruler_max_rules_per_rule_group`.
MOST_RULES = 20


def text(groups: Iterable[Group], settings: Settings) -> str:
    """The file."""
    return to_yaml({"namespace": NAMESPACE, "groups": list(_groups(groups, settings))})


def _groups(groups: Iterable[Group], settings: Settings) -> Iterator[dict[str, Any]]:
    """Those with more rules than the ruler allows in several: each holds on its own, an evaluation later."""
    for group in groups:
        for whole in group.render(settings)["groups"]:
            for number, begin in enumerate(range(0, len(whole["rules"]), MOST_RULES), start=1):
                name = whole["name"] if number == 1 else f"{whole['name']}-{number}"
                yield {"name": name, "rules": whole["rules"][begin : begin + MOST_RULES]}
