"""Since when the exporter has seen things as they are, kept in the state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from windsock.state import State


class FirstSeen:
    """Values by name, and since when each has been what it is.

    Args:
        state: where they are kept.
        section: theirs alone.
    """

    def __init__(self, state: State, section: str) -> None:
        self._state = state
        self._section = section
        self._seen = {name: entry for name, entry in map(_entry, state.section(section).items()) if entry}

    def see(self, values: Mapping[str, str], now: datetime) -> Mapping[str, datetime]:
        """Since when each of these has been what it is; what is not among them is forgotten."""
        seen = {}
        for name, value in values.items():
            known, since = self._seen.get(name, ("", now))
            seen[name] = (value, since if known == value else now)
        self._seen = seen
        self._state.put(self._section, {name: [value, at.timestamp()] for name, (value, at) in seen.items()})
        return {name: at for name, (_, at) in seen.items()}


def _entry(item: tuple[str, Any]) -> tuple[str, tuple[str, datetime] | None]:
    name, entry = item
    try:
        value, seconds = entry
        return name, (str(value), datetime.fromtimestamp(float(seconds), timezone.utc))
    except (TypeError, ValueError, OverflowError, OSError):
        return name, None  # one entry that somebody edited costs its age, nothing more
