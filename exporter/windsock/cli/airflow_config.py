"""`windsock airflow-config`: the `[metrics]` settings of Airflow that fit a mapping."""

from __future__ import annotations

import re

import click

from windsock.cli.airflow_options import sending
from windsock.cli.options import common
from windsock.errors import BadInput
from windsock.statsd.airflow_config import HOST, PORT, Target
from windsock.statsd.config_formats import FORMATS
from windsock.statsd.options import choose


@click.command("airflow-config")
@sending
@click.option(
    "--format",
    "form",
    default="ini",
    show_default=True,
    metavar="FORMAT",
    envvar="WINDSOCK_FORMAT",
    help="ini: a section of airflow.cfg. env: a file of variables. helm: values of the official chart.",
)
@click.option(
    "--host",
    envvar="WINDSOCK_HOST",
    help=f"Where statsd_exporter listens.  [default: {HOST}; with helm the chart's own]",
)
@click.option(
    "--port",
    default=PORT,
    show_default=True,
    type=click.IntRange(1, 65535),
    envvar="WINDSOCK_PORT",
    help="Its UDP port.",
)
@common
def airflow_config(  # noqa: PLR0917 (click passes them by name)
    airflow: str,
    profile: str,
    form: str,
    prefix: str,
    host: str | None,
    port: int,
    timer_unit_consistency: str | None,
) -> None:
    """Print Airflow's [metrics] settings for a mapping, with the reason for each.

    \b
    Examples:
      windsock airflow-config --airflow 3.3 >> airflow.cfg
      windsock airflow-config --airflow 2.11 --format env --host 10.0.0.7 > metrics.env
      windsock airflow-config --airflow 3.3 --format helm > metrics-values.yaml
    """  # noqa: D301 (click reads the backspace)
    if form not in FORMATS:
        raise BadInput(f"--format: no format {form!r} (choices: {', '.join(FORMATS)})")
    chosen = choose(
        version=airflow, profile=profile, prefix=prefix, timer_unit_consistency=timer_unit_consistency
    )
    # What needs no quotes in any of the formats.
    if host is not None and not re.fullmatch(r"[A-Za-z0-9_.:-]+", host):
        raise BadInput(f"--host: {host!r} is neither a name nor an address (such as {HOST} or 10.0.0.7)")
    target = Target(mapping=chosen, host=host or (None if form == "helm" else HOST), port=port)
    click.echo(FORMATS[form](target), nl=False)
