"""The route of an alert through `alertmanager.yaml`: receiver, incident, times, and what holds it back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_MATCHER = re.compile(r'(?P<name>\w+)(?P<how>=~|!~|!=|=)"(?P<value>[^"]*)"')
_INHERITED = ("receiver", "group_by", "group_wait", "group_interval", "repeat_interval")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What holds an alert back.

    Attributes:
        alerts: any of these, while it fires.
        same: with the same values of these labels; empty for a label that the alert does not have.
    """

    alerts: tuple[str, ...]
    same: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where an alert with certain labels goes.

    Attributes:
        receiver: its name.
        incident: what alerts of one incident have in common.
        wait, interval, repeat: until the first message, between changes, until it is said again.
        hours: names of the time intervals in which it is sent; empty for always.
        held_by: what holds it back; any of them is enough.
    """

    receiver: str
    incident: Mapping[str, str]
    wait: str
    interval: str
    repeat: str
    hours: tuple[str, ...]
    held_by: tuple[Holder, ...]


def route_of(config: Mapping[str, Any], labels: Mapping[str, str]) -> Route:
    """What Alertmanager does with an alert.

    Args:
        config: as `routing.alertmanager` makes it; no route of it has `continue`.
        labels: of the alert, `alertname` among them.
    """
    # What Alertmanager itself takes where nothing is said.
    found: dict[str, Any] = {
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "4h",
        "group_by": [],
    }
    hours: tuple[str, ...] = ()
    for route in _path(config["route"], labels):
        found |= {key: route[key] for key in _INHERITED if key in route}
        # These are not handed down.
        hours = tuple(route.get("active_time_intervals", ()))
    names = sorted(labels) if found["group_by"] == ["..."] else found["group_by"]
    return Route(
        receiver=found["receiver"],
        incident={name: labels[name] for name in names if labels.get(name)},
        wait=found["group_wait"],
        interval=found["group_interval"],
        repeat=found["repeat_interval"],
        hours=hours,
        held_by=tuple(_held_by(config["inhibit_rules"], labels)),
    )


def _path(route: Mapping[str, Any], labels: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    yield route
    for child in route.get("routes", ()):
        if _matches(child["matchers"], labels):
            yield from _path(child, labels)
            return


def _held_by(rules: list[dict[str, Any]], labels: Mapping[str, str]) -> Iterator[Holder]:
    for rule in rules:
        if _matches(rule["target_matchers"], labels):
            sources = [_parts(text) for text in rule["source_matchers"]]
            alerts = tuple(
                alert for name, _, value in sources if name == "alertname" for alert in value.split("|")
            )
            yield Holder(alerts=alerts, same={name: labels.get(name, "") for name in rule["equal"]})


def _matches(matchers: list[str], labels: Mapping[str, str]) -> bool:
    return all(_match(*_parts(text), labels) for text in matchers)


def _match(name: str, how: str, value: str, labels: Mapping[str, str]) -> bool:
    own = labels.get(name, "")
    equal = bool(re.fullmatch(value, own)) if "~" in how else own == value
    return equal != how.startswith("!")


def _parts(matcher: str) -> tuple[str, str, str]:
    found = _MATCHER.fullmatch(matcher)
    assert found, matcher  # noqa: S101 (they are our own)
    return found["name"], found["how"], found["value"]
