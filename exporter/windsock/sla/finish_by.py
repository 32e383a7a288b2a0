"""`finish_by`: which deadlines existed, and which of them were met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from windsock.facts import Dag
from windsock.sla.clock import Clock
from windsock.sla.decided import Outcome
from windsock.sla.memory import Memory, Miss, Success
from windsock.sla.rules import Sla
from windsock.sla.verdict import Verdict

_SCHEDULED = "scheduled"
# After a longer absence of the exporter the deadlines before are history, not news.
_OLDEST = timedelta(days=400)
_MOST_MISSES = 100
_INSTANT = timedelta(microseconds=1)
# Nobody wants to know of a deadline that is farther away, and on some days there is none (only holidays).
_FARTHEST = timedelta(days=400)


def judge(entry: Sla, memory: Memory, dag: Dag | None, now: datetime) -> Verdict:
    """Judge every deadline that has passed since the last time.

    Without `days` there is no calendar to read: a deadline exists where a due time of the DAG's own schedule
    is seen, as a scheduled run or as the next due time. A due time that turns up late (a backlog is worked
    off) brings its deadline with it, which is then missed. A deadline on a holiday is never missed, but the
    next one asks for a run of its own.
    """
    clock, grace = entry.clock, entry.patience
    if dag is not None:
        memory = memory.model_copy(update={"run_due": _newest_due(memory, dag), "next_due": _next_due(dag)})
    base = memory.last_deadline or clock.before(memory.first_seen + _INSTANT)
    owed = _owed(memory, dag, base)
    if entry.days is not None:
        deadlines = _every(clock, max(base, now - _OLDEST))
    else:
        deadlines = _of_dues(clock, _dues(memory, dag, base if owed else None), base)

    first_floor = clock.before(owed) if owed else None
    floors = [miss.floor for miss in memory.missed[:1] if miss.floor is not None]
    successes = _successes(memory, dag, min([first_floor or base, *floors]))
    missed, last, upcoming = list(memory.missed), memory.last_deadline, None
    outcomes: list[Outcome] = []
    previous = last or first_floor
    for deadline in deadlines:
        floor = previous or clock.before(deadline)
        holiday = clock.is_holiday(deadline)
        passed = deadline + (timedelta(0) if holiday else grace) <= now
        if deadline > now + _FARTHEST:
            break
        if not passed and not holiday:
            upcoming = deadline
            break
        if passed:
            if not holiday:
                met = _met(successes, floor, deadline, grace)
                if not met:
                    missed.append(Miss(floor=floor, deadline=deadline))
                outcomes.append(Outcome(deadline=deadline, met=met, finish=_finish(successes, floor)))
            last = deadline
        previous = deadline
    newest = max((success.due for success in successes), default=None)
    missed = [miss for miss in missed if newest is None or miss.floor is None or newest <= miss.floor]

    open_floor = previous or clock.before(upcoming or clock.after(now))
    memory = memory.model_copy(
        update={
            "missed": (*missed[:1], *missed[1:][-_MOST_MISSES:]),
            "last_deadline": last,
            "success": min(_counting(successes, open_floor, upcoming), key=_ready, default=None),
        }
    )
    return Verdict(
        memory=memory,
        deadline=upcoming,
        met=upcoming is not None and _met(successes, open_floor, upcoming, grace),
        outcomes=tuple(outcomes),
        unknowable=_unknowable(entry, dag),
    )


def _every(clock: Clock, moment: datetime) -> Iterator[datetime]:
    while True:
        moment = clock.after(moment)
        yield moment


def _of_dues(clock: Clock, dues: Iterable[datetime], deadline: datetime) -> Iterator[datetime]:
    for due in sorted(dues):
        if due > deadline:
            deadline = clock.at_or_after(due)
            yield deadline


def _dues(memory: Memory, dag: Dag | None, owed_since: datetime | None) -> set[datetime]:
    runs = () if dag is None else dag.runs
    dues = {run.due for run in runs if run.run_type == _SCHEDULED}
    dues |= {due for due in (memory.run_due, memory.next_due) if due is not None}
    if owed_since is not None:
        dues.add(owed_since + _INSTANT)
    return dues


def _owed(memory: Memory, dag: Dag | None, base: datetime) -> datetime | None:
    """The run that a DAG owes which is paused since before the SLA was first seen."""
    paused = dag is not None and dag.paused
    due = memory.next_due
    return due if paused and memory.last_deadline is None and due is not None and due <= base else None


def _newest_due(memory: Memory, dag: Dag) -> datetime | None:
    dues = [run.due for run in dag.runs if run.run_type == _SCHEDULED]
    return max((*dues, *([memory.run_due] if memory.run_due else [])), default=None)


def _next_due(dag: Dag) -> datetime | None:
    return dag.next_due if dag.scheduled else None


def _successes(memory: Memory, dag: Dag | None, floor: datetime) -> list[Success]:
    """Those that can still meet a deadline or make up for a missed one."""
    runs = () if dag is None else dag.runs
    found = [
        Success(due=run.due, end=run.end)
        for run in runs
        if run.due > floor and run.state == "success" and run.end is not None
    ]
    return found if memory.success is None else [*found, memory.success]


def _met(successes: Iterable[Success], floor: datetime, deadline: datetime, grace: timedelta) -> bool:
    return any(_ready(success) <= deadline + grace for success in _counting(successes, floor, deadline))


def _finish(successes: Iterable[Success], floor: datetime) -> datetime | None:
    """When the first run was done that is due after `floor`."""
    return min((_ready(success) for success in successes if success.due > floor), default=None)


def _counting(successes: Iterable[Success], floor: datetime, deadline: datetime | None) -> Iterator[Success]:
    return (each for each in successes if each.due > floor and (deadline is None or each.due <= deadline))


def _ready(success: Success) -> datetime:
    return max(success.due, success.end)


def _unknowable(entry: Sla, dag: Dag | None) -> str | None:
    if entry.days is None and dag is not None and not dag.scheduled:
        return "the DAG has no time schedule, so no deadline exists: give `days` or use max_age"
    return None
