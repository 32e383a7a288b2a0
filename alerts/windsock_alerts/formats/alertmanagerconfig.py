"""The fragment as an `AlertmanagerConfig` of the Prometheus operator, which reads secrets from Secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from windsock.artifact import to_yaml
from windsock.errors import BadInput
from windsock_alerts.formats.manifest import Place

NAME = "windsock"
_MATCHER = re.compile(r'(?P<name>\w+)(?P<matchType>=~|!~|!=|=)"(?P<value>[^"]*)"')
_UTC = ("UTC", "Etc/UTC")
# Keys whose name is not just the other spelling, by the list that they stand in.
_NAMES = {
    "pagerduty_configs": {"links": "pagerDutyLinkConfigs"},
    "slack_configs": {"api_url_file": "apiURL"},
    "opsgenie_configs": {"api_key_file": "apiKey", "api_url": "apiURL"},
    "msteamsv2_configs": {"webhook_url_file": "webhookURL"},
    "webhook_configs": {"url_file": "urlSecret"},
    "email_configs": {"require_tls": "requireTLS"},
}
_PAIRS = ("details", "headers")
# The operator calls the text of a link `alt`, and writes it as its text.
_LINK = {"href": "href", "text": "alt"}


def text(fragment: Mapping[str, Any], place: Place, *, owners: str) -> str:
    """The object as a file.

    Args:
        fragment: as `fragment.fragment` makes it.
        place: where it goes.
        owners: what errors call the owners file.

    Raises:
        BadInput: a secret's file names no Secret, or business hours are not in UTC.
    """
    return to_yaml(
        {
            "apiVersion": "monitoring.coreos.com/v1alpha1",
            "kind": "AlertmanagerConfig",
            "metadata": place.metadata(NAME),
            "spec": _spec(fragment, owners),
        }
    )


def unheard(labels: Mapping[str, str], namespace: str | None) -> str | None:
    """What the operator's own matcher would keep from this object, if anything."""
    if namespace and labels.get("namespace") == namespace:
        return None
    where = namespace or "<the object's namespace>"
    return (
        f'the operator adds the matcher namespace="{where}" to an AlertmanagerConfig, and our alerts have no '
        f"such label; in the alerts file say labels: {{namespace: {where}}} and build the rules with it, or "
        "in the Alertmanager object alertmanagerConfigMatcherStrategy: {type: None}"
    )


def _spec(fragment: Mapping[str, Any], owners: str) -> dict[str, Any]:
    (route,) = fragment["route"]["routes"]
    spec: dict[str, Any] = {
        "route": _route(route),
        "receivers": [_receiver(each, owners) for each in fragment["receivers"]],
        "inhibitRules": [
            {
                "sourceMatch": _matchers(rule["source_matchers"]),
                "targetMatch": _matchers(rule["target_matchers"]),
                "equal": rule["equal"],
            }
            for rule in fragment["inhibit_rules"]
        ],
    }
    if hours := fragment.get("time_intervals"):
        spec["muteTimeIntervals"] = [_hours(each, owners) for each in hours]
    return spec


def _route(route: Mapping[str, Any]) -> dict[str, Any]:
    found = {_camel(key): value for key, value in route.items()}
    found["matchers"] = _matchers(route["matchers"])
    if "routes" in route:
        found["routes"] = [_route(child) for child in route["routes"]]
    return found


def _matchers(texts: list[str]) -> list[dict[str, str]]:
    found = [_MATCHER.fullmatch(text) for text in texts]
    assert all(found), texts  # noqa: S101 (they are our own)
    return [match.groupdict() for match in found if match]


def _receiver(receiver: Mapping[str, Any], owners: str) -> dict[str, Any]:
    return {
        "name": receiver["name"],
        **{
            _camel(kind): [_way(way, _NAMES[kind], owners) for way in ways]
            for kind, ways in receiver.items()
            if kind != "name"
        },
    }


def _way(way: Mapping[str, Any], names: Mapping[str, str], owners: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in way.items():
        name = names.get(key, _camel(key.removesuffix("_file")))
        if key == "http_config":
            credentials = value["authorization"]["credentials_file"]
            found["httpConfig"] = {"authorization": {"credentials": _secret(credentials, owners)}}
        elif key.endswith("_file"):
            found[name] = _secret(value, owners)
        elif key in _PAIRS:
            found[name] = [{"key": pair, "value": said} for pair, said in value.items()]
        elif key == "links":
            found[name] = [{_LINK[part]: said for part, said in link.items()} for link in value]
        else:
            found[name] = value
    return found


def _secret(path: str, owners: str) -> dict[str, str]:
    """The Secret that the operator would mount there: `…/<name of the Secret>/<key>`."""
    parts = PurePosixPath(path).parts[-2:]
    if len(parts) < 2 or parts[0] == "/":
        raise BadInput(
            f"{owners}: {path} names no Secret; for an AlertmanagerConfig the path of a secret ends in "
            "<name of the Secret>/<key>, e.g. /etc/alertmanager/secrets/pagerduty/finance"
        )
    return {"name": parts[0], "key": parts[1]}


def _hours(named: Mapping[str, Any], owners: str) -> dict[str, Any]:
    def one(interval: Mapping[str, Any]) -> dict[str, Any]:
        if interval["location"] not in _UTC:
            raise BadInput(
                f"{owners}: business_hours: an AlertmanagerConfig knows no time zone but UTC, and this is "
                f"{interval['location']}; write UTC, or use the format alertmanager-fragment"
            )
        times = [{_camel(key): value for key, value in times.items()} for times in interval["times"]]
        return {"times": times, "weekdays": interval["weekdays"]}

    return {"name": named["name"], "timeIntervals": [one(each) for each in named["time_intervals"]]}


def _camel(key: str) -> str:
    """`group_by` as Kubernetes writes it: `groupBy`."""
    first, *rest = key.split("_")
    return first + "".join(part.capitalize() for part in rest)
