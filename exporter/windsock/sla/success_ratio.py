"""`success_ratio`: how many of the last runs may fail."""

from __future__ import annotations

from datetime import datetime, timedelta

from windsock.facts import Dag, Run
from windsock.sla.causes import Cause
from windsock.sla.decided import Outcome
from windsock.sla.memory import Memory, Miss
from windsock.sla.rules import Sla
from windsock.sla.tally import marks
from windsock.sla.verdict import Verdict

_INSTANT = timedelta(microseconds=1)


def judge(entry: Sla, memory: Memory, dag: Dag | None, now: datetime) -> Verdict:
    """Count the failures among the newest finished runs, as the database shows them now.

    It is broken by the failure that is one too many, and from the end of that run on. While fewer runs are
    there than the promise speaks of, the missing ones count as good. It has no deadline while it is kept.
    """
    if dag is None:
        return Verdict(memory=memory, deadline=None, cause=Cause.FAILED)
    counted = _newest(dag)[: entry.ratio.runs]
    failed = [run for run in counted if run.state == "failed"]
    missed: tuple[Miss, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    if len(failed) > entry.ratio.failures:
        newest = failed[0]
        broken = Miss(floor=newest.due - _INSTANT, deadline=newest.end or now)
        if not memory.missed:
            outcomes = (Outcome(deadline=broken.deadline, met=False),)
        missed = memory.missed or (broken,)
    recent = marks([run.state != "failed" for run in reversed(counted)])
    return Verdict(
        memory=memory.model_copy(update={"missed": missed, "recent": recent}),
        deadline=None,
        cause=Cause.FAILED if missed else None,
        outcomes=outcomes,
    )


def _newest(dag: Dag) -> list[Run]:
    """Finished runs, the newest due first; what was read of the newest ones is fresher."""
    runs = {run.run_id: run for run in (*dag.history, *dag.runs)}
    finished = (run for run in runs.values() if run.state in {"success", "failed"})
    return sorted(finished, key=lambda run: run.due, reverse=True)
