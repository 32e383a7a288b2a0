"""What the catalogue says that one Airflow line sends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from windsock.catalog.statsd import DROPS, METRICS
from windsock.metric import Kind, Metric, Statsd
from windsock.wire import VERSIONS, Drop, Reason, Wire

# The releases whose source the catalogue was compared with: no unexplained row in any of them.
CHECKED = {
    "2.7": "2.7.3",
    "2.8": "2.8.4",
    "2.9": "2.9.3",
    "2.10": "2.10.5",
    "2.11": "2.11.2",
    "3.0": "3.0.6",
    "3.1": "3.1.8",
    "3.2": "3.2.2",
    "3.3": "3.3.2",
}
_WIRES = {Kind.COUNTER: Wire.COUNTER, Kind.GAUGE: Wire.GAUGE, Kind.HISTOGRAM: Wire.TIMER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One name in the catalogue.

    Attributes:
        wires: its StatsD types.
        tags: the keys of a plain name; None where the catalogue does not say, as for legacy names.
        dead: it is documented, and no code sends it.
    """

    name: str
    wires: frozenset[Wire]
    tags: frozenset[str] | None
    dead: bool


def shape(name: str) -> str:
    """A name without the words for its ids, which differ between Airflow and the catalogue."""
    return re.sub(r"\{[^{}]*\}", "{}", name)


def nearest(release: tuple[int, ...]) -> str:
    """The line of the catalogue for a release: its own, else the newest before it, else the oldest."""
    lines = sorted(VERSIONS, key=_numbers)
    before = [line for line in lines if _numbers(line) <= release[:2]]
    return before[-1] if before else lines[0]


def expected(
    line: str, metrics: Iterable[Metric] = METRICS, drops: Iterable[Drop] = DROPS
) -> Mapping[str, Expected]:
    """Every name that the catalogue has for an Airflow line, by its shape."""
    found: dict[str, Expected] = {}

    def add(name: str, wire: Wire, tags: frozenset[str] | None, *, dead: bool = False) -> None:
        known = found.get(shape(name))
        found[shape(name)] = Expected(
            name=known.name if known else name,
            wires=frozenset({wire}) | (known.wires if known else frozenset()),
            tags=known.tags if tags is None and known else tags,
            dead=dead and (known is None or known.dead),
        )

    for metric in metrics:
        sent = metric.source.lines if isinstance(metric.source, Statsd) else ()
        for one in sent:
            if line not in one.versions:
                continue
            if one.name:
                add(one.name, _WIRES[metric.kind], frozenset(one.tags))
            if one.legacy:
                add(one.legacy, _WIRES[metric.kind], None)
    for drop in drops:
        if line in drop.versions:
            add(drop.name, drop.wire, None, dead=drop.reason is Reason.DEAD)
    return found


def _numbers(line: str) -> tuple[int, ...]:
    return tuple(int(part) for part in line.split("."))
