"""`windsock alerts test`: a page that says it is a test, all the way to the person, and its end."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

import click
import yaml

from windsock.cli.options import common
from windsock.duration import seconds
from windsock.errors import BadInput
from windsock.remote import Alertmanager
from windsock.yamlfile import one_line

NAME = "WindsockTest"
_POLL = 0.2
# Should the command be killed: it ends by itself.
_AT_MOST = timedelta(hours=1)
_COUNTER = re.compile(
    r'^alertmanager_notification_requests(?P<failed>_failed)?_total\{[^}]*integration="(?P<way>\w+)"[^}]*\}'
    r" (?P<value>\S+)$",
    re.MULTILINE,
)


class Tally(NamedTuple):
    """Requests to one kind of service: how many went well and how many did not."""

    sent: int = 0
    failed: int = 0


def _wait(_ctx: click.Context, _param: click.Parameter, text: str) -> float:
    try:
        return seconds(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command(name="test")
@click.option("--team", required=True, help="Whose page it is.")
@click.option(
    "--severity",
    type=click.Choice(["page", "ticket"]),
    default="page",
    show_default=True,
    help="Which receiver of the team.",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME=VALUE",
    help="What `labels` in your alerts file says, if it does: without it an Alertmanager that others use too "
    "takes the test for one of theirs.",
)
@click.option(
    "--alertmanager-url",
    envvar="WINDSOCK_ALERTMANAGER_URL",
    required=True,
    help="Where Alertmanager answers, e.g. http://127.0.0.1:9093; user:password@ is possible.",
)
@click.option(
    "--wait",
    default="60s",
    show_default=True,
    callback=_wait,
    help="How long to wait for the message to be taken, and again for that of its end.",
)
@common
def command(*, team: str, severity: str, labels: tuple[str, ...], alertmanager_url: str, wait: float) -> None:
    """Send a page that is marked as a test through your Alertmanager, and its end.

    It goes the way of the team's pages (or tickets), at any hour, and says that nothing is wrong. What came
    of it is told by Alertmanager itself: the receiver, and how many requests to each service it counted as
    taken or failed meanwhile; those of other alerts count too. Exit code 1 if a message was not taken.

    \b
    Example:
      windsock alerts test --team finance --alertmanager-url https://alertmanager.example.org
      windsock alerts test --team finance --severity ticket --alertmanager-url http://127.0.0.1:9093
    """  # noqa: D301 (click reads the backspace)
    asked = {"alertname": NAME, "airflow": "windsock-test", "team": team, "severity": severity}
    asked = _further(labels) | asked
    service = Alertmanager(alertmanager_url)
    config = _config(service)
    if NAME not in str(config.get("route")):
        click.echo(
            "note: its configuration is not made by `windsock alerts build` of this version; "
            "it may take as long as its group_wait and group_interval"
        )
    before, began = _tallies(service), datetime.now(timezone.utc)
    try:
        _post(service, asked, began, began + _AT_MOST)
        receiver = _receiver(service, asked)
        expected = _expected(config, receiver)
        click.echo(one_line(f"{severity} of {team} goes to {receiver}: {_words(expected)}"))
        taken = _report(service, "the page", expected, before, wait)
    finally:
        between = _tallies(service)
        _post(service, asked, began, datetime.now(timezone.utc))
    over = _report(service, "its end", expected, between, wait)
    if not (expected and taken and over):
        sys.exit(1)


def _further(texts: tuple[str, ...]) -> dict[str, str]:
    for text in texts:
        if not re.fullmatch(r"[a-zA-Z_]\w*=.+", text):
            raise BadInput(one_line(f"--label {text}: expected NAME=VALUE, e.g. source=windsock"))
    return dict(text.split("=", 1) for text in texts)


def _config(service: Alertmanager) -> dict[str, Any]:
    status = service.get("/api/v2/status")
    try:
        version, text = status["versionInfo"]["version"], status["config"]["original"]
    except (TypeError, KeyError) as error:
        raise service.is_not(error) from error
    click.echo(one_line(f"Alertmanager {version} at {service.url}"))
    config: dict[str, Any] = yaml.safe_load(text)
    return config


def _post(service: Alertmanager, labels: Mapping[str, str], began: datetime, ends: datetime) -> None:
    alert = {
        "labels": labels,
        "annotations": {
            "summary": f"TEST for team {labels['team']}: nothing is wrong, nothing to do",
            "description": "Sent by `windsock alerts test`; it is over in a moment.\n"
            f"If you can read this, a {labels['severity']} of team {labels['team']} reaches you.",
        },
        "startsAt": began.isoformat(),
        "endsAt": ends.isoformat(),
    }
    service.send("/api/v2/alerts", [alert])


def _receiver(service: Alertmanager, labels: Mapping[str, str]) -> str:
    deadline = time.monotonic() + 10
    while True:
        for alert in service.alerts(f'alertname="{NAME}"'):
            if alert["labels"] == labels:
                status = alert["status"]
                if status["silencedBy"]:
                    raise BadInput(
                        f"{service.url}: the test is silenced, so nothing is sent: {status['silencedBy'][0]}"
                    )
                if alert["receivers"] and status["state"] != "unprocessed":
                    return ", ".join(receiver["name"] for receiver in alert["receivers"])
        if time.monotonic() > deadline:
            raise BadInput(f"{service.url}: took the test and does not show it among its alerts")
        time.sleep(_POLL)


def _expected(config: Mapping[str, Any], receiver: str) -> dict[str, int]:
    """Service to how many messages of it this receiver sends."""
    found: dict[str, Any] = next(
        (each for each in config.get("receivers", ()) if each["name"] == receiver), {}
    )
    return {
        key.removesuffix("_configs"): len(ways)
        for key, ways in found.items()
        if key.endswith("_configs") and ways
    }


def _tallies(service: Alertmanager) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    for match in _COUNTER.finditer(service.text("/metrics")):
        tally, count = found.get(match["way"], Tally()), int(float(match["value"]))
        found[match["way"]] = (
            tally._replace(failed=tally.failed + count)
            if match["failed"]
            else tally._replace(sent=tally.sent + count)
        )
    # Alertmanager counts every request, and those that failed besides.
    return {way: Tally(tally.sent - tally.failed, tally.failed) for way, tally in found.items()}


def _report(
    service: Alertmanager, what: str, expected: Mapping[str, int], before: Mapping[str, Tally], wait: float
) -> bool:
    began, looked = time.monotonic(), False
    while True:
        now, waited = _tallies(service), time.monotonic() - began
        sent = {way: now.get(way, Tally()).sent - before.get(way, Tally()).sent for way in expected}
        missing = [way for way, count in expected.items() if sent[way] < count]
        # A request is counted a moment before its failure is: it is taken if it still looks so.
        if (looked and not missing) or waited > wait:
            break
        looked = not missing
        time.sleep(_POLL)
    for way in expected:
        failed = now.get(way, Tally()).failed - before.get(way, Tally()).failed
        trouble = f", {failed} failed: its log says why" if failed else ""
        verdict = "not taken" if way in missing else "taken"
        click.echo(f"{what} by {way}: {verdict} after {waited:.1f} s{trouble}")
    return not missing


def _words(expected: Mapping[str, int]) -> str:
    return ", ".join(expected) or "reaches nobody (a shadow, or no way is configured)"
