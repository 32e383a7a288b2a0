"""`windsock alerts route`: who would be called, without calling anybody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from windsock import owners as files
from windsock.cli.options import common
from windsock.errors import BadInput
from windsock.owners import DEFAULT_TEAM, Owners
from windsock.receivers import CHANNELS, Channel
from windsock.yamlfile import one_line

if TYPE_CHECKING:
    from windsock_alerts.route import Route
    from windsock_alerts.rule import Alert
    from windsock_alerts.settings import Settings

_FILE = click.Path(dir_okay=False, path_type=Path)
_LABEL = re.compile(r"(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)=(?P<value>.*)", re.DOTALL)


@click.command(name="route")
@click.argument("more", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "--labels", multiple=True, metavar="NAME=VALUE", help="Labels of the alert; or just as arguments."
)
@click.option(
    "--owners-file",
    type=_FILE,
    required=True,
    envvar="WINDSOCK_OWNERS_FILE",
    help="Teams and how to reach them, as for `build`.",
)
@click.option(
    "--alerts-file",
    type=_FILE,
    envvar="WINDSOCK_ALERTS_FILE",
    help="Settings of the alerts, as for `build`: severities and times.",
)
@common
def command(
    *, more: tuple[str, ...], labels: tuple[str, ...], owners_file: Path, alerts_file: Path | None
) -> None:
    """Tell who would hear of an alert, through which receiver, as part of which incident.

    Labels that follow from the alert (its severity, the team of what belongs to the platform) need not be
    given. Nobody is called; `windsock alerts test` does that.

    \b
    Example:
      windsock alerts route --owners-file owners.yaml \\
        --labels alertname=AirflowSlaBreached airflow=prod team=finance severity=page sla=morning
      windsock alerts route --owners-file owners.yaml --labels alertname=AirflowSchedulerDown airflow=prod
    """  # noqa: D301 (click reads the backspace)
    from windsock_alerts import build, route, routing  # noqa: PLC0415 (`serve` never needs the rules)

    owners, settings = files.read(owners_file), build.read_settings(alerts_file)
    given = _parsed((*labels, *more))
    every = {alert.name: alert for alert in build.alerts(settings, owners.platform, every=True)}
    chosen = {alert.name: alert for alert in build.alerts(settings, owners.platform)}
    known = {**every, **chosen}
    asked = _filled(given, known.get(given["alertname"]), settings, owners)
    config = routing.alertmanager(settings, owners, name=str(owners_file), demo=True)
    click.echo(one_line(f"{asked['alertname']} {_said(asked, without='alertname')}"))
    if given["alertname"] not in chosen:
        off = "is off; `alerts` in the alerts file enables it"
        click.echo(f"{'note':<11} {off if given['alertname'] in every else 'is none of our alerts'}")
    for title, text in _lines(route.route_of(config, asked), asked, owners):
        click.echo(one_line(f"{title:<11} {text}"))


def _parsed(texts: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        label = _LABEL.fullmatch(text)
        if not label:
            raise BadInput(one_line(f"--labels {text}: expected NAME=VALUE, e.g. severity=page"))
        found[label["name"]] = label["value"]
    if not found.get("alertname"):
        raise BadInput("--labels: alertname is missing; give e.g. alertname=AirflowSlaBreached")
    return found


def _filled(
    given: Mapping[str, str], alert: Alert | None, settings: Settings, owners: Owners
) -> dict[str, str]:
    """With the labels that the rule itself gives; those that only a DAG or an SLA can say must be there."""
    fixed = alert.render(settings).get("labels", {}) if alert else {}
    labels = {**given, **{name: value for name, value in fixed.items() if "{{" not in value}}
    choices = {
        "severity": [severity.value for severity in alert.severities] if alert else [],
        "team": list(dict.fromkeys((*owners.receivers, DEFAULT_TEAM))) if alert and alert.routed else [],
    }
    for name, values in choices.items():
        if values and not labels.get(name):
            if len(values) > 1:
                raise BadInput(
                    f"--labels: {name} is missing; {given['alertname']} takes it from the DAG or the SLA: "
                    f"{name}= one of {', '.join(values)}"
                )
            labels[name] = values[0]
    return labels


def _lines(found: Route, labels: Mapping[str, str], owners: Owners) -> Iterator[tuple[str, str]]:
    yield "goes to", f"{found.receiver}: {_ways(found.receiver, owners)}"
    if because := _because(found.receiver, labels, owners):
        yield "because", because
    yield "incident", _said(found.incident) or "everything of this receiver"
    yield "sent", f"{found.wait} after it begins, changes every {found.interval}, again every {found.repeat}"
    yield "hours", ", ".join(_hours(name, owners) for name in found.hours) or "always"
    if not found.held_by:
        yield "held back", "by nothing"
    for holder in found.held_by:
        same = ", ".join(
            f"{name}={json.dumps(value, ensure_ascii=False)}" if value else f"no {name}"
            for name, value in holder.same.items()
        )
        yield "held back", f"while {' or '.join(holder.alerts)} fires with {same}"


def _said(labels: Mapping[str, str], *, without: str = "") -> str:
    return ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}"
        for name, value in sorted(labels.items())
        if name != without
    )


def _ways(receiver: str, owners: Owners) -> str:
    if receiver == "watchdog":
        return "the outside heartbeat"
    team, _, channel = receiver.rpartition("-")
    own = owners.receivers.get(team)
    reach = own.reach(_channel(channel)) if own and channel in CHANNELS else None
    return ", ".join(reach.words()) if reach else "reaches nobody"


def _because(receiver: str, labels: Mapping[str, str], owners: Owners) -> str:
    team, severity = labels.get("team", ""), labels.get("severity", "")
    if labels["alertname"] == "Watchdog":
        return ""
    if severity not in CHANNELS:
        return "" if severity == "inhibitor" else "it has no severity of ours, so somebody should look"
    if receiver == f"{team}-{severity}":
        return ""
    if team not in owners.receivers:
        return f"{json.dumps(team, ensure_ascii=False)} is no team with receivers"
    return f"{team} has no receiver of its own for {severity}"


def _hours(name: str, owners: Owners) -> str:
    team = name.removeprefix("business-hours").removeprefix("-")
    own = owners.receivers[team].business_hours if team else owners.business_hours
    assert own  # noqa: S101 (the route names those that there are)
    return own.words()


def _channel(name: str) -> Channel:
    return next(channel for channel in CHANNELS if channel == name)
