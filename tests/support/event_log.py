"""The simulator's own log of what happened, and how an exposition differs from it."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

from windsock.metric import Database, Kind, Metric

_LINE = re.compile(r"^(?P<name>[a-z_]+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
_LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')

Labels = frozenset[tuple[str, str]]
Series = tuple[str, Labels]


def parse(text: str) -> dict[Series, float]:
    """Every series of an exposition."""
    found = {}
    for line in text.splitlines():
        if match := _LINE.match(line):
            found[match["name"], frozenset(_LABEL.findall(match["labels"] or ""))] = float(match["value"])
    return found


class EventLog:
    """Counts, and each single value of a histogram."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[Metric, Labels]] = Counter()
        self._values: dict[tuple[Metric, Labels], list[float]] = defaultdict(list)

    def count(self, metric: Metric, amount: float = 1, /, **labels: str) -> None:
        """Something happened."""
        assert set(labels) == set(metric.all_labels)
        self._counts[metric, frozenset(labels.items())] += amount  # type: ignore[assignment]

    def observe(self, metric: Metric, value: float, /, **labels: str) -> None:
        """Something took so long."""
        assert set(labels) == set(metric.all_labels)
        self._values[metric, frozenset(labels.items())].append(value)

    def total(self, metric: Metric, chosen: Callable[[Mapping[str, str]], bool]) -> float:
        """The sum over the chosen labels."""
        return sum(
            value for (each, labels), value in self._counts.items() if each == metric and chosen(dict(labels))
        )

    def series(self) -> dict[Series, float]:
        """As an exposition would have it, without zeros."""
        found: dict[Series, float] = {
            (metric.name, labels): value for (metric, labels), value in self._counts.items()
        }
        for (metric, labels), values in self._values.items():
            assert isinstance(metric.source, Database)
            for bound in (*metric.source.buckets, math.inf):
                le = "+Inf" if bound == math.inf else repr(bound)
                bucket = labels | {("le", le)}
                found[f"{metric}_bucket", bucket] = sum(value <= bound for value in values)
            found[f"{metric}_count", labels] = len(values)
            found[f"{metric}_sum", labels] = math.fsum(values)
        return {series: value for series, value in found.items() if value}


def differences(
    expected: Mapping[Series, float],
    shown: Mapping[Series, float],
    metrics: Iterable[Metric],
    *,
    left_out: Callable[[Mapping[str, str]], bool],
) -> list[str]:
    """What is not as the log says, one line each; sums of seconds may differ by rounding."""
    names = {name for metric in metrics for name in _names(metric)}
    found = []
    for name, labels in sorted(expected.keys() | shown.keys(), key=repr):
        if name not in names or left_out(dict(labels)):
            continue
        wanted, got = expected.get((name, labels), 0.0), shown.get((name, labels), 0.0)
        close = math.isclose(wanted, got, rel_tol=1e-6, abs_tol=1e-3) if "seconds" in name else wanted == got
        if not close:
            found.append(f"{name} {dict(sorted(labels))}: happened {wanted:g}, counted {got:g}")
    return found


def fallen(
    before: Mapping[Series, float], after: Mapping[Series, float], metrics: Iterable[Metric]
) -> list[str]:
    """The counters that went back."""
    names = {name for metric in metrics for name in _names(metric)}
    return [
        f"{series}: {value:g}, then {after.get(series, 0.0):g}"
        for series, value in before.items()
        if series[0] in names and after.get(series, 0.0) < value - 1e-9
    ]


def _names(metric: Metric) -> tuple[str, ...]:
    if metric.kind is not Kind.HISTOGRAM:
        return (metric.name,)
    return f"{metric}_bucket", f"{metric}_count", f"{metric}_sum"
