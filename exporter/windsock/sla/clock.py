"""A wall-clock time on every day, or on some days, as instants: where `finish_by` deadlines may lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from windsock.sla import days_off

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """The instants at which a local clock shows `at`, one per day.

    In the gap of a DST change the first valid instant after it counts, in the repeated hour the first.

    Attributes:
        at: local time of day.
        zone: whose local time.
        weekdays: 0 is Monday; all of them unless restricted.
        holidays: countries or regions; see `is_holiday`.
    """

    at: time
    zone: ZoneInfo
    weekdays: frozenset[int] = frozenset(range(7))
    holidays: tuple[str, ...] = ()

    def instant(self, day: date) -> datetime:
        """When the clock shows `at` on this local day, in UTC."""
        return _instant(self.at, self.zone, day)

    def after(self, moment: datetime) -> datetime:
        """The first instant later than `moment`."""
        return next(found for found in self._from(moment, 1) if found > moment)

    def before(self, moment: datetime) -> datetime:
        """The last instant earlier than `moment`."""
        return next(found for found in self._from(moment, -1) if found < moment)

    def at_or_after(self, moment: datetime) -> datetime:
        """The first instant that is not earlier than `moment`."""
        return next(found for found in self._from(moment, 1) if found >= moment)

    def is_holiday(self, moment: datetime) -> bool:
        """Whether one of the countries rests on the local day of this moment."""
        if not self.holidays:
            return False
        day = moment.astimezone(self.zone).date()
        return any(day in days_off.of(code) for code in self.holidays)

    def _from(self, moment: datetime, step: int) -> Iterator[datetime]:
        # A zone that skips a day moves that day's instant to the next one: start two days away.
        day = moment.astimezone(self.zone).date() - 2 * step * _DAY
        while True:
            if day.weekday() in self.weekdays:
                yield self.instant(day)
            day += step * _DAY


@lru_cache(maxsize=16_384)
def _instant(at: time, zone: ZoneInfo, day: date) -> datetime:
    """Kept, because thousands of SLAs share a few clocks and ask for the same days again and again."""
    local = datetime.combine(day, at, tzinfo=zone)
    found = local.astimezone(timezone.utc)
    if found.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    return _end_of_gap(local, zone)


def _end_of_gap(local: datetime, zone: ZoneInfo) -> datetime:
    # fold=1 reads a time in the gap with the offset after the change: an instant before the change.
    early = local.replace(fold=1).astimezone(timezone.utc)
    late = local.replace(fold=0).astimezone(timezone.utc)
    old = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        if middle.astimezone(zone).utcoffset() == old:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
