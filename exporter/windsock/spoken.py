"""Times and spans in words that a tired person reads at a glance."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def span(seconds: float) -> str:
    """At most two units: `45 s`, `12 min`, `1 h 5 min`, `3 d 2 h`."""
    left = int(abs(seconds))
    for index, (size, unit) in enumerate(_UNITS):
        if left >= size:
            count, rest = divmod(left, size)
            below = _UNITS[index + 1] if index + 1 < len(_UNITS) else None
            if below and rest >= below[0]:
                return f"{count} {unit} {rest // below[0]} {below[1]}"
            return f"{count} {unit}"
    return f"{left} s"


def moment(at: datetime, zone: str = "UTC") -> str:
    """`Mon 2026-03-02 06:30 UTC`; in another zone `Mon 2026-03-02 07:30 Europe/Berlin (06:30 UTC)`."""
    utc = at.astimezone(timezone.utc)
    if zone == "UTC":
        return f"{utc:%a %Y-%m-%d %H:%M} UTC"
    local = at.astimezone(ZoneInfo(zone))
    day = "" if local.date() == utc.date() else f"{utc:%a} "
    return f"{local:%a %Y-%m-%d %H:%M} {zone} ({day}{utc:%H:%M} UTC)"


def relative(at: datetime, now: datetime) -> str:
    """`in 3 h 12 min` or `5 min ago`."""
    seconds = (at - now).total_seconds()
    return f"in {span(seconds)}" if seconds > 0 else f"{span(seconds)} ago"
