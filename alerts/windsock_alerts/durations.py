"""Durations as users write them (`10m`, `1h30m`), as Prometheus reads them, and as a reader says them."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+)(ms|s|m|h|d)")


def parse(value: Any) -> float:
    """Seconds of `45s`, `10m`, `1h30m`, `7d`.

    Raises:
        ValueError: it is none of these.
    """
    text = str(value).strip()
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        message = f"{text!r} is not a duration; write for example 45s, 10m, 1h30m or 7d"
        raise ValueError(message)
    return sum(int(number) * _UNITS[unit] for number, unit in parts)


def prometheus(seconds: float) -> str:
    """The duration in the largest unit that holds it in whole numbers, at worst milliseconds."""
    milliseconds = round(seconds * 1000)
    if milliseconds == 0:
        return "0s"
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


def number(seconds: float) -> str:
    """Seconds as a PromQL number, without a needless fraction."""
    rounded = round(seconds, 3)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


Duration = Annotated[float, BeforeValidator(parse), PlainSerializer(prometheus)]
