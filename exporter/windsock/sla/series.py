"""The series of all SLAs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone

from windsock.catalog import metadb
from windsock.catalog import sla as catalog
from windsock.figures import Sample
from windsock.sla.status import Problem, Standing, Status, WrongTag

_SOON = timedelta(hours=3)
# Evidence has run ids in its labels: of so many SLAs, the most urgent ones.
_MOST_EVIDENCE = 200
_SEVERITIES = ("page", "ticket", "info")
_TROUBLED = frozenset({Standing.BREACHED, Standing.AT_RISK})
_FAR = datetime.max.replace(tzinfo=timezone.utc)


def samples(statuses: Sequence[Status], wrong: Sequence[WrongTag] = ()) -> Iterator[Sample]:
    """Of each SLA. An unknown one has little besides its info, a DAG that is missing not even that."""
    problems = Counter((each.team, each.problem.value) for each in statuses if each.problem is not None)
    problems.update((each.team, Problem.TAG.value) for each in wrong)
    for labels, count in problems.items():
        yield catalog.SLA_PROBLEMS, labels, float(count)
    for status in statuses:
        yield from _one(status)


def _one(status: Status) -> Iterator[Sample]:
    key = (status.sla, status.dag_id)
    if status.tally is not None:
        # Also while nothing else is known: a counter that comes and goes cannot be counted with.
        yield catalog.SLA_MET, key, float(status.tally.met)
        yield catalog.SLA_MISSED, key, float(status.tally.missed)
        yield catalog.SLA_RECENT, key, float(status.tally.recent)
        yield catalog.SLA_RECENT_MET, key, float(status.tally.recent_met)
        yield catalog.SLA_BUDGET, key, round(status.tally.budget, 3)
    if status.missing:
        yield catalog.SLA_DAG_MISSING, key, 1.0
        if status.standing is Standing.UNKNOWN:
            return
    who = (status.kind, status.team, status.severity, status.at_risk_severity)
    yield catalog.SLA_INFO, (*key, *who, status.tier, status.runbook, status.deadline_text), 1.0
    yield catalog.SLA_STATE, (*key, status.standing.value), 1.0
    if status.standing is Standing.UNKNOWN:
        return
    if status.deadline is not None:
        yield catalog.SLA_DEADLINE, key, status.deadline.timestamp()
    yield catalog.SLA_LATE, key, status.late
    yield catalog.SLA_BREACHED, key, float(status.standing is Standing.BREACHED)
    yield catalog.SLA_AT_RISK, key, float(status.standing is Standing.AT_RISK)
    if status.prediction is not None:
        yield catalog.SLA_PREDICTED, key, status.prediction.p50
        yield catalog.SLA_PREDICTED_P90, key, status.prediction.p90
        yield catalog.SLA_MISS_PERCENT, key, 100 * status.prediction.miss
    if status.cause is not None:
        yield catalog.SLA_CAUSE, (*key, status.cause.value), 1.0


def due_soon(statuses: Sequence[Status], now: datetime) -> Iterator[Sample]:
    """By team, how many have a deadline ahead that nothing has met yet; 0 for a team that has SLAs."""
    count = Counter({status.team: 0 for status in statuses})
    for status in statuses:
        waiting = status.standing in {Standing.OK, Standing.AT_RISK} and not status.met
        if waiting and status.deadline is not None and now <= status.deadline <= now + _SOON:
            count[status.team] += 1
    for team, soon in count.items():
        yield catalog.SLA_DUE_SOON, (team,), float(soon)


def evidence(statuses: Sequence[Status], most: int = _MOST_EVIDENCE) -> Iterator[Sample]:
    """Of those that are not ok, the most urgent ones, and how many others there are."""
    troubled = sorted((each for each in statuses if each.standing in _TROUBLED), key=_urgency)
    for status in troubled[:most]:
        seen, cause = status.evidence, status.cause.value if status.cause else ""
        labels = (cause, seen.run_id, seen.task_id, seen.pool, seen.queue)
        yield catalog.SLA_EVIDENCE, (status.sla, status.dag_id, *labels), 1.0
    if len(troubled) > most:
        yield metadb.SERIES_DROPPED, (str(catalog.SLA_EVIDENCE), "cap"), float(len(troubled) - most)


def _urgency(status: Status) -> tuple[bool, int, datetime, str, str]:
    """The deadline decides and not the lateness, so that no two change places."""
    return (
        status.standing is not Standing.BREACHED,
        _SEVERITIES.index(status.severity),
        status.deadline or _FAR,
        status.dag_id,
        status.sla,
    )
