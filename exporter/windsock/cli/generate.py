"""`windsock generate`: every generated file of the repository, written or compared."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from windsock import artifact
from windsock.cli.options import common
from windsock.errors import BadInput
from windsock.generated import artifacts


@click.command()
@click.option(
    "--check", is_flag=True, help="Write nothing; name every file that differs and exit 1 if any does."
)
@common
def generate(*, check: bool) -> None:
    """Write every generated file below the current directory, which is a checkout of Windsock."""
    root = Path.cwd()
    if not (root / "exporter" / "windsock").is_dir():
        raise BadInput(
            f"{root} is not a checkout of Windsock; users build with `windsock alerts build` and the like"
        )
    known = artifacts()
    strays = artifact.strays(known, root)
    if check:
        for path in (drifted := artifact.drifted(known, root)):
            click.echo(f"{path}: differs from what the code says; run `windsock generate`", err=True)
        for path in strays:
            click.echo(f"{path}: nothing generates it; delete it", err=True)
        sys.exit(1 if drifted or strays else 0)
    for path in artifact.write(known, root):
        click.echo(f"wrote {path}")
    for path in strays:
        click.echo(f"{path}: nothing generates it; delete it", err=True)
