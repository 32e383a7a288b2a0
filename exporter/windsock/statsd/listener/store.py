"""The series of a process that must go on: what would spoil the page, or fill memory, is refused."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple

from windsock.statsd.engine.builtin import BUILTIN
from windsock.statsd.engine.exposition import pair
from windsock.statsd.engine.fate import Crash
from windsock.statsd.engine.mapping import Defaults, Mapping
from windsock.statsd.engine.registry import Conflict, Family, FamilyType, Registry, V, Values, Vector
from windsock.statsd.engine.series import Sample, Summary
from windsock.statsd.engine.tally import Tally

_OWN_SUMMARIES = tuple(name for name, of in BUILTIN.items() if of == "summary")
RESERVED = frozenset(BUILTIN) | {f"{name}{end}" for name in _OWN_SUMMARIES for end in ("_sum", "_count")}
# What a histogram or summary adds to its name on the page.
_ADDED: dict[str, tuple[str, ...]] = {
    "histogram": ("_bucket", "_count", "_sum"),
    "summary": ("_count", "_sum"),
    "counter": (),
    "gauge": (),
}
# The label that a histogram or summary adds.
_TAKEN_LABEL = {"histogram": "le", "summary": "quantile"}
# Each holds a stream for every quantile of every series.
_MOST_AGE_BUCKETS = 100
_quantiles = Lock()


class Unwanted(Exception):  # noqa: N818 (counted, not raised to anybody)
    """An event is refused; `reason` is the label of `statsd_exporter_events_error_total`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What memory is bounded by.

    Attributes:
        series: of one family.
        all: of all families together.
        families: altogether.
        text: characters of a family's name and one series' labels.
    """

    # 1,000 DAGs of 20 tasks in five states.
    series: int = 100_000
    all: int = 300_000
    families: int = 10_000
    text: int = 4_096


@dataclass(slots=True)
class Expiry:
    """Of a series with a time to live.

    Attributes:
        ttl: seconds.
        updated: when it last got a value, by the store's clock.
        gone: the series was removed.
    """

    ttl: float
    updated: float
    gone: bool = False


@dataclass(slots=True)
class LiveFamily(Family):
    """A family with its series by their labels, which are written as the page shows them."""

    by_labels: dict[str, Values] = field(default_factory=dict)
    expiries: dict[str, Expiry] = field(default_factory=dict)


class _New(NamedTuple):
    name: str
    names: tuple[str, ...]
    text: str
    of: FamilyType


class LiveSummary(Summary):
    """Two threads come to it: who reads quantiles also moves values."""

    def observe(self, value: float) -> None:
        """Count one value."""
        with _quantiles:
            super().observe(value)

    def samples(self) -> Any:
        """What /metrics shows of it."""
        with _quantiles:
            rows: list[Sample] = list(super().samples())
        return rows


class Store(Registry):
    """All series. One thread writes, any may read.

    Args:
        tally: where vectors are counted.
        clock: seconds of a clock that does not go back.
        limits: of what is kept.
        reserved: names that the page has for something else.

    Attributes:
        dropped: by family: events that were refused because there are as many series as there may be.
        decreased: by family: by how much its counters were told to fall, which none of them does.
        decreases: how often that was.
        last: the series that was found or made last, with its time to live.
    """

    summary_type = LiveSummary

    def __init__(
        self, tally: Tally, clock: Callable[[], float], limits: Limits, reserved: Container[str] = RESERVED
    ) -> None:
        super().__init__(tally, clock)
        self.live: dict[str, LiveFamily] = {}
        # The same objects: what the engine asks its families about are their types.
        self.families = self.live  # type: ignore[assignment]
        self.dropped: Counter[str] = Counter()
        self.decreased: dict[str, float] = {}
        self.decreases = 0
        self._made = 0
        self.last: tuple[Values, Expiry | None] | None = None
        self._limits = limits
        self._reserved = reserved

    def summary(self, name: str, labels: dict[str, str], mapping: Mapping, defaults: Defaults) -> Summary:
        """The summary with this name and labels.

        Raises:
            Conflict: see `counter`.
            Unwanted: its options make no sense, or see `_get`.
        """
        options = mapping.summary_options or defaults.summary_options
        quantiles = options.quantiles or defaults.summary_options.quantiles
        if options.age_buckets > _MOST_AGE_BUCKETS or not all(
            0 <= one.quantile <= 1 and 0 <= one.error <= 1 for one in quantiles
        ):
            raise Unwanted("illegal_options")
        return super().summary(name, labels, mapping, defaults)

    def decrease(self, name: str, by: float) -> bool:
        """Note that a counter of this family was told to fall; False if there is no such family.

        Airflow sends `-1` for a counter where something has ended that it counted when it began.
        """
        family = self.live.get(name)
        if family is None or family.type != "counter" or not math.isfinite(by):
            return False
        self.decreased[name] = self.decreased.get(name, 0.0) + by
        self.decreases += 1
        return True

    def sweep(self) -> None:
        """Remove what was not updated within its time to live, and families without series."""
        now = self._clock()
        for name, family in list(self.live.items()):
            for text, expiry in list(family.expiries.items()):
                if expiry.updated + expiry.ttl < now:
                    expiry.gone = True
                    del family.expiries[text]
                    del family.by_labels[text]
                    self._made -= 1
            if not family.by_labels:
                del self.live[name]

    def _get(
        self, name: str, labels: dict[str, str], mapping: Mapping, of: FamilyType, make: Callable[[], V]
    ) -> V:
        """See `Registry`.

        Raises:
            Conflict: the name belongs to something else.
            Unwanted: the series cannot be shown, or there is no room for it.
        """
        names = tuple(sorted(labels))
        text = ",".join([pair(label, labels[label]) for label in names])
        family = self.live.get(name)
        found: Any = family.by_labels.get(text) if family is not None and family.type == of else None
        if found is None:
            self._check(name, of)
            self._check_shown(name, names, text, of)
            found = self._make(_New(name, names, text, of), mapping, make)
            family = self.live[name]
        assert family is not None  # noqa: S101 (just found or made)
        expiry = family.expiries.get(text)
        if expiry is not None:
            expiry.updated = self._clock()
        self.last = found, expiry
        return found  # type: ignore[no-any-return]

    def _make(
        self,
        new: _New,
        mapping: Mapping,
        make: Callable[[], Values],
    ) -> Values:
        name, names, text, of = new
        family = self.live.get(name)
        if family is None and len(self.live) >= self._limits.families:
            raise Unwanted("too_many_families")
        if self._made >= self._limits.all or (
            family is not None and len(family.by_labels) >= self._limits.series
        ):
            self.dropped[name] += 1
            raise Unwanted("too_many_series")
        vector = family.vectors.get(names) if family else None
        if vector is None:
            vector = Vector(names, mapping.help or "Metric autogenerated by statsd_exporter.", make)
        try:
            values = vector.make()
        except Crash:
            raise Unwanted("illegal_options") from None
        if family is None:
            family = self.live[name] = LiveFamily(of)
        if names not in family.vectors:
            if len(family.vectors) >= self._limits.series:
                raise Unwanted("too_many_series")
            family.vectors[names] = vector
            self._tally.vectors[of] += 1
        family.by_labels[text] = values
        self._made += 1
        if mapping.ttl:
            family.expiries[text] = Expiry(mapping.ttl / 1e9, self._clock())
        return values

    def _check_shown(self, name: str, names: tuple[str, ...], text: str, of: FamilyType) -> None:
        """Whether the page stays one that Prometheus reads."""
        if not name:
            raise Unwanted("empty_metric_name")
        if len(name) + len(text) > self._limits.text:
            raise Unwanted("too_long")
        if any(label.startswith("__") or label == _TAKEN_LABEL.get(of) for label in names):
            raise Unwanted("illegal_label")
        if name in self._reserved or any(f"{name}{end}" in self.live for end in _ADDED[of]):
            raise Conflict(name)
        for end in _ADDED["histogram"]:
            base = self.live.get(name.removesuffix(end)) if name.endswith(end) else None
            if base is not None and end in _ADDED[base.type]:
                raise Conflict(name)
