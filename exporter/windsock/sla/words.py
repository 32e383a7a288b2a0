"""How values of an SLA are written, in `slas.yaml` and DAG tags: times, durations, zones, shares."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from windsock.duration import seconds
from windsock.sla import days_off

_LONGEST = timedelta(days=366)
_DURATION = r"(\d+(\.\d+)?(ms|s|m|h|d))+"
_FACTOR = r"\d{1,3}(\.\d{1,2})?x"
_RATIO = r"(\d{1,2}(?:\.\d{1,3})?)% of (\d{1,3})"
MOST_RUNS = 100


def _duration(value: object) -> object:
    try:
        length = timedelta(seconds=seconds(str(value)))
    except (ValueError, OverflowError) as error:
        raise ValueError("expected a duration longer than 0s, e.g. 26h, 90m or 1d12h") from error
    if length > _LONGEST:
        raise ValueError("expected a duration of at most 366d")
    return value


def _run_time(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(_FACTOR, value):
        if not 1 < float(value[:-1]) <= 100:
            raise ValueError("expected more than 1x and at most 100x the usual run time")
        return value
    try:
        return _duration(value)
    except ValueError as error:
        if str(error).endswith("366d"):
            raise
        raise ValueError("expected a duration such as 45m, or a multiple of the usual such as 2x") from error


def _holidays(value: object) -> object:
    codes = value if isinstance(value, list | tuple) else [value]
    if not codes:
        raise ValueError("expected a country such as DE, or one with a region such as DE-BY")
    for code in codes:
        if code is False:
            # YAML 1.1 reads an unquoted NO as false, and Norway has holidays too.
            raise ValueError('put the country in quotes: "NO"')
        days_off.check(code)
    return tuple(codes)


def _ratio(value: object) -> object:
    found = re.fullmatch(f"{_RATIO}( runs)?", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('expected a share of the last runs, e.g. "90% of 20"')
    percent, runs = float(found[1]), int(found[2])
    if not 2 <= runs <= MOST_RUNS or percent == 0:
        raise ValueError(f"expected more than 0% of 2 to {MOST_RUNS} runs")
    best = 100 * (runs - 1) / runs
    # Not by division of floats: 98% of 50 is just possible.
    if percent * runs > 100 * (runs - 1) + 1e-6:
        raise ValueError(
            f"one failure in {runs} runs leaves {_short(best)}%, so a single miss would break it for "
            f"{runs} runs; promise at most {_short(best)}%, or count more runs"
        )
    return str(value).removesuffix(" runs")


def _tier(value: object) -> object:
    return str(value) if type(value) is int else value


def _short(percent: float) -> str:
    """Rounded down to three digits, so that it is possible to keep."""
    return f"{int(percent * 1000) / 1000:.3f}".rstrip("0").rstrip(".")


def _string(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^({pattern})$"})


def ratio(text: str) -> tuple[float, int]:
    """`90% of 20` as (90.0, 20), after it was checked."""
    percent, _, runs = text.partition("% of ")
    return float(percent), int(runs)


_COUNTRY = {"type": "string", "pattern": r"^[A-Z]{2}(-.+)?$"}
_COUNTRIES = {"anyOf": [_COUNTRY, {"type": "array", "minItems": 1, "items": _COUNTRY}]}

Duration = Annotated[str, BeforeValidator(_duration), _string(_DURATION)]
RunTime = Annotated[str, BeforeValidator(_run_time), _string(f"{_DURATION}|{_FACTOR}")]
Ratio = Annotated[str, BeforeValidator(_ratio), _string(f"{_RATIO}( runs)?")]
Holidays = Annotated[tuple[str, ...], BeforeValidator(_holidays), WithJsonSchema(_COUNTRIES)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
Glob = Annotated[str, StringConstraints(min_length=1)]
# As long as Airflow allows them.
TaskId = Annotated[str, StringConstraints(min_length=1, max_length=250)]
Asset = Annotated[str, StringConstraints(min_length=1, max_length=3000)]
TeamName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$")]
_TIER = r"^[A-Za-z0-9_.-]{1,20}$"
Tier = Annotated[
    str,
    BeforeValidator(_tier),
    Field(pattern=_TIER),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": _TIER}, {"type": "integer", "minimum": 0}]}),
]
Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"]+$", max_length=500)]
