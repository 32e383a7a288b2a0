"""Promises that a DAG cannot keep as it is: its schedule, or its usual run time, does not fit."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from windsock.facts import Dag
from windsock.sla.rules import FINISH_BY, MAX_AGE, MAX_RUN_TIME, Sla

_SCHEDULED = "scheduled"
_LOOK_BACK = timedelta(days=21)
_MOST_WINDOWS = 40


def unreachable(entry: Sla, dag: Dag, now: datetime) -> str | None:
    """Why the promise cannot be kept, as far as that can be seen in the last due times and the next one."""
    if not dag.scheduled:
        return None
    if entry.kind == MAX_AGE:
        return _gap(entry, dag)
    if entry.kind == FINISH_BY:
        return _too_late(entry, dag, now) or _nothing_due(entry, dag, now)
    if entry.kind == MAX_RUN_TIME and entry.factor is None and dag.usual is not None:
        usual = timedelta(seconds=dag.usual)
        if usual > entry.limit + entry.patience:
            return f"its runs usually take {_length(usual)}, longer than {entry.max_run_time}"
    return None


def _gap(entry: Sla, dag: Dag) -> str | None:
    """A gap that lies ahead, or that was there twice: a single one may be a pause of the DAG."""
    dues = _dues(dag)
    gaps = [(later - earlier, earlier, later) for earlier, later in pairwise(dues)]
    wide = [gap for gap in gaps if gap[0] > entry.limit + entry.patience]
    if not wide or (len(wide) < 2 and wide[-1] != gaps[-1]):
        return None
    length, earlier, later = wide[-1]
    return (
        f"between its due times {_moment(earlier)} and {_moment(later)} lie {_length(length)}, "
        f"more than {entry.max_age}"
    )


def _too_late(entry: Sla, dag: Dag, now: datetime) -> str | None:
    """The first run that could meet the next deadline is due too late for its usual run time."""
    if dag.usual is None:
        return None
    clock, dues = entry.clock, _dues(dag)
    deadline = clock.after(now) if entry.days else clock.at_or_after(dag.next_due or now)
    if deadline < now:
        return None
    first = min((due for due in dues if clock.before(deadline) < due <= deadline), default=None)
    usual = timedelta(seconds=dag.usual)
    if first is None or first + usual <= deadline + entry.patience:
        return None
    return (
        f"the run due {_moment(first)} usually takes {_length(usual)} and so ends after {_moment(deadline)}"
    )


def _nothing_due(entry: Sla, dag: Dag, now: datetime) -> str | None:
    """With `days`: no run is due before a deadline; ahead, or in two gaps that have passed."""
    dues = _dues(dag)
    if entry.days is None or dag.next_due is None:
        return None
    empty = [
        deadline
        for floor, deadline in _windows(entry, max(dues[0], now - _LOOK_BACK), max(now, dag.next_due))
        if not any(floor < due <= deadline for due in dues)
    ]
    gaps = {bisect(dues, deadline) for deadline in empty}
    if not empty or (len(gaps) < 2 and empty[-1] <= now):
        return None
    return f"no run is due for the deadline of {_moment(empty[-1])}"


def _windows(entry: Sla, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    clock = entry.clock
    floor = clock.at_or_after(since)
    for _ in range(_MOST_WINDOWS):
        deadline = clock.after(floor)
        if floor > until:
            return
        if not clock.is_holiday(deadline) and deadline <= until:
            yield floor, deadline
        floor = deadline


def _dues(dag: Dag) -> list[datetime]:
    """Due times of the DAG's own schedule, oldest first, with the next one."""
    dues = {run.due for run in dag.runs if run.run_type == _SCHEDULED}
    return sorted(dues | ({dag.next_due} if dag.next_due else set()))


def _moment(at: datetime) -> str:
    return f"{at:%a %Y-%m-%d %H:%M} UTC"


def _length(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes >= 120:
        return f"{minutes // 60}h" + (f" {minutes % 60}m" if minutes % 60 else "")
    return f"{minutes}m" if minutes else f"{int(length.total_seconds())}s"
