"""Values for Airflow's official chart: our mapping in its statsd_exporter, and Airflow's settings for it."""

from __future__ import annotations

from windsock.artifact import HEADER
from windsock.statsd import config_formats, mapping
from windsock.statsd.airflow_config import Target
from windsock.statsd.options import Options

_NEXT = "# The mapping and the flags of the chart's own statsd_exporter.\n"
_INSTEAD = """\
# The chart's own statsd_exporter is off; Airflow sends to that of deploy/kubernetes.
statsd:
  enabled: false
"""


def with_the_charts_exporter(version: str) -> str:
    """The whole values file."""
    options = Options(version=version)
    settings = config_formats.helm(Target(mapping=options, host=None))
    return HEADER + settings + _NEXT + mapping.render_helm(options).removeprefix(HEADER)


def with_our_exporter(version: str, host: str) -> str:
    """Values for the statsd_exporter beside windsock.

    Args:
        version: of Airflow.
        host: address of its Service.
    """
    settings = config_formats.helm(Target(mapping=Options(version=version), host=host))
    # Off, the chart would also say that there is no StatsD.
    return HEADER + settings + "    statsd_on: 'True'\n" + _INSTEAD
