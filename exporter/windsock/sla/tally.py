"""How often a promise was kept and broken: totals, the last deadlines, and what is left to be missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from windsock.sla.decided import Outcome
from windsock.sla.memory import Memory
from windsock.sla.rules import SUCCESS_RATIO, Sla

_MET, _MISSED = "1", "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of one SLA.

    Attributes:
        met, missed: deadlines since it was first seen, never fewer than before.
        recent: how many of the last ones its objective looks at; of a success ratio, runs.
        recent_met: how many of these were met.
        budget: percent of the allowed misses among these that is left; below 0 it is overdrawn.
    """

    met: int
    missed: int
    recent: int
    recent_met: int
    budget: float


def counted(memory: Memory, entry: Sla, outcomes: Sequence[Outcome]) -> Memory:
    """The memory with these deadlines counted; a success ratio looks at runs and not at deadlines."""
    if not outcomes:
        return memory
    met = sum(outcome.met for outcome in outcomes)
    recent = memory.recent
    if entry.kind != SUCCESS_RATIO:
        recent += marks([outcome.met for outcome in outcomes])
    return memory.model_copy(
        update={
            "met": memory.met + met,
            "broken": memory.broken + len(outcomes) - met,
            "recent": recent[-entry.allowed.runs :],
        }
    )


def marks(good: Sequence[bool]) -> str:
    """Runs or deadlines, oldest first, as a memory keeps them."""
    return "".join(_MET if each else _MISSED for each in good)


def tally(memory: Memory, entry: Sla) -> Tally:
    """What a memory says."""
    recent = memory.recent[-entry.allowed.runs :]
    misses = recent.count(_MISSED)
    return Tally(
        met=memory.met,
        missed=memory.broken,
        recent=len(recent),
        recent_met=len(recent) - misses,
        budget=100 * (1 - misses / entry.allowed.failures),
    )
