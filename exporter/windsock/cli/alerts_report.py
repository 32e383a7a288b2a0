"""`windsock alerts report`: how the alerts behaved."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import click

from windsock import duration
from windsock.cli import alerts_live_options as options
from windsock.cli.options import common
from windsock.remote import Prometheus
from windsock.spoken import moment

_NIGHT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def _night(_ctx: click.Context, _param: click.Parameter, value: str) -> tuple[time, time]:
    found = _NIGHT.fullmatch(value)
    if found is None:
        raise click.BadParameter(f"{value!r} are no hours; write e.g. 22:00-07:00")
    begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if begin == end:
        raise click.BadParameter(f"{value!r} is no time at all")
    return begin, end


def _zone(_ctx: click.Context, _param: click.Parameter, value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise click.BadParameter(f"{value!r} is no time zone; write e.g. Europe/Berlin or UTC") from error


@click.command(name="report")
@click.option(
    "--since",
    default="7d",
    show_default=True,
    callback=duration.option,
    help="How far back; not further than Prometheus keeps samples.",
)
@click.option(
    "--night", default="22:00-07:00", show_default=True, callback=_night, help="When nobody should be woken."
)
@click.option("--timezone", "zone", default="UTC", show_default=True, callback=_zone, help="Of --night.")
@click.option("--team", help="Only this team.")
@click.option(
    "--prometheus-url",
    envvar="WINDSOCK_PROMETHEUS_URL",
    required=True,
    help="Where Prometheus answers, e.g. http://127.0.0.1:9090; user:password@ is possible.",
)
@options.airflow_label
@options.form
@common
def command(
    *,
    since: float,
    night: tuple[time, time],
    zone: ZoneInfo,
    team: str | None,
    prometheus_url: str,
    airflow_label: str,
    form: str,
) -> None:
    """Count what fired, per team and rule: pages at night, and alerts that were gone within five minutes.

    From the samples of Prometheus's ALERTS, so it knows what fired, not who was told: what Alertmanager
    grouped (by Airflow, team and alert; an SLA by its name) counts once under `incidents`, what it inhibited
    or silenced counts as well. The watchdog and inhibitors are left out. An alert that fires at the begin of
    the time counts, but not as begun at night; a pause of up to two minutes, as at a restart of Prometheus,
    ends nothing.

    \b
    Example:
      windsock alerts report --since 7d --timezone Europe/Berlin --prometheus-url http://127.0.0.1:9090
      windsock alerts report --since 30d --team finance --format json --prometheus-url http://127.0.0.1:9090
    """  # noqa: D301 (click reads the backspace)
    from windsock_alerts.live import report  # noqa: PLC0415 (`serve` never needs the rules)

    until = datetime.now(timezone.utc)
    begin = until - timedelta(seconds=since)
    firings = report.collect(Prometheus(prometheus_url, label=airflow_label), begin, until)
    if team is not None:
        firings = [each for each in firings if each.labels.get("team") == team]
    rows = report.rows(firings, report.Night(*night, zone))
    if form == "json":
        found = {
            "since": begin.isoformat(),
            "until": until.isoformat(),
            "rows": [asdict(row) for row in rows],
        }
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    click.echo(f"{moment(begin)} to {moment(until)}")
    for line in report.table(rows) if rows else ("nothing fired",):
        click.echo(line)
