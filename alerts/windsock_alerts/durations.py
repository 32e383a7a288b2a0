"""Durations as users write them (`10m`, `1h30m`), as Prometheus reads them, and as a reader says them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from windsock.duration import seconds


def parse(value: Any) -> float:
    """Seconds of `45s`, `10m`, `1h30m`, `7d`, as they stand in a file.

    Raises:
        ValueError: it is none of these.
    """
    return seconds(str(value))


def prometheus(length: float) -> str:
    """The duration in the largest unit that holds it in whole numbers, at worst milliseconds."""
    milliseconds = round(length * 1000)
    if milliseconds == 0:
        return "0s"
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


def number(length: float) -> str:
    """Seconds as a PromQL number, without a needless fraction."""
    rounded = round(length, 3)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


_TEXT = {"type": "string", "pattern": r"^(\d+(\.\d+)?(ms|s|m|h|d))+$"}
Duration = Annotated[
    float, BeforeValidator(parse), PlainSerializer(prometheus, return_type=str), WithJsonSchema(_TEXT)
]
