"""How the engine puts what it found into a status."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from windsock.facts import Dag
from windsock.owners import DEFAULT_TEAM
from windsock.sla.acknowledgement import Acknowledgement
from windsock.sla.causes import Cause
from windsock.sla.memory import Memory, Miss
from windsock.sla.register import Promise
from windsock.sla.rules import FINISH_BY
from windsock.sla.status import Problem, Standing, Status
from windsock.sla.tally import tally
from windsock.sla.verdict import Verdict


def unknown(promise: Promise, dag_id: str, team: str, **about: Any) -> Status:
    """What is known without judging, the entry's own words; and what `about` says of the status besides."""
    entry = promise.entry
    about.setdefault("standing", Standing.UNKNOWN)
    return Status(
        sla=entry.sla,
        dag_id=dag_id,
        kind=entry.kind,
        team=team,
        severity=entry.severity,
        scope=entry.scope,
        at_risk_severity=entry.severity_at_risk,
        tier=entry.tier or "",
        runbook=entry.runbook or "",
        deadline_text=entry.deadline_text,
        timezone=entry.timezone,
        entry=entry,
        place=promise.place,
        **about,
    )


def unseen(
    promise: Promise,
    dag_id: str,
    memory: Memory | None,
    now: datetime,
    *,
    team: str = DEFAULT_TEAM,
    given: Acknowledgement | None = None,
) -> Status:
    """Of a DAG of which nothing fresh is known: what was breached stays breached."""
    if memory is None or memory.kind != promise.entry.kind:
        return unknown(promise, dag_id, team, stale=True)
    about: dict[str, Any] = {"stale": True, "tally": tally(memory, promise.entry)}
    missed = _not_acknowledged(memory, given)
    if missed:
        return breached(promise, dag_id, memory, missed[0], now, **about)
    acknowledged = given if memory.missed else None
    return unknown(promise, dag_id, memory.team, acknowledged=acknowledged, **about)


def judged(
    promise: Promise,
    dag_id: str,
    dag: Dag | None,
    verdict: Verdict,
    *,
    now: datetime,
    doubt: str | None,
    given: Acknowledgement | None = None,
) -> Status:
    """How it stands now.

    Args:
        promise: what was promised.
        dag_id: of which DAG.
        dag: None for one that is gone.
        verdict: what was found.
        now: the database's clock.
        doubt: why the promise cannot be kept as things are.
        given: an acknowledgement that lasts still.
    """
    entry, memory = promise.entry, verdict.memory
    problem, warning = _problem(promise, dag, verdict, doubt)
    about: dict[str, Any] = {
        "problem": problem,
        "warning": warning,
        "missing": dag is None and not entry.is_pattern,
        "tally": tally(memory, entry),
    }
    missed = _not_acknowledged(memory, given)
    if missed:
        return breached(promise, dag_id, memory, missed[0], now, **about)
    deadline = verdict.deadline
    if memory.missed:
        about["acknowledged"] = given
        # Of a max_age the missed one is all there is.
        deadline = deadline if deadline is not None and deadline > now else None
    if dag is not None and verdict.unknowable is None:
        about |= {"standing": Standing.OK, "deadline": deadline, "met": verdict.met}
    return unknown(promise, dag_id, memory.team, **about)


def _not_acknowledged(memory: Memory, given: Acknowledgement | None) -> tuple[Miss, ...]:
    """The misses that still count: an acknowledgement covers the deadlines before it."""
    return memory.missed if given is None else tuple(m for m in memory.missed if m.deadline > given.at)


def _problem(
    promise: Promise, dag: Dag | None, verdict: Verdict, doubt: str | None
) -> tuple[Problem | None, str | None]:
    entry = promise.entry
    if dag is None:
        return Problem.UNKNOWN_DAG, "the DAG is gone: remove the entry if that is meant"
    if verdict.unknowable is not None:
        never = entry.kind == FINISH_BY
        return Problem.CANNOT_BE_MET if never else Problem.CANNOT_BE_JUDGED, verdict.unknowable
    if dag.paused and not entry.is_pattern:
        return Problem.PAUSED, "the DAG is paused"
    if doubt is not None:
        return Problem.CANNOT_BE_MET, doubt
    if promise.hides:
        others = ", ".join(promise.hides)
        return Problem.OVERLAP, f"{others} would give the DAG the same SLA; this one comes first and counts"
    return None, None


def breached(
    promise: Promise, dag_id: str, memory: Memory, miss: Miss, now: datetime, **about: Any
) -> Status:
    """Broken, as it was remembered; `miss` is the first that counts, `about` as of `unknown`."""
    deadline = miss.deadline
    return unknown(
        promise,
        dag_id,
        memory.team,
        standing=Standing.BREACHED,
        deadline=deadline,
        late=max(0.0, (now - deadline).total_seconds()),
        cause=Cause(memory.cause or Cause.UNKNOWN),
        **about,
    )


def nothing_there(promise: Promise) -> Status:
    """Of an entry that speaks of no DAG that is there."""
    entry = promise.entry
    what = "no DAG matches this" if entry.is_pattern else "no such DAG"
    return unknown(
        promise,
        entry.subject,
        entry.team or DEFAULT_TEAM,
        missing=True,
        problem=Problem.NO_MATCH if entry.is_pattern else Problem.UNKNOWN_DAG,
        warning=f"{what} in Airflow (yet)",
    )
