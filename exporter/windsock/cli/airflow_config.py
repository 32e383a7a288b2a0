"""`windsock airflow-config`: the `[metrics]` settings of Airflow that fit a mapping."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

import click

from windsock.airflow_versions import VERSIONS
from windsock.cli.options import common
from windsock.errors import BadInput
from windsock.statsd.airflow_config import HOST, PORT, PREFIX, Options
from windsock.statsd.config_formats import FORMATS
from windsock.statsd.options import choose

T = TypeVar("T")
_ON_OFF = {"on": True, "off": False}


@click.command("airflow-config")
@click.option(
    "--airflow",
    required=True,
    metavar="VERSION",
    envvar="WINDSOCK_AIRFLOW",
    help=f"Airflow's version: {', '.join(VERSIONS)}; a patch version such as 3.3.2 is fine too.",
)
@click.option(
    "--profile",
    default="tags",
    show_default=True,
    metavar="PROFILE",
    envvar="WINDSOCK_PROFILE",
    help="The profile of the mapping: tags (recommended), dogstatsd or plain.",
)
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
    "--prefix",
    default=PREFIX,
    show_default=True,
    envvar="WINDSOCK_PREFIX",
    help="Airflow's statsd_prefix; the mapping must be made with the same.",
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
@click.option(
    "--timer-unit-consistency",
    "consistency",
    default="off",
    show_default=True,
    metavar="on|off",
    envvar="WINDSOCK_TIMER_UNIT_CONSISTENCY",
    help="2.11 only: on sends all timers in milliseconds; the mapping must be made with the same.",
)
@common
def airflow_config(  # noqa: PLR0917 (click passes them by name)
    airflow: str, profile: str, form: str, prefix: str, host: str | None, port: int, consistency: str
) -> None:
    """Print Airflow's [metrics] settings for a mapping, with the reason for each.

    \b
    Examples:
      windsock airflow-config --airflow 3.3 >> airflow.cfg
      windsock airflow-config --airflow 2.11 --format env --host 10.0.0.7 > metrics.env
      windsock airflow-config --airflow 3.3 --format helm > metrics-values.yaml
    """  # noqa: D301 (click reads the backspace)
    chosen = choose(version=airflow, profile=profile)
    render = _one_of("--format", form, FORMATS)
    options = Options(
        version=chosen.version,
        profile=chosen.profile,
        prefix=_word("--prefix", prefix, "airflow"),
        host=_word("--host", host or HOST, "10.0.0.7") if host or form != "helm" else None,
        port=port,
        timer_unit_consistency=_one_of("--timer-unit-consistency", consistency, _ON_OFF),
    )
    click.echo(render(options), nl=False)


def _one_of(flag: str, value: str, known: Mapping[str, T]) -> T:
    if value not in known:
        raise BadInput(f"{flag}: no such choice {value!r} (choices: {', '.join(known)})")
    return known[value]


def _word(flag: str, value: str, example: str) -> str:
    """What needs no quotes in any of the formats."""
    if not re.fullmatch(r"[A-Za-z0-9_.:-]+", value):
        raise BadInput(f"{flag}: {value!r}: only letters, digits, `_`, `-`, `.`, `:` (e.g. {example})")
    return value
