"""Figures of one moment and Prometheus' text form of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import add

from windsock.cardinality import Cardinality, Preset, stay
from windsock.exposition import Writer
from windsock.metric import Database, Kind, Metric

# A metric, the values of its labels in the order of the metric, and the value.
Sample = tuple[Metric, tuple[str, ...], float]
_Values = tuple[str, ...]
_Histogram = tuple[tuple[float, ...], float]
_DAG = "dag_id"


class FiguresError(ValueError):
    """A sample does not fit its metric; the message names both sets of labels."""


@dataclass(slots=True)
class _Shape:
    """One family: the labels that a sample comes with, those that are shown, and what was added."""

    metric: Metric
    given: frozenset[str]
    labels: tuple[str, ...]
    shown: bool
    sparse: bool
    limited: bool
    dag_at: int | None
    samples: dict[_Values, float] = field(default_factory=dict)
    histograms: dict[_Values, _Histogram] = field(default_factory=dict)
    hidden: int = 0
    over: int = 0

    @property
    def reduced(self) -> bool:
        """Whether labels were left out, so that values are added up."""
        return len(self.given) > len(self.labels)


class Figures:
    """Samples by family, in the order in which the families came first.

    Args:
        cardinality: what is shown of them.
    """

    def __init__(self, cardinality: Cardinality | None = None) -> None:
        self._cardinality = cardinality or Cardinality()
        self._shapes: dict[str, _Shape] = {}

    @property
    def preset(self) -> Preset:
        """How much is shown."""
        return self._cardinality.preset

    def add(self, metric: Metric, value: float, /, **labels: str) -> None:
        """Add one sample of a gauge or a counter; a second one with the same labels is the caller's mistake.

        Raises:
            FiguresError: `labels` are not exactly the labels that the metric has in `full`, or were there
                already.
        """
        if metric.kind is Kind.HISTOGRAM:
            raise FiguresError(f"{metric}: a histogram is more than one value")
        shape = self._shape(metric)
        values = self._place(shape, labels)
        if values is None or (shape.sparse and value == 0):
            return
        if values in shape.samples:
            if not shape.reduced:
                raise FiguresError(f"{metric}: labels {values} stand twice")
            value += shape.samples[values]
        shape.samples[values] = value

    def add_each(
        self, metric: Metric, names: tuple[str, ...], samples: Iterable[tuple[_Values, float]]
    ) -> None:
        """Like `add` for many samples of a gauge or a counter, in a fraction of the time.

        Args:
            metric: not a histogram.
            names: the labels that the metric has in `full`, in the order of the values.
            samples: values of the labels and the value; not looked at where the preset shows no such series.

        Raises:
            FiguresError: like `add`.
        """
        shape = self._shape(metric)
        if metric.kind is Kind.HISTOGRAM or shape.given != set(names):
            raise FiguresError(f"{metric}: got labels {sorted(names)}, needs {sorted(shape.given)}")
        if not shape.shown:
            return
        shows, found = self._cardinality.shows, shape.samples
        dag_at = names.index(_DAG) if shape.dag_at is not None and self._cardinality.selects else None
        places = None if names == shape.labels else tuple(names.index(name) for name in shape.labels)
        if dag_at is None and places is None:
            samples = list(samples)
            # Most families come whole, at once and as they are.
            if not found and _put(found, samples, sparse=shape.sparse):
                return
        for given, value in samples:
            if dag_at is not None and not shows(given[dag_at]):
                shape.hidden += 1
                continue
            if shape.sparse and value == 0:
                continue
            values = given if places is None else tuple([given[place] for place in places])
            if values not in found:
                found[values] = value
            elif shape.reduced:
                found[values] += value
            else:
                raise FiguresError(f"{metric}: labels {values} stand twice")

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
        if metric.kind is not Kind.HISTOGRAM or len(counts) != len(_bounds(metric)) + 1:
            raise FiguresError(f"{metric}: {len(counts)} counts for {len(_bounds(metric))} buckets and +Inf")
        shape = self._shape(metric)
        values = self._place(shape, labels)
        if values is None:
            return
        cumulative = tuple(accumulate(counts))
        if values in shape.histograms:
            if not shape.reduced:
                raise FiguresError(f"{metric}: labels {values} stand twice")
            before, sum_before = shape.histograms[values]
            cumulative, total = tuple(map(add, cumulative, before)), total + sum_before
        shape.histograms[values] = (cumulative, total)

    def extend(self, samples: Iterable[Sample]) -> None:
        """Add samples that come with label values in the metric's order."""
        for metric, labels, value in samples:
            if len(labels) != len(metric.labels):
                raise FiguresError(f"{metric}: got {len(labels)} labels, needs {sorted(metric.labels)}")
            shape = self._shape(metric)
            if shape.limited or metric.kind is Kind.HISTOGRAM or labels in shape.samples:
                self.add(metric, value, **dict(zip(metric.labels, labels, strict=True)))
            else:
                # Of SLAs there are many, and all of them are shown as they are.
                shape.samples[labels] = value

    def value(self, metric: Metric, **labels: str) -> float | None:
        """The value of one sample, None if there is none."""
        shape = self._shape(metric)
        return shape.samples.get(tuple(labels[name] for name in shape.labels))

    def family(self, metric: Metric) -> dict[_Values, float]:
        """Every sample of one metric by its label values."""
        return dict(self._shape(metric).samples)

    def histogram(self, metric: Metric) -> dict[_Values, _Histogram]:
        """Cumulative counts and sum of one metric by its label values."""
        return dict(self._shape(metric).histograms)

    def limit(self) -> Mapping[tuple[str, str], int]:
        """Apply the cap; the number of series that are not shown, by family and reason (dags, cap)."""
        dropped: Counter[tuple[str, str]] = Counter()
        for name, shape in self._shapes.items():
            if shape.hidden:
                dropped[name, "dags"] = shape.hidden
            shape.over += self._cap(shape)
            if shape.over:
                dropped[name, "cap"] = shape.over
        return dropped

    def counts(self) -> Mapping[str, int]:
        """Series by family; a histogram has one per bucket, and count and sum."""
        return {
            name: len(shape.samples) + len(shape.histograms) * (len(_bounds(shape.metric)) + 3)
            for name, shape in self._shapes.items()
            if shape.samples or shape.histograms
        }

    def render(self) -> bytes:
        """The exposition in Prometheus' text format; label values may hold anything."""
        return b"".join(self.pages())

    def pages(self) -> Iterator[bytes]:
        """The same, family by family: all of it at once is many megabytes."""
        writer = Writer()
        for shape in self._shapes.values():
            if shape.histograms:
                bounds = _bounds(shape.metric)
                yield writer.histograms(shape.metric, shape.labels, bounds, shape.histograms).encode()
            if shape.samples:
                yield writer.samples(shape.metric, shape.labels, shape.samples).encode()

    def _shape(self, metric: Metric) -> _Shape:
        found = self._shapes.get(metric.name)
        if found is None:
            found = self._shapes[metric.name] = _shape_of(metric, self._cardinality.preset)
        return found

    def _place(self, shape: _Shape, labels: dict[str, str]) -> _Values | None:
        """The label values that are shown; None if the series is not."""
        if labels.keys() != shape.given:
            raise FiguresError(f"{shape.metric}: got labels {sorted(labels)}, needs {sorted(shape.given)}")
        if not shape.shown:
            return None
        if shape.dag_at is not None and not self._cardinality.shows(labels[_DAG]):
            shape.hidden += 1
            return None
        return tuple([labels[name] for name in shape.labels])

    def _cap(self, shape: _Shape) -> int:
        cap, size = self._cardinality.cap, len(shape.samples) + len(shape.histograms)
        if size <= cap or not shape.limited:
            return 0
        kept = stay((*shape.samples, *shape.histograms), shape.dag_at, cap)
        shape.samples = {key: value for key, value in shape.samples.items() if key in kept}
        shape.histograms = {key: value for key, value in shape.histograms.items() if key in kept}
        return size - cap


def _put(found: dict[_Values, float], samples: list[tuple[_Values, float]], *, sparse: bool) -> bool:
    """Put samples where none are; False, and nothing is changed, if two have the same labels."""
    if sparse:
        samples = [sample for sample in samples if sample[1] != 0]
    found.update(samples)
    if len(found) == len(samples):
        return True
    found.clear()
    return False


def _shape_of(metric: Metric, preset: Preset) -> _Shape:
    source = metric.source if isinstance(metric.source, Database) else None
    labels = metric.all_labels if preset is Preset.FULL else metric.labels
    return _Shape(
        metric=metric,
        given=frozenset(metric.all_labels),
        labels=labels,
        shown=source is None or preset.has(source.least),
        sparse=source is not None and source.sparse and preset is not Preset.FULL,
        # What does not come from the database was asked for one by one, such as SLAs.
        limited=source is not None,
        dag_at=labels.index(_DAG) if _DAG in labels and source is not None else None,
    )


def _bounds(metric: Metric) -> tuple[float, ...]:
    return metric.source.buckets if isinstance(metric.source, Database) else ()
