"""Figures of one moment and Prometheus' text form of them."""

from __future__ import annotations

from collections.abc import Iterable

from windsock.metric import Metric

# A metric, the values of its labels in the order of the metric, and the value.
Sample = tuple[Metric, tuple[str, ...], float]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


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

    def render(self) -> bytes:
        """The exposition, version 0.0.4; label values may hold anything."""
        lines: list[str] = []
        for metric, family in self._families.values():
            lines.append(
                f"# HELP {metric.name} {_help(metric.help)}\n# TYPE {metric.name} {metric.kind.value}\n"
            )
            if not metric.labels:
                lines.extend(f"{metric.name} {_number(value)}\n" for value in family.values())
                continue
            start = [f'{name}="' for name in metric.labels]
            for labels, value in family.items():
                inner = '",'.join(
                    head + label.translate(_ESCAPES) for head, label in zip(start, labels, strict=True)
                )
                lines.append(f'{metric.name}{{{inner}"}} {_number(value)}\n')
        return "".join(lines).encode("utf-8", errors="replace")

    def _put(self, metric: Metric, labels: tuple[str, ...], value: float) -> None:
        _, family = self._families.setdefault(metric.name, (metric, {}))
        if labels in family:
            raise FiguresError(f"{metric}: labels {labels} stand twice")
        family[labels] = value


def _help(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
