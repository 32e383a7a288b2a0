"""Durations as Prometheus writes them, on the command line: `15s`, `1m30s`, `500ms`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


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


# Generic for type checkers only: at run time older clicks have no parameters there.
_Base = click.ParamType[float] if TYPE_CHECKING else click.ParamType


class _Duration(_Base):
    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        try:
            return seconds(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


DURATION = _Duration()
