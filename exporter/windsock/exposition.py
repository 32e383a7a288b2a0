"""Prometheus' text format, byte for byte as prometheus_client writes it, in a fraction of its time.

Ten thousand DAGs are many thousand lines every few seconds, and who writes them keeps scrapes waiting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prometheus_client.utils import floatToGoString

from windsock.metric import Metric

_Values = tuple[str, ...]
# Of numbers with more digits before the point, Go writes the exponent.
_PLAIN = 6


class Writer:
    """Writes one page; remembers how a label's value looks, as most of them come again in other families."""

    def __init__(self) -> None:
        self._looks = _Looks()

    def samples(self, metric: Metric, labels: Sequence[str], samples: Mapping[_Values, float]) -> str:
        """Gauges or a counter; `labels` are those that are shown."""
        looks = self._looks
        if len(labels) == 1:
            # Most lines are of one DAG each.
            start = f'{metric.name}{{{labels[0]}="'
            lines = [f'{start}{looks[value]}"}} {_number(number)}\n' for (value,), number in samples.items()]
        else:
            text = _Line(metric.name, labels).text
            lines = [text(looks.of(values), number) for values, number in samples.items()]
        return _head(metric) + "".join(lines)

    def histograms(
        self,
        metric: Metric,
        labels: Sequence[str],
        bounds: Sequence[float],
        histograms: Mapping[_Values, tuple[Sequence[float], float]],
    ) -> str:
        """Histograms: cumulative counts, the last of them for +Inf, and the sum of what was observed."""
        ends = [*map(_number, bounds), "+Inf"]
        bucket = _Line(f"{metric.name}_bucket", (*labels, "le"))
        count = _Line(f"{metric.name}_count", labels)
        total = _Line(f"{metric.name}_sum", labels)
        lines = [_head(metric)]
        for values, (counts, observed) in histograms.items():
            looks = self._looks.of(values)
            lines += [bucket.text((*looks, end), below) for end, below in zip(ends, counts, strict=True)]
            lines += (count.text(looks, counts[-1]), total.text(looks, observed))
        return "".join(lines)


class _Looks(dict[str, str]):
    """How values look between quotes."""

    def __missing__(self, value: str) -> str:
        look = self[value] = value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
        return look

    def of(self, values: _Values) -> _Values:
        """All of them."""
        return tuple([self[value] for value in values])


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
        return self._text % (*looks, _number(value))


def _number(value: float) -> str:
    text = repr(float(value))
    point = text.find(".")
    if point < 0:  # what has no point is not finite, or very big
        return str(floatToGoString(value))  # type: ignore[no-untyped-call]
    if point <= _PLAIN or text[0] == "-":
        return text
    digits = (text[:point] + text[point + 1 :]).rstrip("0")
    first, rest = digits[0], digits[1:]
    return f"{first}.{rest}e+{point - 1:02}" if rest else f"{first}e+{point - 1:02}"


def _head(metric: Metric) -> str:
    words = metric.help.replace("\\", r"\\").replace("\n", r"\n")
    return f"# HELP {metric.name} {words}\n# TYPE {metric.name} {metric.kind.value}\n"
