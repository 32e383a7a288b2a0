"""The part of an Alertmanager configuration that belongs to us, under one matcher, for one of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windsock.artifact import HEADER, to_yaml
from windsock.errors import BadInput

PREFIX = "windsock-"
_HOURS = "active_time_intervals"
# What Alertmanager takes where nothing is said; under a route of others, theirs would count.
_USUAL = {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}
_HEAD = """\
# Add each of the four lists below to the list of the same name in your Alertmanager configuration;
# the route stands first in `route.routes`. `windsock alerts build --into FILE` does it.
"""


def fragment(config: Mapping[str, Any], labels: Mapping[str, str], *, name: str) -> dict[str, Any]:
    """Routes, receivers, time intervals and inhibitions that touch nothing but our alerts.

    Args:
        config: the whole configuration, as `routing.alertmanager` makes it.
        labels: of every alert of ours, and of no other.
        name: what errors call the alerts file.

    Raises:
        BadInput: our alerts have no label of their own.
    """
    ours = matchers(labels, name=name)
    smtp = config.get("global", {})
    route = {
        "matchers": ours,
        **_USUAL,
        **{key: value for key, value in config["route"].items() if key != "routes"},
        "routes": [_renamed(route) for route in config["route"]["routes"]],
    }
    found: dict[str, Any] = {
        "route": {"routes": [route | {"receiver": PREFIX + route["receiver"]}]},
        "receivers": [_receiver(receiver, smtp) for receiver in config["receivers"]],
        "inhibit_rules": [
            {
                "source_matchers": [*ours, *rule["source_matchers"]],
                "target_matchers": [*ours, *rule["target_matchers"]],
                "equal": rule["equal"],
            }
            for rule in config["inhibit_rules"]
        ],
    }
    if hours := config.get("time_intervals"):
        found["time_intervals"] = [{**each, "name": PREFIX + each["name"]} for each in hours]
    return found


def matchers(labels: Mapping[str, str], *, name: str) -> list[str]:
    """What fits our alerts and no others.

    Raises:
        BadInput: there is nothing that only our alerts have.
    """
    if not labels:
        raise BadInput(
            f"{name}: labels: is missing; an Alertmanager that others use too must know our alerts by a "
            "label that no other alert has, e.g. labels: {source: windsock}; build the rules with it too"
        )
    return [f'{label}="{value}"' for label, value in labels.items()]


def text(found: Mapping[str, Any]) -> str:
    """The fragment as a file, with a word on where it belongs."""
    return HEADER + _HEAD + to_yaml(dict(found)).removeprefix(HEADER)


def _renamed(route: Mapping[str, Any]) -> dict[str, Any]:
    renamed = dict(route)
    if "receiver" in route:
        renamed["receiver"] = PREFIX + route["receiver"]
    if _HOURS in route:
        renamed[_HOURS] = [PREFIX + name for name in route[_HOURS]]
    if "routes" in route:
        renamed["routes"] = [_renamed(child) for child in route["routes"]]
    return renamed


def _receiver(receiver: Mapping[str, Any], smtp: Mapping[str, str]) -> dict[str, Any]:
    """With the mail server in each mail: the part `global` is not ours."""
    own = {"require_tls": True} | {key.removeprefix("smtp_"): value for key, value in smtp.items()}
    found = {**receiver, "name": PREFIX + receiver["name"]}
    if "email_configs" in found:
        found["email_configs"] = [{**mail, **own} for mail in found["email_configs"]]
    return found
