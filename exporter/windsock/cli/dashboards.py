"""`windsock dashboards`: Grafana's dashboards as files."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from windsock.cli.options import common
from windsock.errors import BadInput


@click.group()
def dashboards() -> None:
    """Build and compare the Grafana dashboards. Needs `pip install 'windsock[dashboards]'`."""


@dashboards.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    envvar="WINDSOCK_OUT",
    help="Folder for the files, one per dashboard, named by its uid; made if it is missing.",
)
@click.option(
    "--format",
    "wanted",
    type=click.Choice(["json", "configmap"]),
    default="json",
    show_default=True,
    envvar="WINDSOCK_FORMAT",
    help="`json` for file provisioning and the API, `configmap` for the sidecar of Grafana's Helm chart.",
)
@click.option(
    "--only",
    multiple=True,
    envvar="WINDSOCK_ONLY",
    metavar="NAME",
    help="Just this dashboard, by its uid with or without `windsock-`. Give it again for more. Default: all.",
)
@click.option(
    "--own",
    multiple=True,
    type=click.Path(path_type=Path),
    envvar="WINDSOCK_OWN",
    metavar="FILE.py",
    help="Also your own: a Python file with `board(scope)`. See docs/dashboards.md. Give it again for more.",
)
@click.option(
    "--folder",
    default="",
    envvar="WINDSOCK_FOLDER",
    help="Grafana's folder: with `json` one below --out, with `configmap` the annotation grafana_folder.",
)
@click.option(
    "--sidecar-label",
    default="grafana_dashboard=1",
    show_default=True,
    envvar="WINDSOCK_SIDECAR_LABEL",
    metavar="NAME=VALUE",
    help="By which the sidecar finds ConfigMaps.",
)
@click.option("--namespace", default="", envvar="WINDSOCK_NAMESPACE", help="Of the ConfigMaps.")
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
@click.option(
    "--alerts-file",
    type=click.Path(path_type=Path),
    envvar="WINDSOCK_ALERTS_FILE",
    help="Your alerts.yaml: panels draw its thresholds instead of the defaults.",
)
@common
def build(
    *,
    out: Path,
    wanted: str,
    only: tuple[str, ...],
    own: tuple[Path, ...],
    folder: str,
    sidecar_label: str,
    namespace: str,
    label: str,
    datasource: str,
    windsock_url: str,
    alerts_file: Path | None,
) -> None:
    r"""Write every dashboard, or those that you choose, for your own Grafana.

    \b
    Examples:
      windsock dashboards build --out grafana/ --windsock-url https://windsock.example.org
      windsock dashboards build --out maps/ --format configmap --folder Airflow --namespace monitoring
      windsock dashboards build --out grafana/ --only late --only dag --own my_team.py
    """
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", label):
        raise BadInput(f"--label: {label!r} is not a Prometheus label name, such as `airflow` or `cluster`")
    if not re.match(r"https?://[^/]+", windsock_url):
        raise BadInput(f"--windsock-url: {windsock_url!r} is not a URL that starts with http:// or https://")
    try:
        from windsock_alerts.build import read_settings  # noqa: PLC0415 (as the next)
        from windsock_dashboards import build as built  # noqa: PLC0415 (only this command needs grafanalib)
        from windsock_dashboards import deliver  # noqa: PLC0415
        from windsock_dashboards import own as mine  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise BadInput(f"{error.name} is missing: pip install 'windsock[dashboards]'") from error
    delivery = deliver.Delivery(folder=folder, sidecar_label=sidecar_label, namespace=namespace)
    settings = built.Settings(
        label=label,
        datasource=datasource,
        windsock_url=windsock_url.rstrip("/"),
        alerts=read_settings(alerts_file),
    )
    made = built.boards(settings, only=only, own=[mine.load(path) for path in own])
    try:
        for file in deliver.FORMATS[wanted](made, delivery):
            path = out / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text, encoding="utf-8")
            click.echo(f"wrote {path}")
    except OSError as error:
        raise BadInput(f"--out: {error.filename}: cannot be written: {error.strerror}") from error


@dashboards.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@common
def diff(*, before: Path, after: Path) -> None:
    r"""Say in words what differs between two built sets, or two files: BEFORE and AFTER.

    Panels added, removed and moved, queries, thresholds, units, variables. Which version of Windsock made
    them does not count. Exit 1 if anything differs.

    \b
    Example:
      windsock dashboards diff /var/lib/grafana/dashboards new/
    """
    from windsock_dashboards import compare  # noqa: PLC0415 (`serve` never needs it)

    found = compare.changes(compare.read(before), compare.read(after))
    for change in found:
        click.echo(f"{change.title} ({change.uid})")
        for sentence in change.sentences:
            click.echo(f"  - {sentence}")
    if not found:
        click.echo("no differences")
    sys.exit(1 if found else 0)
