"""Which series exist: types by name, sets of label names, times to live."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal, TypeVar

from windsock.statsd.engine.fate import Crash
from windsock.statsd.engine.mapping import Defaults, Mapping
from windsock.statsd.engine.rules import BUCKETS
from windsock.statsd.engine.series import Counter, Gauge, Histogram, Summary
from windsock.statsd.engine.tally import Tally

FamilyType = Literal["counter", "gauge", "histogram", "summary"]
Values = Counter | Gauge | Histogram | Summary
V = TypeVar("V", Counter, Gauge, Histogram, Summary)
_SUFFIXES = ("_bucket", "_count", "_sum")
_MAX_AGE_SECONDS, _AGE_BUCKETS = 600.0, 5


class Conflict(Exception):  # noqa: N818 (counted, not raised to anybody)
    """The name belongs to another type."""


@dataclass(slots=True)
class Vector:
    """Series of one family with one set of label names.

    Attributes:
        names: the label names, sorted.
        help: the family's help as this vector says it.
        make: a new series' values.
        series: by the labels' values.
    """

    names: tuple[str, ...]
    help: str
    make: Callable[[], Values]
    series: dict[tuple[str, ...], Values] = field(default_factory=dict)


@dataclass(slots=True)
class _Registered:
    values: Values
    labels: dict[str, str]
    vector: Vector
    ttl: int
    updated: float


@dataclass(slots=True)
class Family:
    """Everything under one name; its type never changes."""

    type: FamilyType
    vectors: dict[tuple[str, ...], Vector] = field(default_factory=dict)
    registered: dict[tuple[tuple[str, ...], tuple[str, ...]], _Registered] = field(default_factory=dict)


class Registry:
    """All series that events made."""

    summary_type: type[Summary] = Summary

    def __init__(self, tally: Tally, clock: Callable[[], float]) -> None:
        self.families: dict[str, Family] = {}
        self._tally = tally
        self._clock = clock

    def counter(self, name: str, labels: dict[str, str], mapping: Mapping) -> Counter:
        """The counter with this name and labels, made if need be.

        Raises:
            Conflict: the name is taken (so for every type).
        """
        return self._get(name, labels, mapping, "counter", Counter)

    def gauge(self, name: str, labels: dict[str, str], mapping: Mapping) -> Gauge:
        """The gauge with this name and labels."""
        return self._get(name, labels, mapping, "gauge", Gauge)

    def histogram(self, name: str, labels: dict[str, str], mapping: Mapping, defaults: Defaults) -> Histogram:
        """The histogram with this name and labels.

        Raises:
            Conflict: see `counter`.
            Crash: its buckets do not rise, or it has a label `le`.
        """
        own = mapping.histogram_options
        bounds = (own.buckets if own else None) or defaults.histogram_options.buckets or list(BUCKETS)

        def make() -> Histogram:
            if "le" in labels:
                raise Crash(f"a histogram {name} with a label `le`")
            if any(low >= high for low, high in pairwise(bounds)):
                raise Crash(f"the buckets of {name} do not rise")
            return Histogram(bounds[:-1] if bounds[-1] == math.inf else bounds)

        return self._get(name, labels, mapping, "histogram", make)

    def summary(self, name: str, labels: dict[str, str], mapping: Mapping, defaults: Defaults) -> Summary:
        """The summary with this name and labels.

        Raises:
            Conflict: see `counter`.
            Crash: its `max_age` is negative, or it has a label `quantile`.
        """
        options = mapping.summary_options or defaults.summary_options
        quantiles = options.quantiles or defaults.summary_options.quantiles
        objectives = {one.quantile: one.error for one in quantiles} or {0.5: 0.05, 0.9: 0.01, 0.99: 0.001}

        def make() -> Summary:
            if "quantile" in labels:
                raise Crash(f"a summary {name} with a label `quantile`")
            if options.max_age < 0:
                raise Crash(f"the max_age of {name} is negative")
            return self.summary_type(
                objectives,
                max_age=options.max_age / 1e9 or _MAX_AGE_SECONDS,
                age_buckets=options.age_buckets or _AGE_BUCKETS,
                clock=self._clock,
            )

        return self._get(name, labels, mapping, "summary", make)

    def sweep(self) -> None:
        """Remove what was not updated within its time to live; the original does it every second."""
        now = self._clock()
        for family in self.families.values():
            for key, one in list(family.registered.items()):
                if one.ttl and one.updated + one.ttl / 1e9 < now:
                    # By the labels as they are now: a line with several samples may have changed them.
                    if tuple(sorted(one.labels)) == one.vector.names:
                        one.vector.series.pop(tuple(one.labels[label] for label in one.vector.names), None)
                    del family.registered[key]

    def _get(
        self, name: str, labels: dict[str, str], mapping: Mapping, of: FamilyType, make: Callable[[], V]
    ) -> V:
        names = tuple(sorted(labels))
        key = (names, tuple(labels[label] for label in names))
        family = self.families.get(name)
        if family is not None and family.type == of and (one := family.registered.get(key)):
            one.updated = self._clock()
            found: Any = one.values
            return found  # type: ignore[no-any-return]
        self._check(name, of)
        vector = family.vectors.get(names) if family else None
        if vector is None:
            self._tally.vectors[of] += 1
            vector = Vector(names, mapping.help or "Metric autogenerated by statsd_exporter.", make)
        values: Any = vector.series.get(key[1])
        if values is None:
            values = vector.series[key[1]] = vector.make()
        if family is None:
            family = self.families[name] = Family(of)
        family.vectors[names] = vector
        family.registered[key] = _Registered(values, labels, vector, mapping.ttl, self._clock())
        return values  # type: ignore[no-any-return]

    def _check(self, name: str, of: FamilyType) -> None:
        if self._is_other(name, of):
            raise Conflict(name)
        if of in {"counter", "gauge"}:
            for suffix in _SUFFIXES:
                if name.endswith(suffix) and self._is_other(name.removesuffix(suffix), "counter"):
                    raise Conflict(name)
            return
        for suffix in _SUFFIXES if of == "histogram" else _SUFFIXES[1:]:
            if self._is_other(name + suffix, of):
                raise Conflict(name)

    def _is_other(self, name: str, of: FamilyType) -> bool:
        family = self.families.get(name)
        return family is not None and family.type != of
