"""What judging one SLA of one DAG at one moment gives; shared by all kinds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from windsock.sla.causes import Cause
from windsock.sla.decided import Outcome
from windsock.sla.memory import Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome.

    Attributes:
        memory: what to remember; `memory.missed` is not empty exactly while breached.
        deadline: the next one; None while none is in sight.
        met: the next deadline is met already.
        cause: why it is breached, where the kind itself says so.
        outcomes: deadlines that were decided since the last time.
        unknowable: why this SLA cannot be judged at all; None if it can.
    """

    memory: Memory
    deadline: datetime | None
    met: bool = False
    cause: Cause | None = None
    outcomes: tuple[Outcome, ...] = ()
    unknowable: str | None = None
