"""Options and files that commands about mappings share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from windsock.errors import BadInput
from windsock.statsd.engine.decoding import Refused
from windsock.statsd.engine.dialect import DIALECTS, Dialect
from windsock.statsd.engine.line import TagStyles
from windsock.statsd.engine.rules import Rules, load

F = TypeVar("F", bound=Callable[..., Any])


def exporter(command: F) -> F:
    """Add --exporter."""
    return click.option(
        "--exporter",
        default="0.31",
        show_default=True,
        metavar="RELEASE",
        envvar="WINDSOCK_EXPORTER",
        help=f"The statsd_exporter that reads the mapping: {', '.join(DIALECTS)}; 0.30 also for older ones.",
    )(command)


def mapping(command: F) -> F:
    """Add --mapping."""
    return click.option(
        "--mapping",
        type=click.Path(dir_okay=False, path_type=Path),
        required=True,
        envvar="WINDSOCK_MAPPING",
        help="The mapping file for statsd_exporter.",
    )(command)


def without_tags(command: F) -> F:
    """Add --without-tags."""
    return click.option(
        "--without-tags",
        multiple=True,
        metavar="STYLE",
        envvar="WINDSOCK_WITHOUT_TAGS",
        help="A style of tags that statsd_exporter is told not to read (--no-statsd.parse-STYLE-tags):"
        f" {', '.join(_STYLES)}. May stand several times.",
    )(command)


_STYLES = ("dogstatsd", "influxdb", "librato", "signalfx")


def styles(without: tuple[str, ...]) -> TagStyles:
    """The styles that are left.

    Raises:
        BadInput: no such style.
    """
    for one in without:
        if one not in _STYLES:
            raise BadInput(f"--without-tags: no style {one!r} (choices: {', '.join(_STYLES)})")
    return TagStyles(**{style: style not in without for style in _STYLES})


def read_text(path: Path) -> str:
    """A text file.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadInput(f"{path}: cannot be read: {reason}") from error


def rules(path: Path, dialect: Dialect) -> Rules:
    """A mapping file, as statsd_exporter loads it.

    Raises:
        BadInput: it cannot be read or loaded.
    """
    try:
        return load(read_text(path), dialect)
    except Refused as refused:
        reason = " ".join(str(refused).split())
        raise BadInput(f"{path}:{refused.line}: statsd_exporter does not load it: {reason}") from refused
