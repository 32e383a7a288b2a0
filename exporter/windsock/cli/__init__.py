"""The command line: one module per command, loaded when it is called."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from windsock import __version__
from windsock.errors import BadInput

# name -> (module:attribute, the line that `windsock --help` shows)
_COMMANDS = {
    "sla": ("windsock.cli.sla:sla", "Check the SLA file and say what it promises."),
    "alerts": (
        "windsock.cli.alerts:alerts",
        "Build alerting rules and the Alertmanager configuration.",
    ),
    "maintenance": (
        "windsock.cli.maintenance:maintenance",
        "Silence the alerts of an Airflow while it is worked on.",
    ),
    "statsd": (
        "windsock.cli.statsd:statsd",
        "Print the StatsD mapping; compare it with an installed Airflow.",
    ),
    "airflow-config": (
        "windsock.cli.airflow_config:airflow_config",
        "Print Airflow's [metrics] settings for a mapping, with reasons.",
    ),
    "db": ("windsock.cli.db:db", "The metadata database: its read-only role, what is read, how it is doing."),
    "doctor": (
        "windsock.cli.doctor:doctor",
        "Look at the whole chain from here, and say what is wrong with it.",
    ),
    "dashboards": (
        "windsock.cli.dashboards:dashboards",
        "Build the Grafana dashboards.",
    ),
    "generate": (
        "windsock.cli.generate:generate",
        "Write or compare every generated file of this repository.",
    ),
    "serve": (
        "windsock.cli.serve:serve",
        "Read the metadata database; answer on /metrics and the pages.",
    ),
}


class _Lazy(click.Group):
    """Imports a command only when it is called, so that `serve` never needs what `generate` needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name][0].split(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 (a wrong table above is our own mistake)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(
    cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "WINDSOCK"}
)
@click.version_option(__version__, prog_name="windsock")
def root() -> None:
    """Windsock: metrics, SLAs, dashboards, alerts and paging for Apache Airflow."""


def main() -> None:
    """Run the command line; a user's mistake is one line on stderr and exit code 1."""
    try:
        root()
    except BadInput as error:
        click.echo(f"windsock: {error}", err=True)
        sys.exit(1)
