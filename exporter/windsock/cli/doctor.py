"""`windsock doctor`: what is wrong anywhere between Airflow and the page, and what to do about it."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from windsock import duration
from windsock.cli import alerts_live_options as live
from windsock.cli import doctor_upgrade
from windsock.cli.options import common
from windsock.doctor import airflow_settings, finding, state, taking
from windsock.doctor.chain import Chain
from windsock.doctor.finding import Finding, Level
from windsock.doctor.run import run
from windsock.errors import BadInput
from windsock.metadb import url
from windsock.remote import Remote
from windsock.statsd.options import PREFIX, choose

F = TypeVar("F", bound=Callable[..., Any])
_FILE = click.Path(dir_okay=False, path_type=Path)
_FILE_OR_STANDARD = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
_ORDER = {subject: place for place, subject in enumerate(finding.SUBJECTS)}


def _addresses(command: F) -> F:
    for option in (
        click.option(
            "--grafana-token-file",
            type=_FILE,
            envvar="WINDSOCK_GRAFANA_TOKEN_FILE",
            help="A file with the token of a service account that may see the dashboards.",
        ),
        click.option(
            "--grafana-url", envvar="WINDSOCK_GRAFANA_URL", help="Grafana; user:password@ is possible."
        ),
        live.alertmanager_url,
        live.prometheus_url,
        click.option(
            "--windsock-url",
            envvar="WINDSOCK_WINDSOCK_URL",
            help="`windsock serve`, e.g. http://127.0.0.1:9112.",
        ),
        click.option(
            "--database-url-file",
            envvar="WINDSOCK_DATABASE_URL_FILE",
            type=_FILE,
            help="A file that holds the URL of Airflow's database, e.g. a mounted secret.",
        ),
        click.option("--database-url", envvar="WINDSOCK_DATABASE_URL", help="The URL itself."),
        click.option(
            "--statsd-url",
            envvar="WINDSOCK_STATSD_URL",
            help="The web page of statsd_exporter, e.g. http://127.0.0.1:9102.",
        ),
    ):
        command = option(command)
    return command


def _sending(command: F) -> F:
    for option in (
        click.option(
            "--timer-unit-consistency",
            metavar="on|off",
            envvar="WINDSOCK_TIMER_UNIT_CONSISTENCY",
            help="2.11 alone: its [metrics] timer_unit_consistency.",
        ),
        click.option(
            "--prefix", default=PREFIX, show_default=True, envvar="WINDSOCK_PREFIX", help="statsd_prefix."
        ),
        click.option(
            "--profile",
            default="tags",
            show_default=True,
            envvar="WINDSOCK_PROFILE",
            help="tags, dogstatsd or plain, as for `statsd mapping`.",
        ),
        click.option(
            "--airflow",
            envvar="WINDSOCK_AIRFLOW",
            metavar="VERSION",
            help="Airflow's version: which settings and which mapping are right.",
        ),
        click.option(
            "--airflow-config",
            type=_FILE,
            envvar="WINDSOCK_AIRFLOW_CONFIG",
            help="Airflow's airflow.cfg, or a file of its AIRFLOW__… variables; else those set here.",
        ),
    ):
        command = option(command)
    return command


def _before_and_after(command: F) -> F:
    for option in (
        click.option(
            "--compare",
            type=_FILE_OR_STANDARD,
            metavar="FILE",
            help="Instead of looking: what differs now from what --save wrote there; - is standard input.",
        ),
        click.option(
            "--save",
            type=_FILE_OR_STANDARD,
            metavar="FILE",
            help="Instead of looking: write which metrics, series, rules and panels there are; - prints it.",
        ),
    ):
        command = option(command)
    return command


@click.command()
@_before_and_after
@_sending
@_addresses
@live.alerts_file
@click.option("--owners-file", type=_FILE, envvar="WINDSOCK_OWNERS_FILE", help="Teams and how to reach them.")
@click.option("--name", metavar="NAME", help="Only this Airflow: the value of the label `airflow`.")
@click.option(
    "--timeout",
    callback=duration.option,
    default="20s",
    show_default=True,
    envvar="WINDSOCK_TIMEOUT",
    help="For each part of the chain; one that says nothing until then is a finding.",
)
@live.form
@common
def doctor(
    *,
    airflow: str | None,
    profile: str,
    prefix: str,
    timer_unit_consistency: str | None,
    airflow_config: Path | None,
    database_url: str | None,
    database_url_file: Path | None,
    grafana_token_file: Path | None,
    name: str | None,
    timeout: float,
    form: str,
    save: Path | None,
    compare: Path | None,
    **given: Any,
) -> None:
    """Look at every part of the chain that you give an address of, and say what to do about each finding.

    Airflow's settings, statsd_exporter, the metadata database, the exporter, Prometheus and its rules,
    Alertmanager and its routes, Grafana. Nothing is changed anywhere and nobody is called. What was not given
    is listed with the option that it needs.

    Exit code 0 if nothing is wrong, 1 with findings. Advice (`note`) is not a finding.

    Before an upgrade of Airflow or Windsock `--save` a state, afterwards `--compare` with it. Both look only
    at --airflow, --prometheus-url, --name, --alerts-file and --owners-file; --compare also asks --grafana-url
    whose panels read what is gone. Exit code 1 if something vanished or changed. With another
    --airflow, it tells before the upgrade what that version will not feed.

    \b
    Example:
      windsock doctor --airflow 3.3 --airflow-config airflow.cfg --statsd-url http://statsd-exporter:9102
      windsock doctor --database-url-file /run/secrets/windsock --windsock-url http://windsock:9112 \\
        --prometheus-url http://prometheus:9090 --alertmanager-url http://alertmanager:9093 \\
        --alerts-file alerts.yaml --owners-file owners.yaml --format json
      windsock doctor --airflow 2.11 --prometheus-url http://prometheus:9090 --save before.json
      windsock doctor --airflow 3.3 --prometheus-url http://prometheus:9090 --compare before.json
    """  # noqa: D301 (click reads the backspace)
    mapping = None
    if airflow:
        mapping = choose(
            version=airflow, profile=profile, prefix=prefix, timer_unit_consistency=timer_unit_consistency
        )
    if save or compare:
        before = state.read(compare) if compare else None
        taken = taking.take(
            alerts_file=given["alerts_file"],
            owners_file=given["owners_file"],
            airflow=mapping.version if mapping else None,
            name=name,
            prometheus_url=given["prometheus_url"],
            grafana=_grafana(given["grafana_url"], grafana_token_file, timeout) if compare else None,
            seconds=timeout,
        )
        doctor_upgrade.carry_out(taken, save=save, before=before, form=form)
    settings = (
        airflow_settings.of_file(airflow_config)
        if airflow_config
        else airflow_settings.of_environment(os.environ) or None
    )
    chain = Chain(
        airflow_settings=settings,
        mapping=mapping,
        database=(
            url.find(url=database_url, url_file=database_url_file, environ={})
            if database_url or database_url_file
            else None
        ),
        grafana_token=_token(grafana_token_file),
        airflow=name,
        wait=timeout / 2,
        **given,
    )
    looks, not_looked = chain.looks()
    if not looks:
        raise BadInput(
            "nothing to look at: give at least one of --airflow-config, --statsd-url, "
            "--database-url-file, --windsock-url, --prometheus-url, --alertmanager-url, --grafana-url"
        )
    found = [*run(looks, seconds=timeout), *not_looked]
    found.sort(key=lambda each: _ORDER[each.check.partition("/")[0]])
    if form == "json":
        click.echo(json.dumps([dataclasses.asdict(each) for each in found], indent=2))
    else:
        click.echo(_text(found))
    sys.exit(1 if any(each.level is Level.FINDING for each in found) else 0)


def _grafana(url: str | None, token_file: Path | None, wait: float) -> Remote | None:
    if url is None:
        return None
    return Remote(url, flag="--grafana-url", what="Grafana", wait=wait, token=_token(token_file))


def _token(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise BadInput(f"--grafana-token-file: {path}: cannot be read") from error


_WORDS = {Level.OK: "ok", Level.ADVICE: "note", Level.FINDING: "FINDING", Level.SKIPPED: "-"}


def _text(found: list[Finding]) -> str:
    lines = []
    for each in found:
        lines.append(f"{_WORDS[each.level]:<7}  {each.check}: {each.message}")
        if each.fix:
            lines.append(f"         -> {each.fix}")
    count = sum(each.level is Level.FINDING for each in found)
    return "\n".join(
        [*lines, "nothing is wrong" if not count else f"{count} finding{'s' if count > 1 else ''}"]
    )
