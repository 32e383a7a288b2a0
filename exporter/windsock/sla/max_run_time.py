"""`max_run_time`: how long a run may take, fixed or as a multiple of the usual."""

from __future__ import annotations

from datetime import datetime, timedelta

from windsock.facts import Dag
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
    missed, ahead = [], []
    for run in dag.runs:
        if run.state != "running" or run.start is None:
            continue
        floor = run.due - _INSTANT
        if floor in known:
            missed.append(known[floor])
        elif limit is not None:
            deadline = run.start + limit
            if deadline + entry.patience <= now:
                missed.append(Miss(floor=floor, deadline=deadline))
            else:
                ahead.append(deadline)
    missed.sort(key=lambda miss: miss.deadline)
    return Verdict(
        memory=memory.model_copy(update={"missed": tuple(missed)}),
        deadline=min(ahead, default=None),
        unknowable=_UNKNOWN if limit is None else None,
    )


def _limit(entry: Sla, memory: Memory) -> timedelta | None:
    if entry.factor is None:
        return entry.limit
    return None if memory.usual is None else timedelta(seconds=entry.factor * memory.usual)
