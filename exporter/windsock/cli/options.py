"""Options that mean the same in every command: --config, --log.level, --log.format, --version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import yaml

from windsock import __version__
from windsock.errors import BadInput
from windsock.log import configure

F = TypeVar("F", bound=Callable[..., Any])


def common(command: F) -> F:
    """Add the options that every command has. Values come from the flag, WINDSOCK_<FLAG>, then --config."""
    for option in (
        click.version_option(__version__, prog_name="windsock"),
        click.option(
            "--log.format",
            "log_format",
            type=click.Choice(["text", "json"]),
            default="text",
            show_default=True,
            envvar="WINDSOCK_LOG_FORMAT",
            expose_value=False,
            callback=_log_format,
            help="How log lines look.",
        ),
        click.option(
            "--log.level",
            "log_level",
            type=click.Choice(["debug", "info", "warning", "error"]),
            default="info",
            show_default=True,
            envvar="WINDSOCK_LOG_LEVEL",
            expose_value=False,
            callback=_log_level,
            help="Least severe line to log.",
        ),
        click.option(
            "--config",
            type=click.Path(dir_okay=False, path_type=Path),
            envvar="WINDSOCK_CONFIG",
            is_eager=True,
            expose_value=False,
            callback=_read_config,
            help="YAML file with one key per flag, e.g. `listen: 127.0.0.1:9112`. Flags and variables win.",
        ),
    ):
        command = option(command)
    return command


def _read_config(ctx: click.Context, _param: click.Parameter, path: Path | None) -> None:
    if path is None:
        return
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise BadInput(f"{path}: not valid YAML: {str(error).splitlines()[0]}") from error
    flags = {
        name.removeprefix("--"): parameter.name or ""
        for parameter in ctx.command.params
        for name in parameter.opts
    }
    if not isinstance(data, dict):
        raise BadInput(f"{path}:1: expected one key per flag: {', '.join(sorted(flags))}")
    for key in data:
        if key not in flags:
            raise BadInput(f"{path}: {key}: unknown key (known: {', '.join(sorted(flags))})")
    ctx.default_map = {flags[key]: value for key, value in data.items()}


def _log_level(ctx: click.Context, _param: click.Parameter, level: str) -> None:
    ctx.meta["windsock.log.level"] = level
    _configure(ctx)


def _log_format(ctx: click.Context, _param: click.Parameter, form: str) -> None:
    ctx.meta["windsock.log.format"] = form
    _configure(ctx)


def _configure(ctx: click.Context) -> None:
    configure(
        level=ctx.meta.get("windsock.log.level", "info"), form=ctx.meta.get("windsock.log.format", "text")
    )
