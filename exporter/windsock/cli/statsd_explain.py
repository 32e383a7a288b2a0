"""`windsock statsd explain`: what becomes of a line."""

from __future__ import annotations

from pathlib import Path

import click

from windsock.cli import statsd_options
from windsock.cli.options import common
from windsock.errors import BadInput
from windsock.statsd.engine.dialect import dialect
from windsock.statsd.explaining import explain as explain_line


@click.command()
@click.argument("lines", nargs=-1, metavar="LINE...")
@statsd_options.mapping
@statsd_options.exporter
@statsd_options.without_tags
@common
def explain(lines: tuple[str, ...], mapping: Path, exporter: str, without_tags: tuple[str, ...]) -> None:
    """Say which rule takes a StatsD line, what it becomes, and which other rules match and lose.

    Also says what statsd_exporter refuses and why, and which lines end it or make every scrape fail. Each
    line is taken for the first one after a start, so a type that another line would have taken is not known.

    Exit status 1 if a line becomes nothing and no rule drops it.

    \b
    Examples:
      windsock statsd explain --mapping mapping.yml 'airflow.ti.start.etl.load:1|c'
      windsock statsd explain --mapping mapping.yml 'airflow.ti.finish,dag_id=etl,state=success:1|c'
    """  # noqa: D301 (click reads the backspace)
    if not lines:
        raise BadInput("LINE: give a StatsD line in quotes, such as 'airflow.ti_failures:1|c'")
    release = dialect(exporter)
    rules = statsd_options.rules(mapping, release)
    styles = statsd_options.styles(without_tags)
    found = [
        explain_line(
            line.encode(errors="surrogateescape"), rules, name=str(mapping), styles=styles, dialect=release
        )
        for line in lines
    ]
    click.echo("\n".join(one.text for one in found), nl=False)
    if not all(one.good for one in found):
        raise SystemExit(1)
