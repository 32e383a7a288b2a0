"""`windsock maintenance`: nobody is woken by an Airflow that is being worked on."""

from __future__ import annotations

import getpass
import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

import click

from windsock import duration, silences
from windsock.cli import alerts_live_options as options
from windsock.cli.options import common
from windsock.errors import BadInput
from windsock.remote import Alertmanager, Prometheus
from windsock.spoken import moment, relative

_SHOWN = 5
_airflow = partial(click.option, "--airflow", metavar="NAME")
_url = partial(
    click.option,
    "--alertmanager-url",
    envvar="WINDSOCK_ALERTMANAGER_URL",
    required=True,
    help="Where Alertmanager answers, e.g. http://127.0.0.1:9093; user:password@ is possible.",
)


@click.group()
def maintenance() -> None:
    """Silence the alerts of an Airflow while it is worked on; see and end that."""


@maintenance.command()
@_airflow(required=True, help="The value of the label `airflow`; exactly this one is silenced.")
@click.option(
    "--for",
    "length",
    required=True,
    callback=duration.option,
    metavar="DURATION",
    help="How long, e.g. 1h or 45m; at most 7d. It ends by itself.",
)
@click.option("--team", help="Only alerts of this team.")
@click.option("--alert", metavar="NAME", help="Only this alert, e.g. AirflowQueueStuck.")
@click.option("--dag", "dag_id", metavar="ID", help="Only alerts of this DAG.")
@click.option("--author", help="Who to ask; the user of this computer unless given.")
@click.option("--comment", default="planned work", show_default=True, help="Why; others read it.")
@_url()
@options.airflow_label
@options.prometheus_url
@common
def start(
    *,
    airflow: str,
    length: float,
    team: str | None,
    alert: str | None,
    dag_id: str | None,
    author: str | None,
    comment: str,
    alertmanager_url: str,
    airflow_label: str,
    prometheus_url: str | None,
) -> None:
    """Silence the alerts of one Airflow for a while, by an Alertmanager silence with exact matchers.

    What still fires when it ends is told then: a scheduler that is still dead pages within a group interval
    (5 minutes unless changed). Alerts of other Airflows, and the watchdog, are not touched. What was told
    before and ends meanwhile is not told as resolved: close it in the pager yourself; this command lists it.
    With --prometheus-url a name that no target has is refused.

    \b
    Example:
      windsock maintenance start --airflow prod --for 1h --comment 'upgrade to 3.1.8'
          --alertmanager-url http://127.0.0.1:9093
    """  # noqa: D301 (click reads the backspace)
    alertmanager = Alertmanager(alertmanager_url, label=airflow_label)
    if prometheus_url:
        _check_airflow(Prometheus(prometheus_url, label=airflow_label), airflow)
    given = {"airflow": airflow, "team": team, "alertname": alert, "dag_id": dag_id}
    labels = {name: value for name, value in given.items() if value is not None}
    if not all(labels.values()):
        raise BadInput("a matcher is empty: it would fit alerts without that label")
    begins = datetime.now(timezone.utc)
    before = silences.firing(alertmanager, labels)
    found = silences.start(
        alertmanager,
        labels,
        begins=begins,
        length=timedelta(seconds=length),
        author=author or _user(),
        comment=comment,
    )
    ends = begins + timedelta(seconds=length)
    click.echo(f"{found}: {_matchers(labels)} is silent until {moment(ends)}")
    if before:
        names = Counter(each["alertname"] for each in before).most_common()
        listed = ", ".join(name if count == 1 else f"{name} ({count})" for name, count in names[:_SHOWN])
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        click.echo(f"fires already: {listed}{more}; if it ends meanwhile, close it in the pager yourself")


@maintenance.command(name="list")
@_airflow(help="Only of this one.")
@_url()
@options.airflow_label
@options.form
@common
def list_(*, airflow: str | None, alertmanager_url: str, airflow_label: str, form: str) -> None:
    """Show maintenance that has not ended, the next to end first.

    \b
    Example:
      windsock maintenance list --alertmanager-url http://127.0.0.1:9093
    """  # noqa: D301 (click reads the backspace)
    now = datetime.now(timezone.utc)
    found = silences.under_way(Alertmanager(alertmanager_url, label=airflow_label), airflow)
    if form == "json":
        click.echo(json.dumps([_as_json(each) for each in found], ensure_ascii=False, indent=1))
        return
    for each in found:
        click.echo(
            f"{each.id}: {_matchers(each.labels)}: ends {relative(each.ends, now)}, {moment(each.ends)}"
        )
        click.echo(f"    {each.author}: {each.comment}")
    if not found:
        click.echo("no maintenance")


@maintenance.command()
@click.argument("silence_id", metavar="[ID]", required=False)
@_airflow(help="All maintenance of this one.")
@_url()
@options.airflow_label
@common
def end(*, silence_id: str | None, airflow: str | None, alertmanager_url: str, airflow_label: str) -> None:
    """End maintenance now; what still fires is told within a group interval. Other silences stay.

    \b
    Example:
      windsock maintenance end --airflow prod --alertmanager-url http://127.0.0.1:9093
    """  # noqa: D301 (click reads the backspace)
    if (silence_id is None) == (airflow is None):
        raise click.UsageError("which one? Give its ID (windsock maintenance list), or --airflow")
    alertmanager = Alertmanager(alertmanager_url, label=airflow_label)
    here = silences.under_way(alertmanager, airflow)
    found = [each for each in here if silence_id in {None, each.id}]
    if not found:
        known = ", ".join(each.id for each in here) or "none"
        raise BadInput(f"no such maintenance is under way (known: {known})")
    silences.end(alertmanager, found)
    for each in found:
        click.echo(f"ended {each.id}: {_matchers(each.labels)}")


def _check_airflow(prometheus: Prometheus, airflow: str) -> None:
    known = sorted(
        {labels.get("airflow", "") for labels, _ in prometheus.query("count by (airflow) (up)")} - {""}
    )
    if airflow not in known:
        raise BadInput(f"--airflow {airflow}: no target has this label (known: {', '.join(known) or 'none'})")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise BadInput("--author: this user has no name; say who to ask") from error


def _matchers(labels: Any) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(labels.items()))


def _as_json(each: silences.Silence) -> dict[str, Any]:
    return {
        "id": each.id,
        "labels": dict(each.labels),
        "begins": each.begins.isoformat(),
        "ends": each.ends.isoformat(),
        "author": each.author,
        "comment": each.comment,
        "state": each.state,
    }
