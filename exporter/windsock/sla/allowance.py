"""Until when each of a DAG's runs had time, by a promise as it stands today: for drawings, not for judging.

What was judged then is in the record; here a run of last week is measured by today's promise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from windsock.facts import Run
from windsock.sla.rules import FINISH_BY, MAX_AGE, MAX_RUN_TIME, MAX_START_DELAY, Sla


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """One run and one promise.

    Attributes:
        until: when what is promised must be done; None where the promise says nothing of this run.
        done: when it was; None while it is not, and for a run that failed.
    """

    until: datetime | None
    done: datetime | None


def allowances(entry: Sla, runs: Sequence[Run], usual: float | None) -> list[Allowance]:
    """Of each run.

    Args:
        entry: the promise.
        runs: oldest first.
        usual: seconds that half of the DAG's runs take at most; None while unknown.
    """
    found, last = [], None
    for run in runs:
        found.append(_of(entry, run, last, usual))
        if run.state == "success":
            last = run.end
    return found


def _of(entry: Sla, run: Run, last: datetime | None, usual: float | None) -> Allowance:
    done = run.end if run.state == "success" else None
    if entry.kind == FINISH_BY:
        until = entry.clock.at_or_after(run.due)
        return Allowance(until=None if entry.clock.is_holiday(until) else until, done=done)
    if entry.kind == MAX_AGE:
        return Allowance(until=last + entry.limit if last else None, done=done)
    if entry.kind == MAX_START_DELAY:
        return Allowance(until=None if run.asked_later else run.due + entry.limit, done=run.start)
    if entry.kind == MAX_RUN_TIME and run.start is not None:
        limit = _run_time(entry, usual)
        return Allowance(until=None if limit is None else run.start + limit, done=run.end)
    return Allowance(until=None, done=done)


def _run_time(entry: Sla, usual: float | None) -> timedelta | None:
    if entry.factor is None:
        return entry.limit
    return None if usual is None else timedelta(seconds=entry.factor * usual)
