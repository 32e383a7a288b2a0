"""Durations as Prometheus writes them, on the command line and in users' files: `15s`, `1m30s`, `500ms`."""

from __future__ import annotations

import re
from functools import cache

import click

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


@cache
def seconds(text: str) -> float:
    """The duration in seconds.

    Raises:
        ValueError: it is none, or zero.
    """
    if _WHOLE.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a duration; write e.g. 15s, 1m30s or 500ms")
    total = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    if total <= 0:
        raise ValueError(f"{text!r} is no time at all")
    return total


def option(_ctx: click.Context, _param: click.Parameter, value: str) -> float:
    """The callback of an option that takes a duration."""
    try:
        return seconds(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
