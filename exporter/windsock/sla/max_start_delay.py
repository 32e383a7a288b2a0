"""`max_start_delay`: how long after it is due a run may start."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from windsock.facts import Dag, Run
from windsock.sla.decided import Outcome
from windsock.sla.memory import Memory, Miss
from windsock.sla.rules import Sla
from windsock.sla.verdict import Verdict

_INSTANT = timedelta(microseconds=1)


class _Wait(NamedTuple):
    """A run that was, or is, waiting; `start` is None for one that still does."""

    due: datetime
    since: datetime
    start: datetime | None


def judge(entry: Sla, memory: Memory, dag: Dag | None, now: datetime) -> Verdict:
    """Judge every run whose deadline has passed since the last time; once each, so clearing changes nothing.

    The next due time counts as a run that waits, so a run that nobody creates is late too; one that is
    overdue when the SLA is first seen waits since then. A breach ends when that run starts, or one due later.
    """
    if dag is not None:
        memory = memory.model_copy(update={"next_due": dag.next_due if dag.scheduled else None})
    base = memory.last_deadline or memory.first_seen
    missed, last, ahead = list(memory.missed), memory.last_deadline, []
    outcomes = []
    waits = sorted(_waits(memory, dag), key=lambda wait: wait.since)
    for wait in waits:
        deadline = wait.since + entry.limit
        if deadline + entry.patience > now:
            if wait.start is None:
                ahead.append(deadline)
            continue
        if deadline > base:
            last = deadline if last is None else max(last, deadline)
            met = wait.start is not None and wait.start <= deadline + entry.patience
            outcomes.append(Outcome(deadline=deadline, met=met, finish=wait.start))
            if not met:
                missed.append(Miss(floor=wait.due - _INSTANT, deadline=deadline))
    started = max((wait.due for wait in waits if wait.start is not None), default=None)
    missed = [miss for miss in missed if started is None or miss.floor is None or started <= miss.floor]
    return Verdict(
        memory=memory.model_copy(update={"missed": tuple(missed), "last_deadline": last}),
        deadline=min(ahead, default=None),
        outcomes=tuple(outcomes),
    )


def _waits(memory: Memory, dag: Dag | None) -> Iterator[_Wait]:
    runs = () if dag is None else dag.runs
    for run in runs:
        if not run.asked_later:
            yield _Wait(run.due, run.due, _start(run))
    due = memory.next_due
    if due is not None and all(run.due != due for run in runs):
        yield _Wait(due, max(due, memory.first_seen), None)


def _start(run: Run) -> datetime | None:
    """When it left the queue; of a run without a start time, in time."""
    return None if run.state == "queued" else run.start or run.due
