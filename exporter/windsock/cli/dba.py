"""`windsock db explain` and `windsock db check`."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import click

from windsock import duration
from windsock.cli.database_options import Addresses, database
from windsock.cli.options import common
from windsock.collect.collector import Collector, Context, Tier
from windsock.collect.default import COLLECTORS, wanted
from windsock.dba.account import Cost, account
from windsock.dba.check import Finding, check
from windsock.errors import BadInput
from windsock.metadb.source import Source
from windsock.metadb.trouble import ReadError
from windsock.state import State

_FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the result is written.",
)


@click.command()
@database
@click.option("--no-run", is_flag=True, help="Only plan; read nothing.")
@click.option(
    "--collector",
    "names",
    multiple=True,
    metavar="NAME",
    help="This collector alone, with the SQL of its statements; may be given several times.",
)
@_FORMAT
@common
def explain(*, addresses: Addresses, no_run: bool, names: tuple[str, ...], form: str) -> None:
    """Say what `windsock serve` does to this database: each statement, its SQL, plan and time.

    Every collector runs once, read-only and within its timeout, as at the start of `windsock serve`; later
    runs read less, where a collector remembers what it knows. `cost` and `expected` are the planner's.

    \b
    Example:
      windsock db explain --database-url-file /run/secrets/windsock
      windsock db explain --collector tasks --no-run
    """  # noqa: D301 (click reads the backspace)
    kinds = _kinds(names)
    # In the order of `serve`: some collectors ask for what another one has just read.
    source = _open(addresses)
    try:
        found = account(source, _collectors(kinds), run=not no_run)
    except ReadError as error:
        raise BadInput(f"{addresses.primary}: {error}") from error
    finally:
        source.close()
    if form == "json":
        click.echo(json.dumps([_json(each) for each in found], indent=2))
        return
    click.echo(_table(found))
    for each in found if names else ():
        click.echo(f"\n-- {each.collector}: {each.statement}\n{each.sql};")


@click.command("check")
@database
@click.option(
    "--keep",
    callback=duration.option,
    default="90d",
    show_default=True,
    help="How long Airflow's rows are worth keeping.",
)
@_FORMAT
@common
def check_database(*, addresses: Addresses, keep: float, form: str) -> None:
    """Look at privileges, schema, indexes, limits, sizes and old rows; say what to do about each finding.

    Exit code 0 if all is well, 1 if there is a finding.

    \b
    Example:
      windsock db check --database-url-file /run/secrets/windsock --keep 30d
    """  # noqa: D301 (click reads the backspace)
    source = _open(addresses)
    try:
        found = tuple(check(source, _collectors(COLLECTORS), keep=timedelta(seconds=keep)))
    except ReadError as error:
        raise BadInput(f"{addresses.primary}: {error}") from error
    finally:
        source.close()
    if form == "json":
        click.echo(json.dumps([dataclasses.asdict(each) for each in found], indent=2))
    else:
        for each in found:
            click.echo(_line(each))
    sys.exit(0 if all(each.ok for each in found) else 1)


def _open(addresses: Addresses) -> Source:
    primary, replica = addresses.open()
    return Source(primary, wanted(), replica, lenient=True)


def _kinds(names: Sequence[str]) -> tuple[type[Collector[Any]], ...]:
    known = {kind.name: kind for kind in COLLECTORS}
    if unknown := sorted(set(names) - set(known)):
        raise BadInput(f"--collector: {unknown[0]!r} is not known (choices: {', '.join(sorted(known))})")
    return tuple(kind for name, kind in known.items() if not names or name in names)


def _collectors(kinds: Iterable[type[Collector[Any]]]) -> tuple[Collector[Any], ...]:
    context = Context(state=State(None))
    return tuple(kind(context) for kind in kinds)


def _line(finding: Finding) -> str:
    text = f"{'ok     ' if finding.ok else 'FINDING'}  {finding.subject}: {finding.message}"
    return text if finding.ok else f"{text}\n         -> {finding.fix}"


def _table(found: Sequence[Cost]) -> str:
    head = ("collector", "tier", "statement", "cost", "expected", "times", "rows", "ms")
    rows = [head, *(_row(each) for each in found)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(head))]
    # Words to the left, numbers to the right.
    lines = [
        "  ".join(
            cell.ljust(width) if index < 3 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    for each, number in zip(found, range(1, len(lines)), strict=True):
        if each.problem:
            lines[number] += f"  not run: {each.problem}" if each.ran is None else f"  {each.problem}"
    for tier in Tier:
        seconds = sum(each.ran.seconds for each in found if each.ran and each.tier is tier)
        lines.append(f"{tier.value} tier, read once: {seconds * 1000:.1f} ms")
    return "\n".join(lines)


def _row(each: Cost) -> tuple[str, ...]:
    ran = each.ran
    return (
        each.collector,
        each.tier.value + (" (replica)" if each.replica else ""),
        each.statement,
        "-" if each.cost is None else f"{each.cost:.1f}",
        "-" if each.expected is None else str(each.expected),
        "-" if ran is None else str(ran.times),
        "-" if ran is None else str(ran.rows),
        "-" if ran is None else f"{ran.seconds * 1000:.1f}",
    )


def _json(each: Cost) -> dict[str, Any]:
    found = dataclasses.asdict(each)
    del found["ran"]
    ran = each.ran
    return {
        **found,
        "tier": each.tier.value,
        "parameters": None if ran is None else {key: _plain(value) for key, value in ran.parameters.items()},
        "times": None if ran is None else ran.times,
        "rows": None if ran is None else ran.rows,
        "seconds": None if ran is None else round(ran.seconds, 6),
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
