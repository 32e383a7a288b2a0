"""`windsock alerts`: Prometheus rules and the Alertmanager configuration as files."""

from __future__ import annotations

from pathlib import Path

import click

from windsock import owners
from windsock.cli import alerts_check
from windsock.cli.options import common
from windsock.errors import BadInput

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def alerts() -> None:
    """Build alerting rules and routing from your own settings and teams."""


alerts.add_command(alerts_check.check)
alerts.add_command(alerts_check.schema)


@alerts.command()
@click.option(
    "--alerts-file",
    type=_FILE,
    envvar="WINDSOCK_ALERTS_FILE",
    help="Settings: base URLs, expected components, thresholds. Defaults without it.",
)
@click.option(
    "--owners-file",
    type=_FILE,
    required=True,
    envvar="WINDSOCK_OWNERS_FILE",
    help="Teams and how to reach them; receivers.default.page is the least it needs.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    envvar="WINDSOCK_OUT",
    help="Folder for windsock-*.rules.yaml and alertmanager.yaml; made if it is missing.",
)
@click.option(
    "--time-factor",
    type=click.FloatRange(min=1, max=60),
    default=1.0,
    show_default=True,
    envvar="WINDSOCK_TIME_FACTOR",
    help="Divides every hold, grace and time threshold, for demos and tests.",
)
@common
def build(*, alerts_file: Path | None, owners_file: Path, out: Path, time_factor: float) -> None:
    """Write the rule files for Prometheus and alertmanager.yaml for Alertmanager.

    Example: windsock alerts build --alerts-file alerts.yaml --owners-file owners.yaml --out out/

    Then point `rule_files` of Prometheus at out/*.rules.yaml and start Alertmanager with
    --config.file=out/alertmanager.yaml. Scrape windsock every 15 s: a heartbeat older than 45 s is silence.
    """
    from windsock_alerts import build as built  # noqa: PLC0415 (`serve` never needs the rules)

    settings = built.read_settings(alerts_file).divided(time_factor)
    files = built.files(settings, owners.read(owners_file), owners_file=str(owners_file))
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (out / name).write_text(text, encoding="utf-8")
            click.echo(f"wrote {out / name}")
    except OSError as error:
        raise BadInput(f"--out: {error.filename}: {error.strerror}") from error
