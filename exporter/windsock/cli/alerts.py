"""`windsock alerts`: Prometheus rules and the Alertmanager configuration as files, and what they will do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import click

from windsock import owners
from windsock.cli import alerts_check, alerts_explain, alerts_report, alerts_route, alerts_test
from windsock.cli.options import common
from windsock.errors import BadInput

# Names and values as Kubernetes takes them.
_OBJECT_LABEL = re.compile(
    r"([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?=([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?",
    re.ASCII,
)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def alerts() -> None:
    """Build alerting rules and routing from your own settings and teams, and try them."""


alerts.add_command(alerts_check.check)
alerts.add_command(alerts_check.schema)
alerts.add_command(alerts_route.command)
alerts.add_command(alerts_test.command)
alerts.add_command(alerts_explain.command)
alerts.add_command(alerts_report.command)


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
    "--format",
    "formats",
    type=click.Choice(
        [
            "rules",
            "prometheusrule",
            "mimir",
            "alertmanager",
            "alertmanager-fragment",
            "alertmanagerconfig",
        ]
    ),
    multiple=True,
    envvar="WINDSOCK_FORMAT",
    default=("rules", "alertmanager"),
    show_default=True,
    help="What to write; may be given several times. What each is for: docs/existing.md.",
)
@click.option(
    "--into",
    type=_FILE,
    envvar="WINDSOCK_INTO",
    help="With alertmanager-fragment: merge it into this Alertmanager configuration of others, and write "
    "alertmanager-merged.yaml. Their lines stay as they are.",
)
@click.option("--namespace", envvar="WINDSOCK_NAMESPACE", help="Of Kubernetes objects; else kubectl's.")
@click.option(
    "--object-label",
    "object_labels",
    multiple=True,
    metavar="NAME=VALUE",
    envvar="WINDSOCK_OBJECT_LABEL",
    help="Label of Kubernetes objects by which the operator selects them, e.g. release=monitoring.",
)
@click.option(
    "--shadow",
    is_flag=True,
    envvar="WINDSOCK_SHADOW",
    help="The same rules and routes, but nothing leaves: receivers without an address.",
)
@click.option(
    "--demo",
    is_flag=True,
    envvar="WINDSOCK_DEMO",
    help="Links and receivers may lead to this machine itself.",
)
@click.option(
    "--prometheus-url",
    envvar="WINDSOCK_PROMETHEUS_URL",
    help="Ask airflow_dag_info there whose owners no team names.",
)
@click.option(
    "--database-url",
    envvar="WINDSOCK_DATABASE_URL",
    help="Ask Airflow's database instead: sql_alchemy_conn, unchanged; read-only.",
)
@click.option(
    "--database-url-file",
    envvar="WINDSOCK_DATABASE_URL_FILE",
    type=_FILE,
    help="A file that holds the URL, e.g. a mounted secret.",
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
def build(
    *,
    alerts_file: Path | None,
    owners_file: Path,
    out: Path,
    formats: tuple[str, ...],
    into: Path | None,
    namespace: str | None,
    object_labels: tuple[str, ...],
    shadow: bool,
    demo: bool,
    prometheus_url: str | None,
    database_url: str | None,
    database_url_file: Path | None,
    time_factor: float,
) -> None:
    """Write the rule files for Prometheus and alertmanager.yaml for Alertmanager, or other forms of them.

    Then point `rule_files` of Prometheus at out/*.rules.yaml and start Alertmanager with
    --config.file=out/alertmanager.yaml. Scrape windsock every 15 s: a heartbeat older than 45 s is silence.

    A mistake in a file is one line with file, line, key and what is valid, exit code 1, and nothing is
    written. With a Prometheus or a database it also tells which owners of DAGs no team names, so that their
    alerts go to default: a warning, not a mistake.

    With --shadow you can run the rules beside the alerts that you have: Alertmanager groups and routes as it
    would and shows it on its page, `windsock alerts report` counts, and nobody is called.

    \b
    Example:
      windsock alerts build --alerts-file alerts.yaml --owners-file owners.yaml --out out/
      windsock alerts build --owners-file owners.yaml --out out/ --prometheus-url http://prometheus:9090
      windsock alerts build --alerts-file alerts.yaml --owners-file owners.yaml --out out/ \\
        --format prometheusrule --format alertmanager-fragment --into their-alertmanager.yaml
    """  # noqa: D301 (click reads the backspace)
    from windsock_alerts import build as built  # noqa: PLC0415 (`serve` never needs the rules)
    from windsock_alerts import reachable  # noqa: PLC0415
    from windsock_alerts.formats import files as forms  # noqa: PLC0415
    from windsock_alerts.formats.manifest import Place  # noqa: PLC0415

    if into and "alertmanager-fragment" not in formats:
        raise click.UsageError("--into needs --format alertmanager-fragment")
    teams = owners.read(owners_file)
    source = forms.Source(
        settings=built.read_settings(alerts_file).divided(time_factor),
        owners=teams,
        alerts_file=str(alerts_file or "--alerts-file"),
        owners_file=str(owners_file),
        place=Place(namespace=namespace, labels=_pairs(object_labels)),
        into=into,
        demo=demo,
        shadow=shadow,
    )
    files = forms.files(formats, source)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (out / name).write_text(text, encoding="utf-8")
            click.echo(f"wrote {out / name}")
    except OSError as error:
        raise BadInput(f"--out: {error.filename}: {error.strerror}") from error
    for line in forms.warnings(formats, source):
        click.echo(f"warning: {line}", err=True)
    _warn(owners_file, () if shadow else reachable.silent(teams))
    _warn(
        owners_file,
        _unknown_owners(
            teams, source.settings.airflow_label, prometheus_url, database_url, database_url_file
        ),
    )


def _pairs(texts: tuple[str, ...]) -> dict[str, str]:
    for text in texts:
        if not _OBJECT_LABEL.fullmatch(text):
            raise BadInput(f"--object-label {text}: expected NAME=VALUE, e.g. release=kube-prometheus-stack")
    return dict(text.split("=", 1) for text in texts)


def _unknown_owners(
    teams: owners.Owners,
    label: str,
    prometheus_url: str | None,
    database_url: str | None,
    database_url_file: Path | None,
) -> list[str]:
    if not (prometheus_url or database_url or database_url_file):
        return []
    from windsock.cli import alerts_owners  # noqa: PLC0415 (nor what reads the database)
    from windsock.unknown_owners import unknown_owners  # noqa: PLC0415

    try:
        if prometheus_url:
            seen = alerts_owners.of_prometheus(prometheus_url, label)
        else:
            seen = alerts_owners.of_database(database_url, database_url_file, teams)
    except BadInput as error:
        # The files are right all the same.
        return [f"whether it names all owners is not known: {error}"]
    found = unknown_owners(teams, seen)
    return [f"no team for these owners, so their DAGs go to default: {'; '.join(found)}"] if found else []


def _warn(owners_file: Path, warnings: Iterable[str]) -> None:
    for line in warnings:
        click.echo(f"warning: {owners_file}: {line}", err=True)
