"""Where to look: what the cause of an SLA that is not ok is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was seen when the cause was found; empty strings where it does not speak of such a thing.

    Attributes:
        run_id: the run that keeps the SLA from being met.
        task_id: its task that decides, with `[map index]` where it is mapped.
        pool: where that waits.
        queue: where that waits.
        detail: one sentence with the numbers.
    """

    run_id: str = ""
    task_id: str = ""
    pool: str = ""
    queue: str = ""
    detail: str = ""
