"""The printed forms of Airflow's settings: airflow.cfg, an env file, values of the official Helm chart."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from windsock.statsd.airflow_config import Target, settings
from windsock.statsd.options import PREFIX

_WIDTH = 110
_CHART = (
    "The chart itself sets statsd_on (from statsd.enabled), statsd_port 9125, statsd_prefix airflow and"
    " statsd_host (its own statsd service): they stand here only where they differ. The mapping goes into"
    " statsd.overrideMappings, the flags of statsd_exporter into statsd.args. The package"
    " windsock-statsd-names must be in the image of every component, pod templates included."
)
_ENV = (
    "For env_file of compose, docker run --env-file, EnvironmentFile of systemd or kubectl --from-env-file,"
    " which take a line as it is; a shell would want quotes."
)


def ini(target: Target) -> str:
    """A section for airflow.cfg."""
    body = "".join(f"{_comment(each.reason)}{each.name} = {each.value}\n" for each in settings(target))
    return f"{_comment(about(target))}[metrics]\n{body}"


def env(target: Target) -> str:
    """Variables, one a line, without quotes: half of those who read such files would keep them."""
    body = "".join(
        f"{_comment(each.reason)}AIRFLOW__METRICS__{each.name.upper()}={each.value}\n"
        for each in settings(target)
    )
    return _comment(about(target)) + _comment(_ENV) + body


def helm(target: Target) -> str:
    """Values for the official chart."""
    body = "".join(
        textwrap.indent(f"{_comment(each.reason)}{each.name}: '{each.value}'\n", "    ")
        for each in settings(target)
        if not each.in_chart
    )
    return f"{_comment(about(target))}{_comment(_CHART)}config:\n  metrics:\n{body}"


FORMATS: dict[str, Callable[[Target], str]] = {"ini": ini, "env": env, "helm": helm}


def about(target: Target) -> str:
    """Which mapping these settings are for, as the command that makes it."""
    chosen = target.mapping
    flags = [f"--airflow {chosen.version}", f"--profile {chosen.profile.value}"]
    if chosen.prefix != PREFIX:
        flags.append(f"--prefix {chosen.prefix}")
    if chosen.timer_unit_consistency:
        flags.append("--timer-unit-consistency on")
    return f"For the mapping of: windsock statsd mapping {' '.join(flags)}"


def _comment(text: str) -> str:
    return (
        textwrap.fill(
            " ".join(text.split()),
            width=_WIDTH,
            initial_indent="# ",
            subsequent_indent="# ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        + "\n"
    )
