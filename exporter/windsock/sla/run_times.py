"""How a DAG's run time follows the calendar: a steady trend or one step, and weekdays that differ.

Plain statistics on logarithms, by medians, so that single odd runs decide nothing. What is not clear from the
runs is left out: then all days count alike.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

_DAY = 86_400.0
_WEEK = 7
_LEAST_RUNS = 8
_LEAST_AFTER_STEP = 4
_LEAST_OF_WEEKDAY = 2
# A weekday must differ by more than this many standard errors to count: there are seven to try.
_CLEAR = 2.0
# The median's standard error and the normal distribution's spread, in terms of the median deviation.
_MEDIAN_ERROR = 1.2533
_SPREAD = 1.4826
_SMALLEST_SPREAD = 0.01
# Of sums of logarithms, in whatever order.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What multiplies the run time of a day, as logarithms.

    Attributes:
        slope: per day.
        step: since `step_at` (epoch seconds).
        weekdays: by weekday in UTC, 0 is Monday.
    """

    slope: float = 0.0
    step: float = 0.0
    step_at: float = 0.0
    weekdays: tuple[float, ...] = (0.0,) * _WEEK

    def at(self, due: float) -> float:
        """The logarithm for a run due at that time (epoch seconds), up to a constant."""
        stepped = self.step if self.step and due >= self.step_at else 0.0
        return self.slope * due / _DAY + stepped + self.weekdays[weekday(due)]

    def words(self, due: float) -> list[str]:
        """What a person should know about that day, nothing if all days are alike."""
        found = []
        if self.weekdays[weekday(due)]:
            factor = math.exp(self.weekdays[weekday(due)])
            name = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
            found.append(f"{name[weekday(due)]} take {factor:.2g} times the usual time")
        if self.slope:
            found.append(f"run time changes by {math.expm1(self.slope):+.1%} a day")
        if self.step and due >= self.step_at:
            days = (due - self.step_at) / _DAY
            found.append(f"for {days:.0f} days it takes {math.exp(self.step):.2g} times as long as before")
        return found


def weekday(due: float) -> int:
    """Of a time in epoch seconds, in UTC; 0 is Monday. The first of January 1970 was a Thursday."""
    return (int(due // _DAY) + 3) % _WEEK


def learn(dues: Sequence[float], seconds: Sequence[float]) -> Pattern:
    """The pattern of runs with these due times (epoch seconds, oldest first) and run times."""
    if len(dues) < _LEAST_RUNS:
        return Pattern()
    logs = [math.log(max(1.0, each)) for each in seconds]
    pattern = Pattern()
    # Twice: the trend hides behind the weekdays and the weekdays behind the trend.
    for _ in range(2):
        flat = [log - pattern.weekdays[weekday(due)] for log, due in zip(logs, dues, strict=True)]
        slope, step, step_at = _course(dues, flat)
        course = Pattern(slope=slope, step=step, step_at=step_at)
        left = [log - course.at(due) for log, due in zip(logs, dues, strict=True)]
        pattern = Pattern(slope=slope, step=step, step_at=step_at, weekdays=_weekdays(dues, left))
    return pattern


def spread(values: Sequence[float]) -> float:
    """A standard deviation from the median deviation, so that single odd values do not count."""
    middle = median(values)
    return max(_SMALLEST_SPREAD, _SPREAD * median(abs(value - middle) for value in values))


def _course(dues: Sequence[float], logs: Sequence[float]) -> tuple[float, float, float]:
    """Slope per day, or size and time of a step, or neither: what explains the runs best for its price."""
    count = len(logs)

    def cost(left: Sequence[float], parameters: int) -> float:
        middle = median(left)
        deviation = sum(abs(value - middle) for value in left) / count
        return count * math.log(max(deviation, _SMALLEST_SPREAD / 2)) + parameters * math.log(count)

    best = (cost(logs, 1), 0.0, 0.0, 0.0)
    slope = _slope(dues, logs)
    left = [log - slope * due / _DAY for log, due in zip(logs, dues, strict=True)]
    best = min(best, (cost(left, 2), slope, 0.0, 0.0))
    before, after = _deviations(logs), _deviations(logs[::-1])
    for at in range(_LEAST_AFTER_STEP, count - _LEAST_AFTER_STEP + 1):
        # What is left can deviate no less than each side does from its own middle: most need no closer look.
        least = max((before[at] + after[count - at]) / count, _SMALLEST_SPREAD / 2)
        if count * math.log(least) + 4 * math.log(count) > best[0] + _ROUNDING:
            continue
        size = median(logs[at:]) - median(logs[:at])
        left = [log - size if index >= at else log for index, log in enumerate(logs)]
        # The place of the step is a choice out of many.
        best = min(best, (cost(left, 4), 0.0, size, dues[at]))
    return best[1:]


def _deviations(values: Sequence[float]) -> list[float]:
    """By number of values the sum of what the first so many deviate from their median."""
    found, ordered = [0.0], list[float]()
    for count, value in enumerate(values, start=1):
        insort(ordered, value)
        half = count // 2
        found.append(sum(ordered[count - half :]) - sum(ordered[:half]))
    return found


def _slope(dues: Sequence[float], logs: Sequence[float]) -> float:
    """The median of the slopes between runs that lie half the history apart, per day."""
    half = len(dues) // 2
    slopes = [
        (logs[later] - logs[earlier]) / (dues[later] - dues[earlier]) * _DAY
        for earlier in range(len(dues) - half)
        for later in range(earlier + half, len(dues))
        if dues[later] > dues[earlier]
    ]
    return median(slopes) if slopes else 0.0


def _weekdays(dues: Sequence[float], left: Sequence[float]) -> tuple[float, ...]:
    """By how much each weekday differs from the others, nothing where that is not clear."""
    middle = median(left)
    by_day: list[list[float]] = [[] for _ in range(_WEEK)]
    for value, due in zip(left, dues, strict=True):
        by_day[weekday(due)].append(value)
    medians = [median(these) if these else middle for these in by_day]
    # Around its weekday's own middle, or a heavy weekday would hide itself.
    wide = spread([value - medians[weekday(due)] for value, due in zip(left, dues, strict=True)])
    found = []
    for these, own in zip(by_day, medians, strict=True):
        effect = own - middle
        if len(these) < _LEAST_OF_WEEKDAY or len(these) == len(left) or not effect:
            found.append(0.0)
            continue
        # A median of few takes its own spread away.
        error = _MEDIAN_ERROR * wide / math.sqrt(len(these) - 1)
        found.append(effect * max(0.0, 1 - (_CLEAR * error / effect) ** 4))
    return tuple(found)
