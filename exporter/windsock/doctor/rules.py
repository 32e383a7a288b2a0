"""The rules: are those of the alerts file loaded, and do they work?"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from windsock.doctor.finding import Finding, ok, wrong
from windsock.remote import Prometheus, instant

_BUILD = "windsock alerts build, then load what it wrote and reload Prometheus"
# Evaluations that may be missing before it is told.
_MOST_INTERVALS = 4


def look(prometheus: Prometheus, ours: Mapping[str, list[str]]) -> Iterator[Finding]:
    """Compare what is loaded with what the alerts file makes.

    Args:
        prometheus: where they should be loaded.
        ours: name of an alert or a record -> its expressions, one for each rule of that name.

    Raises:
        BadInput: it does not answer.
    """
    try:
        groups = prometheus.get("/api/v1/rules")["data"]["groups"]
    except (KeyError, TypeError) as error:
        raise prometheus.is_not(error) from error
    loaded = [rule | {"every": group["interval"]} for group in groups for rule in group["rules"]]
    mine = [rule for rule in loaded if rule["name"] in ours]
    yield from _compared(prometheus, mine, ours)
    if mine:
        yield from _evaluated(mine)


def _compared(
    prometheus: Prometheus, mine: list[dict[str, Any]], ours: Mapping[str, list[str]]
) -> Iterator[Finding]:
    names = {rule["name"] for rule in mine}
    missing = [name for name in ours if name not in names]
    if missing:
        yield wrong("rules/loaded", f"{len(missing)} of {len(ours)} are not loaded: {_some(missing)}", _BUILD)
    differing = [
        name
        for name, expressions in ours.items()
        if name in names
        and sorted(_plain(prometheus, text) for text in expressions)
        != sorted(_flat(rule["query"]) for rule in mine if rule["name"] == name)
    ]
    if differing:
        yield wrong(
            "rules/loaded",
            f"{len(differing)} are others than the alerts file makes: {_some(differing)}",
            f"give --alerts-file as it was built with, or: {_BUILD}",
        )
    if not missing and not differing:
        yield ok("rules/loaded", f"all {len(ours)} are loaded as the alerts file makes them")


def _evaluated(mine: list[dict[str, Any]]) -> Iterator[Finding]:
    broken = [rule for rule in mine if rule["health"] == "err"]
    late = [rule for rule in mine if _age(rule) > _MOST_INTERVALS * rule["every"]]
    for rule in broken[:3]:
        yield wrong("rules/evaluated", f"{rule['name']}: {rule.get('lastError')}", "see what the error names")
    if late:
        yield wrong(
            "rules/evaluated",
            f"{len(late)} were not evaluated lately: {_some([rule['name'] for rule in late])}",
            "Prometheus is overloaded or its clock differs from this machine's: see prometheus_rule_group_*",
        )
    if not broken and not late:
        yield ok("rules/evaluated", "all are evaluated without errors")


def _age(rule: Mapping[str, Any]) -> float:
    stamp = rule.get("lastEvaluation", "")
    # One that was never evaluated has the year 1; a new group has a moment to begin.
    return 0.0 if not stamp or stamp.startswith("0001") else time.time() - instant(stamp).timestamp()


def _plain(prometheus: Prometheus, expr: str) -> str:
    """As Prometheus itself writes it."""
    return _flat(prometheus.get("/api/v1/format_query", query=expr)["data"])


def _flat(text: str) -> str:
    return "".join(text.split())


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
