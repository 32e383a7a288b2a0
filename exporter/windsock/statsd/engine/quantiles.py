"""Quantiles of a stream in little memory: targeted quantiles after Cormode, as client_golang has them."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass

_BUFFER = 500


@dataclass(slots=True)
class _Kept:
    value: float
    width: float
    delta: float


class Stream:
    """Values seen, thinned out to what the objectives need.

    Args:
        objectives: quantile to the error that is allowed.
    """

    def __init__(self, objectives: Mapping[float, float]) -> None:
        self._objectives = objectives
        self._buffer: list[float] = []
        self._kept: list[_Kept] = []
        self._merged = 0.0

    def insert(self, value: float) -> None:
        """Take one value in."""
        self._buffer.append(value)
        if len(self._buffer) == _BUFFER:
            self._flush()

    def clear(self) -> None:
        """Forget all values."""
        self._buffer.clear()
        self._kept.clear()
        self._merged = 0.0

    def query(self, quantile: float) -> float:
        """The value at a quantile; NaN if there is none.

        Raises:
            IndexError: the quantile is not between 0 and 1; the original panics.
        """
        if self._kept:
            self._flush()
            return self._query(quantile)
        if not self._buffer:
            return math.nan
        self._buffer.sort()
        index = max(math.ceil(len(self._buffer) * quantile), -1)
        index -= index > 0
        if index < 0:
            raise IndexError(quantile)
        return self._buffer[index]

    def _allowed(self, rank: float) -> float:
        least = sys.float_info.max
        for quantile, error in self._objectives.items():
            if quantile * self._merged <= rank:
                allowed = _ratio(2 * error * rank, quantile)
            else:
                allowed = _ratio(2 * error * (self._merged - rank), 1 - quantile)
            least = min(allowed, least)
        return least

    def _query(self, quantile: float) -> float:
        wanted = math.ceil(quantile * self._merged)
        wanted += math.ceil(self._allowed(wanted) / 2)
        previous, rank = self._kept[0], 0.0
        for kept in self._kept[1:]:
            rank += previous.width
            if rank + kept.width + kept.delta > wanted:
                break
            previous = kept
        return previous.value

    def _flush(self) -> None:
        rank, at = 0.0, 0
        for value in sorted(self._buffer):
            while at < len(self._kept) and not self._kept[at].value > value:
                rank += self._kept[at].width
                at += 1
            if at < len(self._kept):
                delta = max(0.0, math.floor(self._allowed(rank)) - 1)
                self._kept.insert(at, _Kept(value, 1.0, delta))
            else:
                self._kept.append(_Kept(value, 1.0, 0.0))
            at += 1
            self._merged += 1
            rank += 1
        self._buffer.clear()
        self._compress()

    def _compress(self) -> None:
        if len(self._kept) < 2:
            return
        last = self._kept[-1]
        rank = self._merged - 1 - last.width
        thinned = [last]
        for kept in reversed(self._kept[:-1]):
            width = kept.width
            if width + last.width + last.delta <= self._allowed(rank):
                last.width += width
            else:
                thinned.append(kept)
                last = kept
            rank -= width
        self._kept = thinned[::-1]


def _ratio(number: float, by: float) -> float:
    """A quotient where a quantile of 0 or 1 divides by zero."""
    if by:
        return number / by
    return math.nan if number == 0 else math.copysign(math.inf, number)
