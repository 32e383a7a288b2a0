"""The newest moment by name, kept from reading to reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime


def newest(known: Mapping[str, datetime], seen: Iterable[tuple[str, datetime | None]]) -> dict[str, datetime]:
    """What is known, with every later moment that was seen."""
    found = dict(known)
    for name, moment in seen:
        if moment is not None and moment > found.get(name, moment.min.replace(tzinfo=moment.tzinfo)):
            found[name] = moment
    return found
