"""`windsock statsd coverage`: what a mapping takes of what Airflow sends."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import click

from windsock.airflow_versions import VERSIONS, line_of
from windsock.cli import statsd_options
from windsock.cli.options import common
from windsock.errors import BadInput
from windsock.statsd import coverage as figures
from windsock.statsd.engine.dialect import dialect

_FEW = 20


@click.command()
@statsd_options.mapping
@click.option(
    "--airflow",
    metavar="VERSION",
    envvar="WINDSOCK_AIRFLOW",
    help=f"Compare with every line that this Airflow sends: {VERSIONS[0]} to {VERSIONS[-1]}.",
)
@click.option(
    "--lines",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="WINDSOCK_LINES",
    help="Compare with these lines instead: a file of `windsock statsd record`, or plain StatsD lines; also"
    " .gz.",
)
@click.option(
    "--prefix",
    default="airflow",
    show_default=True,
    envvar="WINDSOCK_PREFIX",
    help="Airflow's statsd_prefix.",
)
@click.option(
    "--all", "everything", is_flag=True, envvar="WINDSOCK_ALL", help=f"List more than {_FEW} of each."
)
@statsd_options.exporter
@statsd_options.without_tags
@common
def coverage(  # noqa: PLR0917 (click calls by name)
    mapping: Path,
    airflow: str | None,
    lines: Path | None,
    prefix: str,
    exporter: str,
    without_tags: tuple[str, ...],
    *,
    everything: bool,
) -> None:
    """Count what a mapping maps, drops and leaves unmapped, and list rules that take nothing.

    With --airflow, each line of the catalogue counts once; one that is unmapped only if an id holds a dot
    (a task in a task group) counts as unmapped. With --lines, each event counts as often as it came.

    Exit status 1 if something is unmapped, or a line ends statsd_exporter.

    \b
    Examples:
      windsock statsd coverage --mapping mapping.yml --airflow 3.3
      windsock statsd coverage --mapping mapping.yml --lines monday.txt
    """  # noqa: D301 (click reads the backspace)
    if (airflow is None) == (lines is None):
        raise BadInput("--airflow, --lines: give one of them, each is what the mapping is compared with")
    release = dialect(exporter)
    rules = statsd_options.rules(mapping, release)
    if lines is not None:
        rows = figures.read_lines(_read(lines))
        found = figures.of_lines(rules, rows, styles=statsd_options.styles(without_tags), dialect=release)
        what = "events"
    else:
        version = line_of(airflow or "")
        if version is None:
            raise BadInput(
                f"--airflow: no catalogue for Airflow {airflow!r} (choices: {', '.join(VERSIONS)})"
            )
        found = figures.of_catalogue(rules, prefix, version)
        what = f"lines of Airflow {version}"
    most = sys.maxsize if everything else _FEW
    click.echo(figures.as_text(found, what=what, name=str(mapping), most=most), nl=False)
    if found.fates[figures.UNMAPPED] or found.fatal:
        raise SystemExit(1)


def _read(path: Path) -> bytes:
    try:
        text = path.read_bytes()
        return gzip.decompress(text) if path.suffix == ".gz" else text
    except (OSError, EOFError) as error:
        raise BadInput(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
