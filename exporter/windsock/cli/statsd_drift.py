"""`windsock statsd drift`: does an installed Airflow send something that the mapping does not know?"""

from __future__ import annotations

from pathlib import Path

import click

from windsock.airflow_versions import VERSIONS, line_of
from windsock.cli.options import common
from windsock.errors import BadInput
from windsock.statsd.drift.installation import Installation, at_python, at_site_packages
from windsock.statsd.drift.report import as_json, as_text, look

_FORMATS = {"text": as_text, "json": as_json}


@click.command()
@click.option(
    "--python",
    type=click.Path(path_type=Path),
    envvar="WINDSOCK_PYTHON",
    help="The Python that runs Airflow, in its virtual environment. Neither is started.",
)
@click.option(
    "--site-packages",
    type=click.Path(path_type=Path),
    envvar="WINDSOCK_SITE_PACKAGES",
    help="Instead of --python: the folder that holds `airflow/`; also what `pip install --target` filled.",
)
@click.option(
    "--airflow",
    metavar="VERSION",
    envvar="WINDSOCK_AIRFLOW",
    help=f"Compare with this line of the catalogue, {VERSIONS[0]} to {VERSIONS[-1]}, instead of the"
    " installation's own: what changes for the mapping if Airflow is upgraded to this installation?",
)
@click.option(
    "--format",
    "form",
    default="text",
    show_default=True,
    metavar="FORMAT",
    envvar="WINDSOCK_FORMAT",
    help="text or json.",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    envvar="WINDSOCK_ALL",
    help="Print the names that match too, and those of providers that are not installed.",
)
@common
def drift(
    python: Path | None, site_packages: Path | None, airflow: str | None, form: str, *, everything: bool
) -> None:
    """Compare an installed Airflow with the catalogue behind the mapping.

    Reads the source of Airflow, of its Task SDK and of every provider beside it, and from 3.2 on Airflow's
    own list of metrics. Each difference has a status: new (Airflow sends or lists it, the catalogue does not
    have it), gone (the other way round) or different (type, tags, or how a time is measured), with the place
    in the source, and with the reason where it is known to be harmless.

    Exit status 1 if a difference is left that nobody has explained: such a line reaches
    airflow_statsd_unknown_… instead of a metric of its own.

    \b
    Examples:
      windsock statsd drift --python ~/airflow-env/bin/python
      pip install --no-deps --target next apache-airflow-core==3.3.2 apache-airflow-task-sdk==1.3.2
      windsock statsd drift --site-packages next --airflow 3.2
    """  # noqa: D301 (click reads the backspace)
    if form not in _FORMATS:
        raise BadInput(f"--format: no format {form!r} (choices: {', '.join(_FORMATS)})")
    line = line_of(airflow) if airflow else None
    if airflow and line is None:
        raise BadInput(f"--airflow: no catalogue for Airflow {airflow!r} (choices: {', '.join(VERSIONS)})")
    report = look(_installation(python, site_packages), line)
    click.echo(_FORMATS[form](report, everything=everything), nl=False)
    if report.unexplained:
        raise SystemExit(1)


def _installation(python: Path | None, site_packages: Path | None) -> Installation:
    if python and site_packages:
        raise BadInput("--python, --site-packages: give one of them, each names the installation")
    if python:
        return at_python(python)
    if site_packages:
        return at_site_packages(site_packages)
    raise BadInput("--python: name the Python that runs Airflow, or its folder with --site-packages")
