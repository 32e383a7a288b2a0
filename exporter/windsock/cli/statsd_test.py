"""`windsock statsd test`: unit tests of mappings."""

from __future__ import annotations

from pathlib import Path

import click

from windsock.cli import statsd_options
from windsock.cli.options import common
from windsock.errors import BadInput
from windsock.statsd import unit_tests


@click.command("test")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE...")
@common
def run_tests(files: tuple[Path, ...]) -> None:
    """Run unit tests of a mapping: lines in, series out, without statsd_exporter.

    A test file, in the manner of `promtool test rules`:

    \b
      mapping: mapping.yml              # from this file's folder
      tests:
        - name: a task's start keeps its ids
          lines:
            - airflow.ti.start.etl.load:1|c
          series:
            - airflow_ti_start_total{dag_id="etl", task_id="load"} 1
        - name: rubbish is counted
          lines: ["no colon"]
          errors: {malformed_line: 1}

    Every series that appears must be listed; of a histogram, `_count` is enough. Without `series` nothing may
    appear. docs/statsd-tools.md has all keys.

    Exit status 1 if a test fails; what was expected begins with -, what is there instead with +.
    """  # noqa: D301 (click reads the backspace)
    if not files:
        raise BadInput("FILE: name a test file; --help shows one")
    total = failed = 0
    for path in files:
        results = list(unit_tests.run(path, statsd_options.rules))
        if not results:
            raise unit_tests.no_tests(path)
        for result in results:
            total += 1
            if result.wrong:
                failed += 1
                click.echo(f"{result.place}: FAILED: {result.name}")
                click.echo("".join(f"    {line}\n" for line in result.wrong), nl=False)
    click.echo(f"{total} tests, {failed} failed." if failed else f"{total} tests passed.")
    if failed:
        raise SystemExit(1)
