"""Counters and histograms that go on after a restart or `kill -9` where they stood, in `counters.json`.

Each collector that counts has a book: the values, and a memo of what it has counted already (a cursor, keys).
Both go to disk in one write and before anybody sees the new values, so that after a crash either both are
remembered or neither, and a counter never goes back. Without a state directory counting starts at start.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

import structlog

from windsock.figures import Figures
from windsock.metric import Database, Kind, Metric
from windsock.statefile import Section, StateFile, encode

_FILE = "counters.json"
# A memo that alone has changed is on disk after this many seconds at the latest.
_LAZY_SECONDS = 60.0
# So many values a label may have; whatever comes after them counts as `other`, and sums stay true.
_CAP = 1_000
_CAPS = {"dag_id": 20_000, "operator": 200}
OTHER = "other"
_log = structlog.get_logger()

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts by bucket, not cumulative and one more for what is above, and the sum of all values."""

    counts: tuple[int, ...]
    total: float

    def __add__(self, other: Histogram) -> Histogram:
        counts = tuple(a + b for a, b in zip(self.counts, other.counts, strict=True))
        return Histogram(counts, self.total + other.total)


Value = float | Histogram


@dataclass(slots=True)
class Entry:
    """What one reading counted; it stands in the book once it is committed."""

    counts: dict[tuple[str, Labels], float] = field(default_factory=dict)
    observed: dict[tuple[str, Labels], tuple[list[int], float]] = field(default_factory=dict)

    def count(self, metric: Metric, amount: float = 1, /, **labels: str) -> None:
        """Add to a counter; an amount of 0 makes the series appear."""
        key = metric.name, tuple(labels[name] for name in metric.all_labels)
        self.counts[key] = self.counts.get(key, 0) + amount

    def observe(self, metric: Metric, value: float, /, **labels: str) -> None:
        """Add one value to a histogram."""
        key = metric.name, tuple(labels[name] for name in metric.all_labels)
        counts, total = self.observed.get(key) or ([0] * (len(_buckets(metric)) + 1), 0.0)
        counts[bisect_left(_buckets(metric), value)] += 1
        self.observed[key] = counts, total + value

    def __bool__(self) -> bool:
        return bool(self.counts or self.observed)

    def values(self) -> Iterator[tuple[str, Labels, Value]]:
        """By name of the metric and its labels, what has to be added."""
        for (name, labels), amount in self.counts.items():
            yield name, labels, amount
        for (name, labels), (counts, total) in self.observed.items():
            yield name, labels, Histogram(tuple(counts), total)


@dataclass(frozen=True, slots=True)
class Counted:
    """The values of a book at one moment."""

    families: tuple[tuple[Metric, Mapping[Labels, Value]], ...]

    def add_to(self, figures: Figures) -> None:
        """Everything, as figures."""
        for metric, series in self.families:
            for values, value in series.items():
                labels = dict(zip(metric.all_labels, values, strict=True))
                if isinstance(value, Histogram):
                    figures.add_histogram(metric, value.counts, value.total, **labels)
                else:
                    figures.add(metric, value, **labels)


class Counters:
    """The file and the books in it. Safe to use from several threads.

    Args:
        folder: the state directory; None keeps everything in memory only.
    """

    def __init__(self, folder: Path | None) -> None:
        self.file = StateFile(folder, _FILE)
        self._lock = Lock()
        self._sections = self.file.read()
        # Also those of collectors that are switched off now: they may come back.
        self._texts = {owner: encode(section) for owner, section in self._sections.items()}
        self._unwritten = False

    def book(self, owner: str, metrics: Collection[Metric]) -> Book:
        """The book of a collector, with what is on disk of these metrics."""
        return Book(self, owner, metrics, self._sections.pop(owner, {}))

    def save(self, owner: str, text: str | None) -> None:
        """Put a book's section on disk; None where only an earlier write that failed has to be repeated."""
        with self._lock:
            if text is not None:
                self._texts[owner] = text
                self._unwritten = True
            if self._unwritten:
                self._unwritten = not self.file.write(self._texts)


class Book:
    """Counters of one collector; only its own thread may use it."""

    def __init__(self, counters: Counters, owner: str, metrics: Collection[Metric], section: Section) -> None:
        self._counters = counters
        self._owner = owner
        memo = section.get("memo")
        self.memo: Mapping[str, Any] = memo if isinstance(memo, dict) else {}
        self._metrics = {metric.name: metric for metric in metrics}
        self._families = {metric.name: _load(metric, section) for metric in metrics}
        # What is written of each series: most of ten thousand are the same as last time.
        self._rows = {
            name: {labels: _row(labels, value) for labels, value in series.items()}
            for name, series in self._families.items()
        }
        self._saved_at = monotonic()

    def commit(self, entry: Entry, memo: Mapping[str, Any], *, lazy: bool = False) -> Counted:
        """Take over what was counted together with the memo, JSON as it is; then it may be shown.

        With `lazy` a memo that comes without counts reaches the disk within a minute, not now.
        """
        for name, labels, amount in entry.values():
            series = self._families[name]
            place = self._place(self._metrics[name], labels)
            known = series.get(place)
            new = series[place] = amount if known is None else known + amount  # type: ignore[operator]
            self._rows[name][place] = _row(place, new)
        self.memo = memo
        wait = lazy and not entry and monotonic() - self._saved_at < _LAZY_SECONDS
        self._counters.save(self._owner, None if wait else self._text())
        if not wait:
            self._saved_at = monotonic()
        return self.counted()

    def counted(self) -> Counted:
        """The values as they are, which no later commit changes."""
        return Counted(tuple((self._metrics[name], dict(series)) for name, series in self._families.items()))

    def _place(self, metric: Metric, labels: Labels) -> Labels:
        series = self._families[metric.name]
        if labels in series:
            return labels
        values = []
        for index, (name, value) in enumerate(zip(metric.all_labels, labels, strict=True)):
            cap = _CAPS.get(name, _CAP)
            # Fewer series than the cap have fewer values, too.
            full = len(series) >= cap and len(seen := {each[index] for each in series}) >= cap
            values.append(OTHER if full and value not in seen else value)
        return tuple(values)

    def _text(self) -> str:
        families = []
        for name, rows in self._rows.items():
            head = encode(_head(self._metrics[name])).removesuffix("}")
            families.append(f'{encode(name)}: {head}, "series": [{", ".join(rows.values())}]}}')
        return f'{{"memo": {encode(self.memo)}, "families": {{{", ".join(families)}}}}}'


def _buckets(metric: Metric) -> tuple[float, ...]:
    return metric.source.buckets if isinstance(metric.source, Database) else ()


def _head(metric: Metric) -> dict[str, Any]:
    """What must be the same for the values to go on: a histogram with other buckets starts anew."""
    head: dict[str, Any] = {"labels": list(metric.all_labels)}
    if metric.kind is Kind.HISTOGRAM:
        head["buckets"] = list(_buckets(metric))
    return head


def _row(labels: Labels, value: Value) -> str:
    values = (value.counts, value.total) if isinstance(value, Histogram) else (value,)
    return encode([*labels, *values])


def _load(metric: Metric, section: Section) -> dict[Labels, Value]:
    """What the file has of a metric; a family that somebody edited or an upgrade changed starts at zero."""
    families = section.get("families")
    family = families.get(metric.name) if isinstance(families, dict) else None
    if family is None:
        return {}
    try:
        if (head := {key: family[key] for key in family if key != "series"}) != _head(metric):
            raise ValueError(f"it had {json.dumps(head)}")  # noqa: TRY301 (like all that may be wrong with it)
        return dict(_series(metric, row) for row in family["series"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        _log.warning("a counter starts anew", metric=metric.name, why=str(error))
        return {}


def _series(metric: Metric, row: list[Any]) -> tuple[Labels, Value]:
    labels, values = row[: len(metric.all_labels)], row[len(metric.all_labels) :]
    if not all(isinstance(label, str) for label in labels):
        raise ValueError(f"{json.dumps(row)}: labels are text")
    if metric.kind is not Kind.HISTOGRAM:
        (amount,) = values
        return tuple(labels), float(amount)
    counts, total = values
    if len(counts) != len(_buckets(metric)) + 1:
        raise ValueError(f"{json.dumps(row)}: not a count per bucket")
    return tuple(labels), Histogram(tuple(int(count) for count in counts), float(total))
