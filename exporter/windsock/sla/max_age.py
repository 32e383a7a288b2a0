"""`max_age`: how old the last success may become."""

from __future__ import annotations

from datetime import datetime

from windsock.facts import Dag
from windsock.sla.memory import Memory, Miss, Success
from windsock.sla.rules import Sla
from windsock.sla.verdict import Verdict


def judge(entry: Sla, memory: Memory, dag: Dag | None, now: datetime) -> Verdict:
    """Compare the age of the last success with the limit.

    Without any success the age counts from the later of: SLA first seen, DAG last seen to be unpaused. A
    breach ends with a success only: neither unpausing the DAG nor a wider limit makes its data fresh.
    """
    success = _newest(memory, dag)
    since = success.end if success else max(memory.first_seen, memory.unpaused or memory.first_seen)
    deadline = since + entry.limit
    still = bool(memory.missed) and success == memory.success
    if not still and deadline + entry.patience <= now:
        missed: tuple[Miss, ...] = (Miss(floor=success.due if success else None, deadline=deadline),)
    else:
        missed = memory.missed if still else ()
    return Verdict(memory=memory.model_copy(update={"missed": missed, "success": success}), deadline=deadline)


def _newest(memory: Memory, dag: Dag | None) -> Success | None:
    """The success with the newest due time; of one run's two, the one that the database shows now."""
    known = memory.success
    runs = () if dag is None else dag.runs
    found = [
        Success(due=run.due, end=run.end)
        for run in runs
        if run.state == "success" and run.end is not None and (known is None or run.due >= known.due)
    ]
    return max(found, key=lambda success: (success.due, success.end), default=known)
