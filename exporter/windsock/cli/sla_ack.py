"""`windsock sla ack`: end a breach that no success will end."""

from __future__ import annotations

import getpass
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import click

from windsock import duration
from windsock.cli import sla_record_options as options
from windsock.cli.options import common
from windsock.errors import BadInput
from windsock.sla import Standing, acknowledgements
from windsock.sla.acknowledgement import Acknowledgement
from windsock.sla.entries import Entry
from windsock.sla.explaining import unknown_dag, unknown_sla
from windsock.sla.record import Reader
from windsock.spoken import moment

_UNLESS_SAID = "24h"
_LONGEST = timedelta(days=366)


@click.command(name="ack")
@click.argument("dag_id", metavar="DAG", required=False)
@click.option("--sla", help="Which SLA, where several of the DAG are breached.")
@click.option("--reason", help="Why; shown wherever the SLA is.")
@click.option("--for", "length", metavar="DURATION", help=f"How long it lasts; {_UNLESS_SAID} unless given.")
@click.option("--until", metavar="TIME", help="When it expires, instead of --for.")
@click.option("--list", "listing", is_flag=True, help="Print those that last still.")
@click.option("--remove", is_flag=True, help="Take it back: the breach counts again.")
@options.state_dir
@common
def command(
    *,
    dag_id: str | None,
    sla: str | None,
    reason: str | None,
    length: str | None,
    until: str | None,
    listing: bool,
    remove: bool,
    state_dir: Path | None,
) -> None:
    """Acknowledge a breach: it is not breached any more, and nobody is told of it.

    For a day that will never be made up for. It lasts until it expires or the breach ends by itself; the next
    missed deadline is a breach again. The running `windsock serve` reads it from its --state-dir within
    --fast-interval. It is recorded with your name and the reason.

    \b
    Example:
      windsock sla ack finance_daily --reason 'vendor sent nothing, no report today' --for 12h
      windsock sla ack finance_daily --reason 'migration' --until '2026-03-04 08:00 Europe/Berlin'
      windsock sla ack --list
      windsock sla ack finance_daily --remove
    """  # noqa: D301 (click reads the backspace)
    folder, now = options.folder(state_dir), datetime.now(timezone.utc).replace(microsecond=0)
    if listing:
        _list(folder, now)
        return
    if dag_id is None:
        raise click.UsageError("which DAG? Or --list")
    if remove:
        _remove(folder, dag_id, sla, now)
        return
    if reason is None or not reason.strip():
        raise click.UsageError("say why: --reason")
    end = _until(length, until, now)
    target = _target(Reader(folder), dag_id, sla)
    given = Acknowledgement(by=_user(), reason=" ".join(reason.split()), at=now, until=end)
    with acknowledgements.changing(folder, now) as all_of_them:
        all_of_them[target.sla, dag_id] = given
    click.echo(
        f"{dag_id}: {target.sla}: acknowledged until {moment(end, target.timezone)}; "
        "the next missed deadline is a breach again"
    )


def _until(length: str | None, until: str | None, now: datetime) -> datetime:
    if length is not None and until is not None:
        raise click.UsageError("give --for or --until, not both")
    if until is not None:
        end = options.moment(until, "--until")
    else:
        try:
            end = now + timedelta(seconds=duration.seconds(length or _UNLESS_SAID))
        except (ValueError, OverflowError) as error:
            raise BadInput(f"--for {length}: {error}") from error
    if not now < end <= now + _LONGEST:
        raise BadInput(f"it would expire {moment(end)}: that must lie ahead, at most {_LONGEST.days} days")
    return end.replace(microsecond=0)


def _target(reader: Reader, dag_id: str, sla: str | None) -> Entry:
    """The SLA that is breached, or was when it was acknowledged."""
    current = {entry.sla: entry for entry in reader.of_dag(dag_id) if entry.until is None}
    current = {name: entry for name, entry in current.items() if entry.standing is not None}
    if not current:
        raise unknown_dag(dag_id, reader.dag_ids())
    if sla is not None and sla not in current:
        raise unknown_sla(dag_id, sla, sorted(current))
    asked = [current[sla]] if sla is not None else list(current.values())
    broken = [each for each in asked if each.standing is Standing.BREACHED or each.acknowledged]
    if not broken:
        said = ", ".join(f"{each.sla} is {_standing(each)}" for each in asked)
        raise BadInput(f"{dag_id}: nothing to acknowledge: {said}")
    if len(broken) > 1:
        names = ", ".join(sorted(each.sla for each in broken))
        raise BadInput(f"{dag_id}: several SLAs are breached: {names}; say which with --sla")
    return broken[0]


def _standing(entry: Entry) -> str:
    return entry.standing.value.replace("_", " ") if entry.standing else "removed"


def _list(folder: Path, now: datetime) -> None:
    lasting = {key: one for key, one in acknowledgements.read(folder).items() if one.until > now}
    for (sla, dag_id), one in sorted(lasting.items(), key=lambda each: each[1].until):
        click.echo(f"{dag_id}: {sla}: by {one.by} {moment(one.at)}, until {moment(one.until)}: {one.reason}")
    if not lasting:
        click.echo("nothing is acknowledged")


def _remove(folder: Path, dag_id: str, sla: str | None, now: datetime) -> None:
    with acknowledgements.changing(folder, now) as given:
        found = [key for key in given if key[1] == dag_id and sla in {None, key[0]}]
        if not found:
            raise BadInput(f"{dag_id}: nothing of it is acknowledged; see windsock sla ack --list")
        for key in found:
            del given[key]
    for name, _ in found:
        click.echo(f"{dag_id}: {name}: not acknowledged any more")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a user without a name.
        return f"uid {os.getuid()}"
