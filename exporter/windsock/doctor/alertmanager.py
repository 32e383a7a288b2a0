"""Alertmanager: would the pages and tickets of each team reach that team?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from windsock.doctor.finding import Finding, advice, ok, wrong
from windsock.doctor.routes import receivers
from windsock.remote import Alertmanager

_BUILD = (
    "windsock alerts build, then load what it wrote; docs/existing.md if the Alertmanager is that of others"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An alert of one team and channel, and the receiver that should hear it."""

    labels: Mapping[str, str]
    receiver: str


def look(service: Alertmanager, cases: list[Case]) -> Iterator[Finding]:
    """Walk its own configuration with the alerts of each team.

    Raises:
        BadInput: it does not answer.
    """
    status = service.get("/api/v2/status")
    try:
        version, text = status["versionInfo"]["version"], status["config"]["original"]
        config: dict[str, Any] = yaml.safe_load(text)
    except (TypeError, KeyError) as error:
        raise service.is_not(error) from error
    yield ok("alertmanager/reached", f"{service.url} answers, version {version}")
    silent = {each["name"] for each in config["receivers"] if len(each) == 1}
    well = True
    for case in cases:
        heard = receivers(config, case.labels)
        who = f"a {case.labels['severity']} of team {case.labels['team']}"
        # In a fragment our prefix stands in front, and the operator puts its own names before that.
        ends = (f"/windsock-{case.receiver}", f"/{case.receiver}")
        if not any(f"/{name}".endswith(ends) for name in heard):
            well = False
            yield wrong(
                "alertmanager/routes", f"{who} goes to {', '.join(heard)}, not to {case.receiver}", _BUILD
            )
        elif all(name in silent for name in heard):
            well = False
            yield advice(
                "alertmanager/routes",
                f"{who} goes to {', '.join(heard)}, which reaches nobody",
                "fine in the shadow; else build without --shadow",
            )
    if well:
        yield ok("alertmanager/routes", f"{len(cases)} kinds of alerts reach their teams")
