"""`windsock statsd`: what Airflow sends over StatsD, and how statsd_exporter takes it."""

from __future__ import annotations

from pathlib import Path

import click

from windsock.cli.options import common
from windsock.errors import BadInput
from windsock.statsd.mapping import choose, render


@click.group()
def statsd() -> None:
    """Mapping of Airflow's StatsD lines to Prometheus metrics."""


@statsd.command()
@click.option(
    "--airflow",
    required=True,
    metavar="VERSION",
    envvar="WINDSOCK_AIRFLOW",
    help="Airflow's version: 2.11 or 3.3; a patch version such as 3.3.2 is fine too.",
)
@click.option(
    "--profile",
    default="tags",
    show_default=True,
    metavar="PROFILE",
    envvar="WINDSOCK_PROFILE",
    help="tags: Airflow sends InfluxDB tags ([metrics] statsd_influxdb_enabled = True). plain: it does not.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="WINDSOCK_OUT",
    help="File to write, instead of stdout.",
)
@common
def mapping(airflow: str, profile: str, out: Path | None) -> None:
    """Print the mapping file for statsd_exporter.

    \b
    Example:
      windsock statsd mapping --airflow 3.3 --profile tags --out mapping.yml
    """  # noqa: D301 (click reads the backspace)
    text = render(*choose(airflow, profile))
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"--out: {out} cannot be written: {error.strerror}") from error
