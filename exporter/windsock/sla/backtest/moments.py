"""When to look: the moments at which an SLA of one DAG may begin to stand otherwise.

They only say when the engine is asked. What it answers follows from what could be seen then, so a moment too
many changes nothing; one that comes of how long a run took in the end is a moment at which nothing was known
of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from windsock.sla.backtest.foresight import Foresight
from windsock.sla.backtest.history import History
from windsock.sla.backtest.past import Past
from windsock.sla.rules import (
    FINISH_BY,
    MAX_AGE,
    MAX_RUN_TIME,
    MAX_START_DELAY,
    SUCCESS_RATIO,
    Sla,
)

_SCHEDULED = "scheduled"
_FARTHEST = timedelta(days=2)


def fixed(entry: Sla, history: History, since: datetime) -> Iterator[datetime]:
    """Those that are known without judging."""
    if entry.kind == FINISH_BY:
        yield from _deadlines(entry, history, since)
        yield from _failures(history)
    elif entry.kind == MAX_AGE:
        yield from _failures(history)
    elif entry.kind == MAX_RUN_TIME:
        yield from (past.start for past in history.runs if past.start is not None and _long(entry, past))
    elif entry.kind == MAX_START_DELAY:
        for due in (*(past.run.due for past in history.runs if not past.run.asked_later), *history.owed):
            yield due + entry.limit + entry.patience
    elif entry.kind == SUCCESS_RATIO:
        yield from (past.end for past in history.runs if past.end is not None)


def announcements(
    entry: Sla, history: History, foresight: Foresight, since: datetime
) -> Mapping[datetime, Past]:
    """When a run was thought for the first time to break the promise."""
    if entry.kind not in {FINISH_BY, MAX_AGE}:
        return {}
    found = {}
    for past, deadline in _hoped(entry, history):
        if deadline is None or deadline <= since:
            continue
        at = foresight.announced(past, deadline)
        if at is not None:
            found[max(at, since)] = past
    return found


def _deadlines(entry: Sla, history: History, since: datetime) -> Iterator[datetime]:
    clock, grace = entry.clock, entry.patience
    if entry.days is not None:
        moment = clock.after(since)
        while moment <= history.now:
            yield moment + grace
            moment = clock.after(moment)
        return
    dues = {past.run.due for past in history.runs if past.run.run_type == _SCHEDULED}
    for due in dues.union(history.owed):
        if due > since - _FARTHEST:
            yield clock.at_or_after(due) + grace


def _failures(history: History) -> Iterable[datetime]:
    return (past.end for past in history.runs if past.end is not None and past.run.state == "failed")


def _long(entry: Sla, past: Past) -> bool:
    """Whether it may have been too long, or is."""
    if entry.factor is not None or past.end is None or past.start is None:
        return True
    return past.end - past.start >= entry.limit


def _hoped(entry: Sla, history: History) -> Iterator[tuple[Past, datetime | None]]:
    """Each run with the deadline that it should have met."""
    if entry.kind == FINISH_BY:
        for past in history.runs:
            yield past, entry.clock.at_or_after(past.run.due)
        return
    successes = sorted(
        ((past.end, past.run.due) for past in history.runs if past.end and past.run.state == "success"),
    )
    begun = sorted(history.runs, key=lambda past: past.created)
    index, newest = 0, None
    for past in begun:
        while index < len(successes) and successes[index][0] <= past.created:
            end, due = successes[index]
            newest = (due, end) if newest is None else max(newest, (due, end))
            index += 1
        yield past, None if newest is None else newest[1] + entry.limit
