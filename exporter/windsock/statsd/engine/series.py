"""The values behind series: counter, gauge, histogram, summary, with client_golang's arithmetic."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence

from windsock.statsd.engine.numbers import format_float
from windsock.statsd.engine.quantiles import Stream

Sample = tuple[str, str, str, float]
"""Suffix of the name, name and value of the one more label ("" for none), value."""


class Counter:
    """A sum that grows. Whole numbers are summed apart, as integers of 64 bits."""

    __slots__ = ("_fractions", "_whole")

    def __init__(self) -> None:
        self._whole = 0
        self._fractions = 0.0

    def add(self, value: float) -> None:
        """Add a number that is not negative."""
        if value.is_integer() and 0 <= value < 2**64:
            self._whole += int(value)
        else:
            self._fractions += value

    def samples(self) -> Iterator[Sample]:
        """What /metrics shows of it."""
        yield "", "", "", self._fractions + float(self._whole % 2**64)


class Gauge:
    """The last value, moved by relative ones."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0.0

    def samples(self) -> Iterator[Sample]:
        """What /metrics shows of it."""
        yield "", "", "", self.value


class Histogram:
    """Counts by upper bound; `bounds` rise and lack +Inf."""

    __slots__ = ("_bounds", "_counts", "_sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Count one value."""
        is_nan = value != value  # noqa: PLR0124
        self._counts[len(self._bounds) if is_nan else bisect_left(self._bounds, value)] += 1
        self._sum += value

    def samples(self) -> Iterator[Sample]:
        """What /metrics shows of it."""
        total = 0
        for bound, count in zip((*self._bounds, math.inf), self._counts, strict=True):
            total += count
            yield "_bucket", "le", format_float(bound), float(total)
        yield "_sum", "", "", self._sum
        yield "_count", "", "", float(total)


class Summary:
    """Quantiles of the last `max_age` seconds, sum and count of all.

    Args:
        objectives: quantile to the error that is allowed.
        max_age: seconds.
        age_buckets: how many streams share it; each starts that much later.
        clock: seconds of a clock that does not go back.
    """

    __slots__ = ("_clock", "_count", "_due", "_head", "_objectives", "_step", "_streams", "_sum")

    def __init__(
        self,
        objectives: Mapping[float, float],
        *,
        max_age: float,
        age_buckets: int,
        clock: Callable[[], float],
    ) -> None:
        self._objectives = sorted(objectives)
        self._streams = [Stream(objectives) for _ in range(age_buckets)]
        self._step = max_age / age_buckets
        self._clock = clock
        self._head = 0
        self._due = clock() + self._step
        self._sum = 0.0
        self._count = 0

    def observe(self, value: float) -> None:
        """Count one value."""
        self._rotate()
        for stream in self._streams:
            stream.insert(value)
        self._sum += value
        self._count += 1

    def samples(self) -> Iterator[Sample]:
        """What /metrics shows of it.

        Raises:
            IndexError: a quantile is not between 0 and 1.
        """
        self._rotate()
        for quantile in self._objectives:
            yield "", "quantile", format_float(quantile), self._streams[self._head].query(quantile)
        yield "_sum", "", "", self._sum
        yield "_count", "", "", float(self._count)

    def _rotate(self) -> None:
        late = self._clock() - self._due
        if late <= 0:
            return
        # Not one by one: a `max_age` of some nanoseconds would turn for ever.
        turns = math.ceil(late / self._step)
        self._due += turns * self._step
        for _ in range(min(turns, len(self._streams))):
            self._streams[self._head].clear()
            self._head = (self._head + 1) % len(self._streams)
