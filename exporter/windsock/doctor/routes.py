"""Where an Alertmanager configuration of anybody sends an alert: what `amtool config routes test` says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_MATCHER = re.compile(
    r'\s*(?P<quote>"?)(?P<name>[^"=!~\s]+)(?P=quote)\s*(?P<how>=~|!~|!=|=)\s*'
    r'(?P<value>"(?:[^"\\]|\\.)*"|[^",}]*?)\s*(?:,|$)'
)
_ESCAPED = {r"\"": '"', r"\\": "\\", r"\n": "\n"}


def receivers(config: Mapping[str, Any], labels: Mapping[str, str]) -> list[str]:
    """The receivers of an alert with these labels, in order.

    Args:
        config: of Alertmanager, read from its YAML.
        labels: of the alert.
    """
    root = config["route"]
    return list(_walk(root, labels, root["receiver"]))


def matchers(texts: list[str]) -> list[tuple[str, str, str]]:
    """Name, operator and value of each matcher of a list, of which one text may hold several."""
    found = []
    for text in texts:
        for match in _MATCHER.finditer(text.strip().removeprefix("{").removesuffix("}")):
            value = match["value"]
            if value.startswith('"'):
                value = re.sub(r"\\.", lambda part: _ESCAPED.get(part[0], part[0]), value[1:-1])
            found.append((match["name"], match["how"], value))
    return found


def _walk(route: Mapping[str, Any], labels: Mapping[str, str], inherited: str) -> Iterator[str]:
    receiver = route.get("receiver") or inherited
    deeper = False
    for child in route.get("routes") or ():
        if _matches(child, labels):
            deeper = True
            yield from _walk(child, labels, receiver)
            if not child.get("continue"):
                break
    if not deeper:
        yield receiver


def _matches(route: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    wanted = [
        *((name, "=", str(value)) for name, value in (route.get("match") or {}).items()),
        *((name, "=~", str(value)) for name, value in (route.get("match_re") or {}).items()),
        *matchers([str(each) for each in route.get("matchers") or ()]),
    ]
    return all(_match(labels.get(name, ""), how, value) for name, how, value in wanted)


def _match(own: str, how: str, value: str) -> bool:
    equal = re.fullmatch(value, own) is not None if "~" in how else own == value
    return equal != how.startswith("!")
