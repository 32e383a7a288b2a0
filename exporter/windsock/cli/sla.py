"""`windsock sla`: what the SLA file promises."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import click

from windsock import owners
from windsock import sla as slas
from windsock.cli import sla_ack, sla_backtest, sla_explain, sla_suggest
from windsock.cli.looking import look
from windsock.cli.options import common
from windsock.metadb import url
from windsock.sla import schema
from windsock.sla.rules import FINISH_BY, MAX_AGE, MAX_RUN_TIME, MAX_START_DELAY, SUCCESS_RATIO
from windsock.view import View

_SHOWN = 3
_FARTHEST = timedelta(days=400)
_FILE = click.Path(dir_okay=False, path_type=Path)
_SENTENCES = {
    MAX_AGE: "the last success is never older than {}",
    MAX_RUN_TIME: "no run takes longer than {}",
    MAX_START_DELAY: "every run starts within {} of being due",
    SUCCESS_RATIO: "{} runs succeed",
}


@click.group()
def sla() -> None:
    """Check the SLA file before it wakes anybody, and help to write it."""


sla.add_command(sla_suggest.command)
sla.add_command(sla_explain.command)
sla.add_command(sla_ack.command)
sla.add_command(sla_backtest.command)


@sla.command()
@click.argument("file", type=_FILE, required=False)
@click.option("--sla-file", type=_FILE, envvar="WINDSOCK_SLA_FILE", help="The same as FILE.")
@click.option(
    "--database-url",
    envvar="WINDSOCK_DATABASE_URL",
    help="Look also at the DAGs: Airflow's sql_alchemy_conn, unchanged; read-only.",
)
@click.option(
    "--database-url-file",
    envvar="WINDSOCK_DATABASE_URL_FILE",
    type=_FILE,
    help="A file that holds the URL, e.g. a mounted secret.",
)
@click.option(
    "--owners-file",
    envvar="WINDSOCK_OWNERS_FILE",
    type=_FILE,
    help="Which DAG belongs to which team, for entries with of_team.",
)
@common
def check(
    *,
    file: Path | None,
    sla_file: Path | None,
    database_url: str | None,
    database_url_file: Path | None,
    owners_file: Path | None,
) -> None:
    """Read the file as `windsock serve` would and say in words what it promises.

    A mistake is one line with file, line, key and what is valid, and exit code 1. With a database it looks at
    the DAGs too: DAGs that do not exist or are paused, patterns that match nothing, promises that the DAG's
    schedule cannot keep, and DAG tags that look like an SLA and are none are one line each, and exit code 1.
    `windsock serve` shows these on the board and works all the same.

    \b
    Example:
      windsock sla check slas.yaml
      windsock sla check slas.yaml --database-url-file /run/secrets/windsock --owners-file owners.yaml
    """  # noqa: D301 (click reads the backspace)
    path = file or sla_file
    if path is None:
        raise click.UsageError("which file? Give FILE, --sla-file or WINDSOCK_SLA_FILE")
    found = slas.load(path)
    teams = owners.read(owners_file)
    now = datetime.now(timezone.utc)
    for entry, place in zip(found.entries, found.places, strict=True):
        team = entry.team or "the DAG’s team"
        click.echo(f"{place}: {entry.subject}: {entry.sla}: {entry.severity} to {team}")
        for line in _words(entry, now):
            click.echo(f"    {line}")
    count = len(found.entries)
    total = f"{path}: {count} SLA{'' if count == 1 else 's'}"
    if not database_url and database_url_file is None:
        click.echo(f"{total}, no mistake")
        return
    address = url.find(url=database_url, url_file=database_url_file, environ=os.environ)
    warnings = list(_warnings(look(address, found, teams)))
    for line in warnings:
        click.echo(line)
    click.echo(f"{total}, {len(warnings) or 'nothing'} to look at")
    sys.exit(1 if warnings else 0)


@sla.command(name="schema")
@common
def print_schema() -> None:
    """Print the JSON Schema of the SLA file, for an editor that completes and checks what you write.

    \b
    Example:
      windsock sla schema > slas.schema.json
      and in the first line of slas.yaml: # yaml-language-server: $schema=slas.schema.json
    """  # noqa: D301 (click reads the backspace)
    click.echo(schema.render(), nl=False)


def _warnings(view: View) -> Iterator[str]:
    for status in view.statuses:
        if status.problem is not None:
            yield f"{status.place}: {status.dag_id}: {status.sla}: {status.problem.value}: {status.warning}"
    for wrong in view.wrong_tags:
        yield f"tag {wrong.tag}: {wrong.dag_id}: tag: {wrong.why}"


def _words(entry: slas.Sla, now: datetime) -> list[str]:
    grace = f", {entry.grace} of grace" if entry.grace else ""
    if entry.kind != FINISH_BY:
        return [_SENTENCES[entry.kind].format(getattr(entry, entry.kind)) + grace]
    days = " ".join(entry.days) if entry.days else "each day on which its schedule has a due run"
    off = f", not on holidays of {', '.join(entry.holidays)}" if entry.holidays else ""
    clock, moment = entry.clock, now
    shown: list[str] = []
    while len(shown) < _SHOWN and moment < now + _FARTHEST:
        moment = clock.after(moment)
        if not clock.is_holiday(moment):
            shown.append(f"{moment.astimezone(clock.zone):%a %Y-%m-%d %H:%M} ({moment:%a %H:%M} UTC)")
    lead = "next deadlines: " if entry.days else "next possible deadlines: "
    return [f"done by {entry.deadline_text}, {days}{off}{grace}", lead + (", ".join(shown) or "none")]
