"""Public holidays by country and region, from the `holidays` library."""

from __future__ import annotations

import difflib
from collections.abc import Container
from datetime import date
from functools import cache


def check(code: object) -> None:
    """Whether `code` is a country such as `DE`, or one with a region such as `DE-BY`.

    Raises:
        ValueError: it is not; the message names what is near, or the regions of that country.
    """
    known = _supported()
    country, dash, region = code.partition("-") if isinstance(code, str) else ("", "", "")
    if country not in known:
        near = difflib.get_close_matches(str(code).upper(), known, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(
            f"unknown country {code}{hint} (two letters as in ISO 3166, with or without a region: DE, DE-BY)"
        )
    if dash and region not in known[country]:
        regions = ", ".join(sorted(known[country])) or "none"
        raise ValueError(f"unknown region {region} of {country} (known: {regions})")


def of(code: str) -> Container[date]:
    """The days on which this country or region rests, of every year."""
    return _of(code)


@cache
def _supported() -> dict[str, list[str]]:
    import holidays  # noqa: PLC0415 (a third of a second that only those pay who use it)

    return {code: names for code, names in holidays.list_supported_countries().items() if len(code) == 2}


@cache
def _of(code: str) -> Container[date]:
    import holidays  # noqa: PLC0415

    country, _, region = code.partition("-")
    return holidays.country_holidays(country, subdiv=region or None)
