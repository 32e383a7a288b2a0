"""`max_run_time`: how long a run may take, fixed or as a multiple of the usual."""

from __future__ import annotations

from datetime import datetime, timedelta
from zlib import crc32

from windsock.facts import Dag, Run
from windsock.sla.decided import Outcome
from windsock.sla.memory import Memory, Miss
from windsock.sla.rules import Sla
from windsock.sla.verdict import Verdict

_INSTANT = timedelta(microseconds=1)
_UNKNOWN = "its usual run time is not known (yet): that needs 5 successes"


def judge(entry: Sla, memory: Memory, dag: Dag | None, now: datetime) -> Verdict:
    """Look at the runs that are running now; one that is too long stays so until it has ended.

    A run that has ended is no longer late, whatever its result. Of a DAG that is gone nothing ends.
    """
    if dag is None:
        return Verdict(memory=memory, deadline=None)
    memory = memory.model_copy(update={"usual": memory.usual if dag.usual is None else dag.usual})
    limit = _limit(entry, memory)
    known = {miss.floor: miss for miss in memory.missed}
    missed, ahead, outcomes, judged = [], [], [], set()
    for run in dag.runs:
        if run.start is None:
            continue
        mark = crc32(run.run_id.encode("utf-8", "replace"))
        outcome = _ended(entry, memory, run, limit)
        if mark in memory.judged:
            judged.add(mark)
        elif outcome is not None:
            judged.add(mark)
            outcomes.append(outcome)
        if run.state != "running":
            continue
        floor = run.due - _INSTANT
        if floor in known:
            missed.append(known[floor])
        elif limit is not None:
            deadline = run.start + limit
            if deadline + entry.patience <= now:
                missed.append(Miss(floor=floor, deadline=deadline))
                if mark not in judged:
                    judged.add(mark)
                    outcomes.append(Outcome(deadline=deadline, met=False))
            else:
                ahead.append(deadline)
    missed.sort(key=lambda miss: miss.deadline)
    return Verdict(
        memory=memory.model_copy(update={"missed": tuple(missed), "judged": tuple(sorted(judged))}),
        deadline=min(ahead, default=None),
        outcomes=tuple(outcomes),
        unknowable=_UNKNOWN if limit is None else None,
    )


def _ended(entry: Sla, memory: Memory, run: Run, limit: timedelta | None) -> Outcome | None:
    """Of a run that has ended since the SLA was first seen."""
    if run.start is None or run.end is None or limit is None or run.end <= memory.first_seen:
        return None
    deadline = run.start + limit
    return Outcome(deadline=deadline, met=run.end <= deadline + entry.patience, finish=run.end)


def _limit(entry: Sla, memory: Memory) -> timedelta | None:
    if entry.factor is None:
        return entry.limit
    return None if memory.usual is None else timedelta(seconds=entry.factor * memory.usual)
