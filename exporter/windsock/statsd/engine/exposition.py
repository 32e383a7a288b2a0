"""What /metrics answers: text format 0.0.4, or why the whole page is an error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from windsock.statsd.engine.builtin import BUILTIN, own_families
from windsock.statsd.engine.numbers import format_float
from windsock.statsd.engine.registry import Family, Registry, Vector
from windsock.statsd.engine.tally import Tally

_HELP = str.maketrans({"\\": "\\\\", "\n": "\\n"})
_VALUE = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})


@dataclass(frozen=True, slots=True)
class Page:
    """An answer of /metrics.

    Attributes:
        status: 200, 500, or 0 where the connection ends without an answer.
        text: the metrics; for other statuses one line per reason.
    """

    status: int
    text: str


def page(registry: Registry, tally: Tally, known: int) -> Page:
    """The whole page; `known` is how many names the cache holds."""
    reasons = list(poisons(registry))
    if reasons:
        return Page(500, "\n".join(reasons))
    families = dict(own_families(tally, known))
    try:
        for name, family in registry.families.items():
            if lines := list(_family(name, family)):
                families[name] = lines
    except IndexError:
        return Page(0, "a quantile is not between 0 and 1")
    return Page(200, "".join(line for name in sorted(families) for line in families[name]))


def poisons(registry: Registry) -> Iterator[str]:
    """Why every scrape fails; nothing if it does not."""
    types = {**BUILTIN, **{name: family.type for name, family in _alive(registry)}}
    for name, family in _alive(registry):
        if not name:
            yield '"" is not a valid metric name'
        vectors = [vector for vector in family.vectors.values() if vector.series]
        if len(helps := {vector.help for vector in vectors}) > 1:
            yield f"metric {name} has different helps: {', '.join(repr(text) for text in sorted(helps))}"
        for vector in vectors:
            for label in vector.names:
                if label.startswith("__"):
                    yield f'"{label}" is not a valid label name for metric "{name}"'
        if name in BUILTIN:
            yield f"metric {name} is one of statsd_exporter's own"
        if any(BUILTIN.get(name.removesuffix(suffix)) == "summary" for suffix in ("_sum", "_count")):
            yield f"metric {name} collides with one of statsd_exporter's own"
        if family.type in {"histogram", "summary"}:
            for suffix in ("_sum", "_count", "_bucket")[: 3 if family.type == "histogram" else 2]:
                if name + suffix in types:
                    yield f"{family.type} {name} collides with metric {name + suffix}"


def _alive(registry: Registry) -> Iterator[tuple[str, Family]]:
    for name, family in registry.families.items():
        if any(vector.series for vector in family.vectors.values()):
            yield name, family


def _family(name: str, family: Family) -> Iterator[str]:
    vectors = [vector for vector in family.vectors.values() if vector.series]
    if not vectors:
        return
    yield f"# HELP {name} {vectors[0].help.translate(_HELP)}\n"
    yield f"# TYPE {name} {family.type}\n"
    rows = [(len(vector.names), values, vector) for vector in vectors for values in vector.series]
    for _, values, vector in sorted(rows, key=lambda row: row[:2]):
        yield from _series(name, vector, values)


def _series(name: str, vector: Vector, values: tuple[str, ...]) -> Iterator[str]:
    own = [pair(label, value) for label, value in zip(vector.names, values, strict=True)]
    for suffix, label, value, number in vector.series[values].samples():
        yield sample(name + suffix, [*own, pair(label, value)] if label else own, number)


def pair(label: str, value: str) -> str:
    """One label with its value."""
    return f'{label}="{value.translate(_VALUE)}"'


def sample(name: str, pairs: Iterable[str], value: float) -> str:
    """One line of the page."""
    inside = ",".join(pairs)
    return f"{name}{{{inside}}} {format_float(value)}\n" if inside else f"{name} {format_float(value)}\n"
