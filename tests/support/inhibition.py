"""Which alert holds back which, read from the configuration, and the stories that try each pair."""

from __future__ import annotations

import re
from typing import Any

from tests.support.troubled import Story
from windsock_alerts import inhibitors

# The kinds of a source that is several alerts in one.
KINDS = {inhibitors.PLATFORM: ("exporter", "metadata_database", "api_server")}
# A source's page leaves 6 seconds after its trouble began, what it holds back 5.
_TARGET_FIRST = {"target heals first": ((2, 26), (14, 34)), "source heals first": ((2, 34), (14, 26))}
# Prometheus must have seen the exporter before it can miss it.
_SOURCE_FIRST = {"target heals first": ((14, 26), (6, 32)), "source heals first": ((14, 42), (6, 26))}
ORDERS = {
    f"{begins}, {ends}": spans
    for begins, ways in (("target begins first", _TARGET_FIRST), ("source begins first", _SOURCE_FIRST))
    for ends, spans in ways.items()
}


def names(matchers: list[str]) -> list[str]:
    """The alerts that the matchers of one side of a rule name.

    Raises:
        AssertionError: a matcher on `alertname` is more than a list of names.
    """
    found = [match for text in matchers if (match := re.fullmatch(r'alertname=~?"([^"]*)"', text))]
    assert len(found) == 1, matchers
    listed: list[str] = found[0][1].split("|")
    assert all(re.fullmatch(r"\w+", name) for name in listed), matchers
    return listed


def pairs(rules: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Every (source, target), sources of several kinds as `alert/kind`."""
    return [
        (f"{source}/{kind}" if kind else source, target)
        for rule in rules
        for source in names(rule["source_matchers"])
        for kind in KINDS.get(source, ("",))
        for target in names(rule["target_matchers"])
    ]


def stories(rules: list[dict[str, Any]]) -> dict[str, Story]:
    """Each pair in each order, by a name without anything that a label must escape."""
    return {
        f"{source} holds back {target}: {order}": Story({target: on_target, source: on_source})
        for source, target in pairs(rules)
        for order, (on_target, on_source) in ORDERS.items()
    }
