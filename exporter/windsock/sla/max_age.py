"""`max_age`: how old the last success may become."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from windsock.facts import Dag
from windsock.sla.decided import Outcome
from windsock.sla.memory import Memory, Miss, Success
from windsock.sla.rules import Sla
from windsock.sla.verdict import Verdict


def judge(entry: Sla, memory: Memory, dag: Dag | None, now: datetime) -> Verdict:
    """Compare the age of the last success with the limit.

    Without any success the age counts from the later of: SLA first seen, DAG last seen to be unpaused. A
    breach ends with a success only: neither unpausing the DAG nor a wider limit makes its data fresh.
    """
    outcomes = list(_decided(entry, memory, dag))
    success = _newest(memory, dag)
    since = success.end if success else max(memory.first_seen, memory.unpaused or memory.first_seen)
    deadline = since + entry.limit
    still = bool(memory.missed) and success == memory.success
    if not still and deadline + entry.patience <= now:
        missed: tuple[Miss, ...] = (Miss(floor=success.due if success else None, deadline=deadline),)
        outcomes.append(Outcome(deadline=deadline, met=False))
    else:
        missed = memory.missed if still else ()
    return Verdict(
        memory=memory.model_copy(update={"missed": missed, "success": success}),
        deadline=deadline,
        outcomes=tuple(outcomes),
    )


def _decided(entry: Sla, memory: Memory, dag: Dag | None) -> Iterator[Outcome]:
    """Of each success that is news, whether it came before the one before it was too old."""
    known = memory.success
    end = known.end if known else max(memory.first_seen, memory.unpaused or memory.first_seen)
    runs = () if dag is None else dag.runs
    news = [
        (run.due, run.end)
        for run in runs
        if run.state == "success"
        and run.end is not None
        and (run.due > known.due if known else run.end > memory.first_seen)
    ]
    missed_already = bool(memory.missed)
    for _, finish in sorted(news):
        deadline = end + entry.limit
        if not missed_already:
            yield Outcome(deadline=deadline, met=finish <= deadline + entry.patience, finish=finish)
        missed_already, end = False, finish


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
