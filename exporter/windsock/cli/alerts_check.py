"""`windsock alerts check` and `schema`: `alerts.yaml` before it wakes anybody, and while it is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from windsock.cli.options import common

if TYPE_CHECKING:
    from windsock.yamlfile import Lines
    from windsock_alerts.settings import Settings

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE, required=False)
@click.option("--alerts-file", type=_FILE, envvar="WINDSOCK_ALERTS_FILE", help="The same as FILE.")
@common
def check(*, file: Path | None, alerts_file: Path | None) -> None:
    """Read the alerts file as `alerts build` and `serve` would and say what it changes.

    A mistake is one line with file, line, key and what is valid, and exit code 1. Else one line for each
    thing that differs from the defaults, with its place, the value and the default. docs/alerts.md tells
    every key.

    \b
    Example:
      windsock alerts check alerts.yaml
    """  # noqa: D301 (click reads the backspace)
    from windsock_alerts import build  # noqa: PLC0415 (`serve` never needs the rules)

    path = file or alerts_file
    if path is None:
        raise click.UsageError("which file? Give FILE, --alerts-file or WINDSOCK_ALERTS_FILE")
    settings, lines = build.read_with_lines(path)
    said = list(_differences(settings, lines, path))
    for line in said:
        click.echo(line)
    built = [alert.name for alert in build.alerts(settings, "platform")]
    click.echo(f"{path}: no mistake; {len(set(built))} alerts, {len(said) or 'no'} settings differ")


@click.command()
@common
def schema() -> None:
    """Print the JSON Schema of the alerts file, for an editor that completes and checks what you write.

    \b
    Example:
      windsock alerts schema > alerts.schema.json
      and in the first line of alerts.yaml: # yaml-language-server: $schema=alerts.schema.json
    """  # noqa: D301 (click reads the backspace)
    from windsock_alerts import build  # noqa: PLC0415 (see above)
    from windsock_alerts import schema as rendered  # noqa: PLC0415 (see above)
    from windsock_alerts.settings import Settings  # noqa: PLC0415 (see above)

    click.echo(rendered.render(build.alerts(Settings(), "platform", every=True)), nl=False)


def _differences(settings: Settings, lines: Lines, path: Path) -> Iterator[str]:
    from windsock_alerts.changes import changes  # noqa: PLC0415 (see above)

    for place, words in changes(settings):
        yield f"{path}:{lines.line(*place)}: {words}"
