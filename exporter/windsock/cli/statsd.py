"""`windsock statsd`: what Airflow sends over StatsD, and how statsd_exporter takes it."""

from __future__ import annotations

from pathlib import Path

import click

from windsock.cli.airflow_options import sending
from windsock.cli.options import common
from windsock.cli.statsd_coverage import coverage
from windsock.cli.statsd_drift import drift
from windsock.cli.statsd_explain import explain
from windsock.cli.statsd_lint import lint
from windsock.cli.statsd_record import record, replay
from windsock.cli.statsd_serve import serve
from windsock.cli.statsd_test import run_tests
from windsock.errors import BadInput
from windsock.statsd import extra as users_rules
from windsock.statsd.mapping import render, render_helm
from windsock.statsd.options import choose

_FORMATS = {"yaml": render, "helm": render_helm}


@click.group()
def statsd() -> None:
    """Mapping of Airflow's StatsD lines to Prometheus metrics."""


statsd.add_command(drift)
statsd.add_command(coverage)
statsd.add_command(explain)
statsd.add_command(lint)
statsd.add_command(record)
statsd.add_command(replay)
statsd.add_command(run_tests)
statsd.add_command(serve)


@statsd.command()
@sending
@click.option(
    "--cardinality",
    default="default",
    show_default=True,
    metavar="PRESET",
    envvar="WINDSOCK_CARDINALITY",
    help="minimal: no label with a value per task or file. full: every tag but those without bound."
    " docs/statsd-lines.md says what each keeps.",
)
@click.option(
    "--native-histograms",
    is_flag=True,
    envvar="WINDSOCK_NATIVE_HISTOGRAMS",
    help="Keep native histograms beside the classic ones; Prometheus must be told to scrape them.",
)
@click.option(
    "--custom-prefix",
    "custom_prefixes",
    multiple=True,
    metavar="PREFIX",
    envvar="WINDSOCK_CUSTOM_PREFIX",
    help="Pass your own metrics through, by the beginning of their names without Airflow's prefix:"
    " my_company for airflow.my_company.orders. May stand several times.",
)
@click.option(
    "--extra",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="WINDSOCK_EXTRA",
    help="YAML file with `mappings` of your own in statsd_exporter's format, to be merged.",
)
@click.option(
    "--format",
    "form",
    default="yaml",
    show_default=True,
    metavar="FORMAT",
    envvar="WINDSOCK_FORMAT",
    help="yaml: the file that statsd_exporter reads. helm: values for Airflow's official chart.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="WINDSOCK_OUT",
    help="File to write, instead of stdout.",
)
@common
def mapping(  # noqa: PLR0917 (click calls by name)
    airflow: str,
    profile: str,
    prefix: str,
    cardinality: str,
    timer_unit_consistency: str | None,
    native_histograms: bool,  # noqa: FBT001
    custom_prefixes: tuple[str, ...],
    extra: Path | None,
    form: str,
    out: Path | None,
) -> None:
    """Print the mapping file for statsd_exporter.

    \b
    Examples:
      windsock statsd mapping --airflow 3.3 --profile tags --out mapping.yml
      windsock statsd mapping --airflow 2.10 --profile plain --custom-prefix my_company
      windsock statsd mapping --airflow 3.2 --format helm --extra ours.yml --out values.yml
    """  # noqa: D301 (click reads the backspace)
    if form not in _FORMATS:
        raise BadInput(f"--format: no format {form!r} (choices: {', '.join(_FORMATS)})")
    options = choose(
        version=airflow,
        profile=profile,
        prefix=prefix,
        cardinality=cardinality,
        timer_unit_consistency=timer_unit_consistency,
        native_histograms=native_histograms,
        custom_prefixes=custom_prefixes,
    )
    users_rules.check_custom(options)
    text = _FORMATS[form](options, users_rules.read(extra, options) if extra else ())
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"--out: {out} cannot be written: {error.strerror}") from error
