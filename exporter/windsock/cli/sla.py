"""`windsock sla`: what the SLA file promises."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import click

from windsock import sla as slas
from windsock.cli.options import common
from windsock.sla.rules import FINISH_BY, MAX_AGE, MAX_RUN_TIME, MAX_START_DELAY, SUCCESS_RATIO

_SHOWN = 3
_FARTHEST = timedelta(days=400)
_SENTENCES = {
    MAX_AGE: "the last success is never older than {}",
    MAX_RUN_TIME: "no run takes longer than {}",
    MAX_START_DELAY: "every run starts within {} of being due",
    SUCCESS_RATIO: "{} runs succeed",
}


@click.group()
def sla() -> None:
    """Check the SLA file before it wakes anybody."""


@sla.command()
@click.option(
    "--sla-file",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    envvar="WINDSOCK_SLA_FILE",
    help="SLAs: which DAG must be done when.",
)
@common
def check(*, sla_file: Path) -> None:
    """Read the file as `windsock serve` would and say in words what it promises. Needs no database.

    Example: windsock sla check --sla-file slas.yaml

    A mistake is one line with file, line, key and what is valid, and exit code 1.
    """
    found = slas.load(sla_file)
    now = datetime.now(timezone.utc)
    for entry, place in zip(found.entries, found.places, strict=True):
        click.echo(
            f"{place}: {entry.subject}: {entry.sla}: {entry.severity} to {entry.team or 'the DAG’s team'}"
        )
        for line in _words(entry, now):
            click.echo(f"    {line}")
    count = len(found.entries)
    click.echo(f"{sla_file}: {count} SLA{'' if count == 1 else 's'}, no mistake")


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
