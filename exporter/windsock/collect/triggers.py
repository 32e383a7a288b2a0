"""Triggers of deferred tasks: does a living triggerer run them, and are any past their time?"""

from __future__ import annotations

from dataclasses import dataclass

from windsock.catalog import triggers
from windsock.collect.collector import Collector, Reader, Tier
from windsock.collect.components import ALIVE_FOR
from windsock.figures import Figures
from windsock.metadb import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Triggers:
    """Triggers by triggerer, and the triggerers that are alive."""

    triggers: tuple[rows.Triggers, ...]
    alive: frozenset[int]


class TriggersCollector(Collector[Triggers]):
    """Reads `trigger` and `job`."""

    name = "triggers"
    tier = Tier.SLOW
    uses = ("triggers", "triggerers")

    def read(self, reader: Reader) -> Triggers:
        """Triggers first: a triggerer that starts in between is alive without one, never the reverse."""
        found = reader.rows(reader.statements.small.triggers)
        alive = reader.rows(reader.statements.small.triggerers, since=reader.now - ALIVE_FOR)
        return Triggers(triggers=tuple(found), alive=frozenset(row.id for row in alive))


class DeferredCollector(Collector[int]):
    """Reads `task_instance`: deferred ones whose trigger should have fired or timed out."""

    name = "deferred"
    tier = Tier.SLOW
    uses = ("deferred_overdue",)

    def read(self, reader: Reader) -> int:
        """How many."""
        return reader.rows(reader.statements.small.deferred_overdue, now=reader.now)[0].tasks


def add(figures: Figures, read: Triggers) -> None:
    """Triggers by what runs them, those that nothing runs, and the oldest."""
    counts = {"alive": 0, "dead": 0, "none": 0}
    for row in read.triggers:
        counts[_triggerer(row.triggerer, read.alive)] += row.triggers
    for triggerer, count in counts.items():
        figures.add(triggers.TRIGGERS, count, triggerer=triggerer)
    figures.add(triggers.UNASSIGNED, counts["dead"] + counts["none"])
    if read.triggers:
        figures.add(triggers.OLDEST, min(row.oldest for row in read.triggers).timestamp())


def add_deferred(figures: Figures, read: int) -> None:
    """Deferred past their timeout."""
    figures.add(triggers.DEFERRED_OVERDUE, read)


def _triggerer(triggerer: int | None, alive: frozenset[int]) -> str:
    if triggerer is None:
        return "none"
    return "alive" if triggerer in alive else "dead"
