"""`windsock statsd lint`: mistakes in a mapping that statsd_exporter does not tell."""

from __future__ import annotations

from pathlib import Path

import click

from windsock.airflow_versions import VERSIONS, line_of
from windsock.cli import statsd_options
from windsock.cli.options import common
from windsock.errors import BadInput
from windsock.statsd.engine.dialect import dialect
from windsock.statsd.lint.codes import CODES
from windsock.statsd.lint.finding import Severity
from windsock.statsd.lint.formats import FORMATS, all_codes, explain
from windsock.statsd.lint.run import lint as lint_text


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE...")
@statsd_options.exporter
@click.option(
    "--airflow",
    metavar="VERSION",
    envvar="WINDSOCK_AIRFLOW",
    help=f"The Airflow that sends, {VERSIONS[0]} to {VERSIONS[-1]}. With it, units and missing lines are"
    " checked too; without it, a rule is dead only if none of these versions sends its line.",
)
@click.option(
    "--prefix",
    default="airflow",
    show_default=True,
    envvar="WINDSOCK_PREFIX",
    help="Airflow's statsd_prefix. Rules for other names are not held against the catalogue.",
)
@click.option(
    "--format",
    "form",
    default="text",
    show_default=True,
    metavar="FORMAT",
    envvar="WINDSOCK_FORMAT",
    help=f"{', '.join(FORMATS)}.",
)
@click.option(
    "--explain", "code", metavar="CODE", help="Say what a code means and end; `all` lists every code."
)
@common
def lint(  # noqa: PLR0917 (click calls by name)
    files: tuple[Path, ...], exporter: str, airflow: str | None, prefix: str, form: str, code: str | None
) -> None:
    """Find what is wrong with mappings for statsd_exporter, before they run.

    Any mapping will do, for Airflow or not. statsd_exporter's own check only loads the file; this one finds
    rules that never match, references that become empty, values that end the process and names that make
    every scrape fail. Rules under Airflow's prefix are also compared with what Airflow sends.

    A comment puts a finding aside, on its line or alone above it; the reason is required:
    `# windsock: ignore WS206 nobody else sends here`.

    Exit status 1 for errors and warnings, 0 for info.

    \b
    Examples:
      windsock statsd lint mapping.yml
      windsock statsd lint --airflow 3.3 --format github mappings/*.yml
      windsock statsd lint --explain WS201
    """  # noqa: D301 (click reads the backspace)
    if code:
        click.echo(_explain(code), nl=False)
        return
    if form not in FORMATS:
        raise BadInput(f"--format: no format {form!r} (choices: {', '.join(FORMATS)})")
    if not files:
        raise BadInput("FILE: name a mapping file")
    version = line_of(airflow) if airflow else None
    if airflow and version is None:
        raise BadInput(f"--airflow: no catalogue for Airflow {airflow!r} (choices: {', '.join(VERSIONS)})")
    release = dialect(exporter)
    found = {
        str(file): lint_text(statsd_options.read_text(file), dialect=release, prefix=prefix, airflow=version)
        for file in files
    }
    click.echo(FORMATS[form](found), nl=False)
    if any(one.code.severity is not Severity.INFO for findings in found.values() for one in findings):
        raise SystemExit(1)


def _explain(code: str) -> str:
    if code == "all":
        return all_codes()
    if code not in CODES:
        raise BadInput(f"--explain: no code {code!r}; `--explain all` lists every code")
    return explain(CODES[code])
