"""Many scenarios as one distribution of the time that is left: each stands for a bump around it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

SQRT2 = math.sqrt(2)
LEAST_BLUR = 0.04
# Of run times of which nothing is known.
UNKNOWN_SPREAD = 0.25
# Of a handful of runs that lie together by chance nobody knows how far the next one will be.
_UNSURE = 0.4
_SPREAD = 1.4826
_LONGEST = 400 * 86_400.0


@dataclass(frozen=True, slots=True)
class Way:
    """One scenario: the logarithm of the seconds from now until done, and how much it counts."""

    log: float
    weight: float


def smoothing(ways: Sequence[Way]) -> float:
    """The width of the bumps, as a logarithm: what lies between the scenarios; wider the fewer there are."""
    every = sum([way.weight for way in ways])
    squares = sum([way.weight**2 for way in ways])
    if not squares:
        return UNKNOWN_SPREAD
    effective = every * every / squares
    wide = _spread([(way.log, way.weight / every) for way in ways])
    unsure = max(wide, _UNSURE) / math.sqrt(effective)
    return max(LEAST_BLUR, math.hypot(wide * effective**-0.2, unsure))


def later(ways: Sequence[Way], blur: float, log: float) -> float:
    """The chance that it takes longer than that, given as the logarithm of seconds."""
    every = sum([way.weight for way in ways])
    scale = 1 / blur / SQRT2
    late = sum([way.weight * math.erfc((log - way.log) * scale) for way in ways])
    return 0.5 * late / every if every else 0.5


def quantile(ways: Sequence[Way], blur: float, share: float) -> float:
    """Seconds within which it is done with that probability, to half a per cent."""
    logs = [way.log for way in ways]
    low, high = min(logs) - 2 * blur, max(logs) + 2 * blur
    while high - low > 0.005:
        middle = (low + high) / 2
        if later(ways, blur, middle) > 1 - share:
            low = middle
        else:
            high = middle
    return min(_LONGEST, math.exp((low + high) / 2))


def normal_quantile(share: float) -> float:
    """Of the standard normal distribution, to three digits (Abramowitz and Stegun 26.2.23)."""
    if share > 0.5:
        return -normal_quantile(1 - share)
    t = math.sqrt(-2 * math.log(max(share, 1e-12)))
    upper = 2.515517 + t * (0.802853 + t * 0.010328)
    return upper / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t


def _spread(values: list[tuple[float, float]]) -> float:
    middle = _median(values)
    return _SPREAD * _median([(abs(value - middle), weight) for value, weight in values])


def _median(values: list[tuple[float, float]]) -> float:
    """Of values with weights that add up to one."""
    below = 0.0
    ordered = sorted(values)
    for value, weight in ordered:
        below += weight
        if below >= 0.5:
            return value
    return ordered[-1][0]
