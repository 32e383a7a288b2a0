"""`windsock dashboards`: Grafana's dashboards as files."""

from __future__ import annotations

import re
from pathlib import Path

import click

from windsock.cli.options import common
from windsock.errors import BadInput


@click.group()
def dashboards() -> None:
    """Build the Grafana dashboards. Needs `pip install 'windsock[dashboards]'`."""


@dashboards.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    envvar="WINDSOCK_OUT",
    help="Folder for the files, one per dashboard, named by its uid; made if it is missing.",
)
@click.option(
    "--label",
    default="airflow",
    show_default=True,
    envvar="WINDSOCK_LABEL",
    help="Target label of your scrape jobs that names the Airflow.",
)
@click.option(
    "--datasource",
    default="",
    envvar="WINDSOCK_DATASOURCE",
    help="Uid of the Prometheus data source that is chosen at first; Grafana's default one without it.",
)
@click.option(
    "--windsock-url",
    default="http://127.0.0.1:9112",
    show_default=True,
    envvar="WINDSOCK_WINDSOCK_URL",
    help="Where readers' browsers reach `windsock serve`; links to runs and the status board use it.",
)
@common
def build(*, out: Path, label: str, datasource: str, windsock_url: str) -> None:
    """Write every dashboard as classic JSON, for file provisioning, the API or a ConfigMap.

    Example: windsock dashboards build --out grafana/ --windsock-url https://windsock.example.org
    """
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", label):
        raise BadInput(f"--label: {label!r} is not a Prometheus label name, such as `airflow` or `cluster`")
    if not re.match(r"https?://[^/]+", windsock_url):
        raise BadInput(f"--windsock-url: {windsock_url!r} is not a URL that starts with http:// or https://")
    try:
        from windsock_dashboards import build as built  # noqa: PLC0415 (only this command needs grafanalib)
    except ModuleNotFoundError as error:
        raise BadInput(f"{error.name} is missing: pip install 'windsock[dashboards]'") from error
    settings = built.Settings(label=label, datasource=datasource, windsock_url=windsock_url.rstrip("/"))
    try:
        out.mkdir(parents=True, exist_ok=True)
        for dashboard in built.boards(settings):
            path = out / f"{dashboard['uid']}.json"
            path.write_text(built.text(dashboard), encoding="utf-8")
            click.echo(f"wrote {path}")
    except OSError as error:
        raise BadInput(f"--out: {error.filename}: cannot be written: {error.strerror}") from error
