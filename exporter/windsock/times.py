"""How people write a time of day, a day of the week and a time zone, the same in every file."""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, WithJsonSchema

_TIME = r"([01]\d|2[0-3]):[0-5]\d"

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _time_of_day(value: object) -> object:
    if type(value) is int:
        # YAML 1.1 reads an unquoted 16:30 as a number in base 60.
        raise ValueError('put the time in quotes, e.g. "16:30"')
    if not isinstance(value, str) or not re.fullmatch(_TIME, value):
        raise ValueError('expected a time of day from "00:00" to "23:59"')
    return value


def _zone(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("expected a time zone such as Europe/Berlin")  # noqa: TRY004 (pydantic wants it)
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        near = difflib.get_close_matches(value, available_timezones(), n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; names are like Europe/Berlin or UTC"
        raise ValueError(f"unknown time zone{hint}") from error
    return value


TimeOfDay = Annotated[
    str, BeforeValidator(_time_of_day), WithJsonSchema({"type": "string", "pattern": f"^({_TIME})$"})
]
Zone = Annotated[str, BeforeValidator(_zone), WithJsonSchema({"type": "string"})]
