"""What the catalogue says that one Airflow line sends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from windsock.airflow_versions import VERSIONS
from windsock.catalog.statsd import DROPS, METRICS
from windsock.metric import Metric, Statsd
from windsock.statsd.rules import WIRES
from windsock.wire import Drop, Line, Reason, Timing, Wire, shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One name in the catalogue.

    Attributes:
        wires: its StatsD types.
        tags: the keys of a plain name; None where the catalogue does not say, as for legacy names.
        timings: for timers, how the code measures; empty where the catalogue does not say.
        dead: it is documented, and no code sends it.
    """

    name: str
    wires: frozenset[Wire]
    tags: frozenset[str] | None = None
    timings: frozenset[Timing] = frozenset()
    dead: bool = False


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
    for one in (*_from_metrics(line, metrics), *_from_drops(line, drops)):
        known = found.get(shape(one.name), one)
        found[shape(one.name)] = Expected(
            name=known.name,
            wires=known.wires | one.wires,
            tags=one.tags if known.tags is None else known.tags,
            timings=known.timings | one.timings,
            dead=known.dead and one.dead,
        )
    return found


def _from_metrics(line: str, metrics: Iterable[Metric]) -> Iterator[Expected]:
    for metric in metrics:
        assert isinstance(metric.source, Statsd)  # noqa: S101 (this catalogue holds nothing else)
        for one in metric.source.lines:
            if line in one.versions:
                yield from _forms(one, WIRES[metric.kind])


def _forms(line: Line, wire: Wire) -> Iterator[Expected]:
    timings = frozenset({line.timing} if wire is Wire.TIMER else ())
    if line.name:
        yield Expected(name=line.name, wires=frozenset({wire}), tags=frozenset(line.tags), timings=timings)
    if line.legacy:
        yield Expected(name=line.legacy, wires=frozenset({wire}), timings=timings)


def _from_drops(line: str, drops: Iterable[Drop]) -> Iterator[Expected]:
    for drop in drops:
        if line in drop.versions:
            yield Expected(name=drop.name, wires=frozenset({drop.wire}), dead=drop.reason is Reason.DEAD)


def _numbers(line: str) -> tuple[int, ...]:
    return tuple(int(part) for part in line.split("."))
