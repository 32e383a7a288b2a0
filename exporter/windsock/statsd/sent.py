"""Names as Airflow sends them, made from the catalogue: with plain ids, and with ids that hold dots."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from windsock.catalog.statsd import DROPS, LINES
from windsock.metric import Metric
from windsock.statsd.engine.line import Kind
from windsock.statsd.rules import WIRES
from windsock.wire import PLACEHOLDER, Line, Wire

KIND: dict[Wire, Kind] = {Wire.COUNTER: "counter", Wire.GAUGE: "gauge", Wire.TIMER: "observer"}
# Ids that no dot can be in.
_WITHOUT_DOTS = frozenset({"state", "return_code", "operator_name", "pool_name", "job_name"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One name that Airflow sends.

    Attributes:
        shown: as the catalogue writes it, `{label}` for ids.
        prefix: what stands before it.
        kind: its type.
        metric: where the catalogue puts it; None if it drops the line.
        line: the line of the catalogue; None for dropped ones.
        versions: who sends it.
    """

    shown: str
    prefix: str
    kind: Kind
    metric: Metric | None
    line: Line | None
    versions: tuple[str, ...]

    @property
    def ids(self) -> list[str]:
        """The ids in the name."""
        return PLACEHOLDER.findall(self.shown)

    @property
    def plain(self) -> str:
        """With ids of one part."""
        return self.with_id("", "")

    @property
    def dotted(self) -> str | None:
        """With a dot in the last id that often has one; None if there is none."""
        often = [label for label in self.ids if label not in _WITHOUT_DOTS]
        return self.with_id(often[-1], f"{often[-1]}.9q") if often else None

    def all(self) -> Iterator[str]:
        """The name with plain ids, and with each of them holding one dot or two."""
        yield self.plain
        for label in self.ids:
            yield self.with_id(label, f"{label}.9q")
            yield self.with_id(label, f"{label}.8q.9q")

    def with_id(self, label: str, text: str) -> str:
        """The name with a text of one's own for one id."""
        filled = PLACEHOLDER.sub(lambda one: text if one[1] == label else f"{one[1]}9q", self.shown)
        return f"{self.prefix}.{filled}"


def names(prefix: str, versions: Collection[str]) -> Iterator[Name]:
    """Every name that one of these versions sends, plain and legacy, mapped or dropped here."""
    for metric, line in LINES:
        if not set(line.versions) & set(versions):
            continue
        for shown in (line.name, line.legacy):
            if shown:
                kind = KIND[WIRES[metric.kind]]
                yield Name(
                    shown=shown, prefix=prefix, kind=kind, metric=metric, line=line, versions=line.versions
                )
    for drop in DROPS:
        if set(drop.versions) & set(versions):
            kind = KIND[drop.wire]
            yield Name(
                shown=drop.name, prefix=prefix, kind=kind, metric=None, line=None, versions=drop.versions
            )
