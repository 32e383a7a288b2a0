"""Triggers of deferred tasks: does a living triggerer run them, and are any past their time?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from windsock.catalog import triggers
from windsock.collect.collector import Collector, Reader, Scene, Tier
from windsock.collect.platform.components import ALIVE_FOR
from windsock.collect.platform.jobs import JobId, fresh_jobs
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make


class TriggersOf(NamedTuple):
    """Triggers by triggerer, which is a job; None for those that no triggerer has taken."""

    triggerer: int | None
    triggers: int
    oldest: datetime


class TaskCount(NamedTuple):
    """How many task instances."""

    tasks: int


def triggers_by_triggerer(_of: Flavour) -> Statement[TriggersOf]:
    """The table is small: triggers go when they are done."""
    return make(
        "triggers",
        TriggersOf,
        "SELECT triggerer_id AS triggerer, count(*) AS triggers, min(created_date) AS oldest"
        ' FROM "trigger" GROUP BY 1',
        reads={"trigger": ("created_date", "triggerer_id")},
    )


def triggerers(_of: Flavour) -> Statement[JobId]:
    """Those that are alive."""
    return fresh_jobs("triggerers", "TriggererJob")


def deferred_overdue(of: Flavour) -> Statement[TaskCount]:
    """[ti_state]; the column has no time zone on 2.x."""
    naive = not of.three and of.postgresql
    now = "CAST(:now AS timestamptz) AT TIME ZONE 'UTC'" if naive else ":now"
    return make(
        "deferred_overdue",
        TaskCount,
        f"SELECT count(*) AS tasks FROM task_instance WHERE state = 'deferred' AND trigger_timeout < {now}",
        reads={"task_instance": ("state", "trigger_timeout")},
        now=EXAMPLE_TIME,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Triggers:
    """Triggers by triggerer, and the triggerers that are alive."""

    triggers: tuple[TriggersOf, ...]
    alive: frozenset[int]


class TriggersCollector(Collector[Triggers]):
    """Reads `trigger` and `job`."""

    name = "triggers"
    tier = Tier.SLOW
    lies_under_lag = True
    reads = (triggers_by_triggerer, triggerers)

    def read(self, reader: Reader) -> Triggers:
        """Triggers first: a triggerer that starts in between is alive without one, never the reverse."""
        found = reader.rows(triggers_by_triggerer)
        alive = reader.rows(triggerers, since=reader.now - ALIVE_FOR)
        return Triggers(triggers=tuple(found), alive=frozenset(row.id for row in alive))

    def add(self, figures: Figures, value: Triggers, scene: Scene) -> None:
        """Triggers by what runs them, those that nothing runs, and the oldest."""
        counts = {"alive": 0, "dead": 0, "none": 0}
        for row in value.triggers:
            counts[_triggerer(row.triggerer, value.alive)] += row.triggers
        for triggerer, count in counts.items():
            figures.add(triggers.TRIGGERS, count, triggerer=triggerer)
        figures.add(triggers.UNASSIGNED, counts["dead"] + counts["none"])
        if value.triggers:
            figures.add(triggers.OLDEST, min(row.oldest for row in value.triggers).timestamp())


class DeferredCollector(Collector[int]):
    """Reads `task_instance`: deferred ones whose trigger should have fired or timed out."""

    name = "deferred"
    tier = Tier.SLOW
    lies_under_lag = True
    reads = (deferred_overdue,)

    def read(self, reader: Reader) -> int:
        """How many."""
        return reader.rows(deferred_overdue, now=reader.now)[0].tasks

    def add(self, figures: Figures, value: int, scene: Scene) -> None:
        """Deferred past their timeout."""
        figures.add(triggers.DEFERRED_OVERDUE, value)


def _triggerer(triggerer: int | None, alive: frozenset[int]) -> str:
    if triggerer is None:
        return "none"
    return "alive" if triggerer in alive else "dead"
