"""Options about the user's Airflow, the same in every command that asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from windsock.airflow_versions import VERSIONS
from windsock.statsd.options import PREFIX

F = TypeVar("F", bound=Callable[..., Any])

airflow_version = click.option(
    "--airflow",
    required=True,
    metavar="VERSION",
    envvar="WINDSOCK_AIRFLOW",
    help=f"Airflow's version, {VERSIONS[0]} to {VERSIONS[-1]}; a patch version such as 3.3.2 is fine too.",
)


def sending(command: F) -> F:
    """How Airflow sends StatsD: version, profile, prefix, and 2.11's units."""
    for option in (
        click.option(
            "--timer-unit-consistency",
            metavar="on|off",
            envvar="WINDSOCK_TIMER_UNIT_CONSISTENCY",
            help="2.11 alone: its [metrics] timer_unit_consistency; off, Airflow's default, sends some"
            " timers in seconds.",
        ),
        click.option(
            "--prefix",
            default=PREFIX,
            show_default=True,
            metavar="PREFIX",
            envvar="WINDSOCK_PREFIX",
            help="Airflow's [metrics] statsd_prefix.",
        ),
        click.option(
            "--profile",
            default="tags",
            show_default=True,
            metavar="PROFILE",
            envvar="WINDSOCK_PROFILE",
            help="tags: ids as InfluxDB tags ([metrics] statsd_influxdb_enabled = True), recommended."
            " dogstatsd: as DogStatsD tags (statsd_datadog_enabled = True). plain: in the name.",
        ),
        airflow_version,
    ):
        command = option(command)
    return command
