"""Prometheus' text format, byte for byte as prometheus_client writes it, in a fraction of its time.

Ten thousand DAGs are many thousand lines every few seconds, and who writes them keeps scrapes waiting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prometheus_client.utils import floatToGoString

from windsock.metric import Metric

_Values = tuple[str, ...]
# Of so few characters, with a point among them, every number looks the same in Python and in Go.
_SHORT = 6


class Writer:
    """Writes one page; remembers how a label's value looks, as most of them come again in other families."""

    def __init__(self) -> None:
        self._looks: dict[str, str] = {}

    def samples(self, metric: Metric, labels: Sequence[str], samples: Mapping[_Values, float]) -> str:
        """Gauges or a counter; `labels` are those that are shown."""
        line = _Line(metric.name, labels)
        escaped, text = self._escaped, line.text
        return _head(metric) + "".join([text(escaped(values), value) for values, value in samples.items()])

    def histograms(
        self,
        metric: Metric,
        labels: Sequence[str],
        bounds: Sequence[float],
        histograms: Mapping[_Values, tuple[Sequence[float], float]],
    ) -> str:
        """Histograms: cumulative counts, the last of them for +Inf, and the sum of what was observed."""
        ends = [*map(floatToGoString, bounds), "+Inf"]
        bucket = _Line(f"{metric.name}_bucket", (*labels, "le"))
        count = _Line(f"{metric.name}_count", labels)
        total = _Line(f"{metric.name}_sum", labels)
        lines = [_head(metric)]
        for values, (counts, observed) in histograms.items():
            looks = self._escaped(values)
            lines += [bucket.text((*looks, end), below) for end, below in zip(ends, counts, strict=True)]
            lines += (count.text(looks, counts[-1]), total.text(looks, observed))
        return "".join(lines)

    def _escaped(self, values: _Values) -> _Values:
        try:
            return tuple([self._looks[value] for value in values])
        except KeyError:
            for value in values:
                self._looks[value] = value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
            return tuple([self._looks[value] for value in values])


class _Line:
    """A sample line of one name, its labels in the order of their names."""

    def __init__(self, name: str, labels: Sequence[str]) -> None:
        self._order = sorted(range(len(labels)), key=labels.__getitem__)
        inner = ",".join(f'{labels[index]}="%s"' for index in self._order)
        self._text = f"{name}{{{inner}}} %s\n" if labels else f"{name} %s\n"
        self._in_order = self._order == list(range(len(labels)))

    def text(self, looks: _Values, value: float) -> str:
        """The line; `looks` are escaped values in the order of the metric's labels."""
        if not self._in_order:
            looks = tuple([looks[index] for index in self._order])
        number = repr(float(value))
        if len(number) > _SHORT or "." not in number:
            number = str(floatToGoString(value))  # type: ignore[no-untyped-call]
        return self._text % (*looks, number)


def _head(metric: Metric) -> str:
    words = metric.help.replace("\\", r"\\").replace("\n", r"\n")
    return f"# HELP {metric.name} {words}\n# TYPE {metric.name} {metric.kind.value}\n"
