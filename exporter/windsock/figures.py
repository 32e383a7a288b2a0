"""Figures of one moment and Prometheus' text form of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily

from windsock.metric import Kind, Metric

# A metric, the values of its labels in the order of the metric, and the value.
Sample = tuple[Metric, tuple[str, ...], float]


class FiguresError(ValueError):
    """A sample does not fit its metric; the message names both sets of labels."""


class Figures:
    """Samples by family, in the order in which the families came first."""

    def __init__(self) -> None:
        self._families: dict[str, tuple[Metric, dict[tuple[str, ...], float]]] = {}

    def add(self, metric: Metric, value: float, /, **labels: str) -> None:
        """Add one sample; a second one with the same labels is a mistake of the caller.

        Raises:
            FiguresError: `labels` are not exactly the labels of the metric, or were there already.
        """
        if labels.keys() != set(metric.labels):
            raise FiguresError(f"{metric}: got labels {sorted(labels)}, needs {sorted(metric.labels)}")
        self._put(metric, tuple(labels[name] for name in metric.labels), value)

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

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The families as prometheus_client knows them."""
        for metric, samples in self._families.values():
            family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
            for labels, value in samples.items():
                family.add_metric(labels, value)
            yield family

    def render(self) -> bytes:
        """The exposition in Prometheus' text format; label values may hold anything."""
        return generate_latest(self)

    def _put(self, metric: Metric, labels: tuple[str, ...], value: float) -> None:
        if metric.kind is not Kind.GAUGE:
            raise FiguresError(f"{metric}: a {metric.kind.value} is not a figure of a moment")
        _, family = self._families.setdefault(metric.name, (metric, {}))
        if labels in family:
            raise FiguresError(f"{metric}: labels {labels} stand twice")
        family[labels] = value
