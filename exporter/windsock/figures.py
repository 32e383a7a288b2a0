"""Figures of one moment and Prometheus' text form of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.utils import floatToGoString

from windsock.metric import Database, Kind, Metric

# A metric, the values of its labels in the order of the metric, and the value.
Sample = tuple[Metric, tuple[str, ...], float]
_Values = tuple[str, ...]


class FiguresError(ValueError):
    """A sample does not fit its metric; the message names both sets of labels."""


class Figures:
    """Samples by family, in the order in which the families came first."""

    def __init__(self) -> None:
        self._families: dict[str, tuple[Metric, dict[_Values, float]]] = {}
        self._histograms: dict[str, tuple[Metric, dict[_Values, tuple[tuple[float, ...], float]]]] = {}

    def add(self, metric: Metric, value: float, /, **labels: str) -> None:
        """Add one sample of a gauge or a counter; a second one with the same labels is the caller's mistake.

        Raises:
            FiguresError: `labels` are not exactly the labels of the metric, or were there already.
        """
        self._put(metric, _values(metric, labels), value)

    def add_histogram(self, metric: Metric, counts: Sequence[float], total: float, /, **labels: str) -> None:
        """Add one histogram.

        Args:
            metric: a histogram.
            counts: observations per bucket, not cumulative, those above the last bound at the end.
            total: the sum of what was observed.
            labels: of the metric.

        Raises:
            FiguresError: the labels or the number of buckets do not fit.
        """
        values = _values(metric, labels)
        if metric.kind is not Kind.HISTOGRAM or len(counts) != len(_bounds(metric)) + 1:
            raise FiguresError(f"{metric}: {len(counts)} counts for {len(_bounds(metric))} buckets and +Inf")
        _, family = self._histograms.setdefault(metric.name, (metric, {}))
        if values in family:
            raise FiguresError(f"{metric}: labels {values} stand twice")
        family[values] = (tuple(accumulate(counts)), total)

    def extend(self, samples: Iterable[Sample]) -> None:
        """Add samples that come with label values in the metric's order."""
        for metric, labels, value in samples:
            if len(labels) != len(metric.labels):
                raise FiguresError(f"{metric}: got {len(labels)} labels, needs {sorted(metric.labels)}")
            self._put(metric, labels, value)

    def value(self, metric: Metric, **labels: str) -> float | None:
        """The value of one sample, None if there is none."""
        _, family = self._families.get(metric.name, (metric, {}))
        return family.get(tuple(labels[name] for name in metric.labels))

    def family(self, metric: Metric) -> dict[tuple[str, ...], float]:
        """Every sample of one metric by its label values."""
        return dict(self._families.get(metric.name, (metric, {}))[1])

    def histogram(self, metric: Metric) -> dict[tuple[str, ...], tuple[tuple[float, ...], float]]:
        """Cumulative counts and sum of one metric by its label values."""
        return dict(self._histograms.get(metric.name, (metric, {}))[1])

    def collect(self) -> Iterator[Family]:
        """The families as prometheus_client knows them."""
        for metric, samples in self._families.values():
            kind = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
            family = kind(metric.name, metric.help, labels=metric.labels)
            for labels, value in samples.items():
                family.add_metric(labels, value)
            yield family
        for metric, histograms in self._histograms.values():
            shown = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
            bounds = [*map(floatToGoString, _bounds(metric)), "+Inf"]
            for labels, (counts, total) in histograms.items():
                shown.add_metric(labels, list(zip(bounds, counts, strict=True)), total)
            yield shown

    def render(self) -> bytes:
        """The exposition in Prometheus' text format; label values may hold anything."""
        return generate_latest(self)

    def _put(self, metric: Metric, labels: _Values, value: float) -> None:
        if metric.kind is Kind.HISTOGRAM:
            raise FiguresError(f"{metric}: a histogram is more than one value")
        _, family = self._families.setdefault(metric.name, (metric, {}))
        if labels in family:
            raise FiguresError(f"{metric}: labels {labels} stand twice")
        family[labels] = value


def _values(metric: Metric, labels: dict[str, str]) -> _Values:
    if labels.keys() != set(metric.labels):
        raise FiguresError(f"{metric}: got labels {sorted(labels)}, needs {sorted(metric.labels)}")
    return tuple(labels[name] for name in metric.labels)


def _bounds(metric: Metric) -> tuple[float, ...]:
    return metric.source.buckets if isinstance(metric.source, Database) else ()
