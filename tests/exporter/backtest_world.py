"""Past runs by hand, and a replay of them in few words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.exporter.sla_world import at, dag, slas
from windsock.cli.sla_backtest import usual
from windsock.metadb.past_runs import PastRow
from windsock.sla.backtest.cases import Case, Outcome, replay
from windsock.sla.backtest.incident import Incident

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def row(
    due: str | datetime,
    took: float | None = 20,
    *,
    state: str = "success",
    start: str | None = None,
    created: str | None = None,
    kind: str = "scheduled",
    cleared: int | None = 0,
) -> PastRow:
    """A run that was created when it was due, started a second later and took so many minutes."""
    moment = at(due) if isinstance(due, str) else due
    began = at(start) if start else moment + SECOND
    if state == "queued":
        return _row(moment, kind, state, None, None, created, cleared)
    return _row(
        moment,
        kind,
        state,
        began,
        None if took is None else began + timedelta(minutes=took),
        created,
        cleared,
    )


def _row(
    due: datetime,
    kind: str,
    state: str,
    start: datetime | None,
    end: datetime | None,
    created: str | None,
    cleared: int | None,
) -> PastRow:
    return PastRow(
        dag_id="finance_daily",
        run_id=f"{kind}__{due:%Y-%m-%dT%H:%M}",
        run_type=kind,
        state=state,
        due=due,
        logical=due - DAY if kind == "scheduled" else None,
        start=start,
        end=end,
        queued_at=at(created) if created else due,
        cleared=cleared,
    )


def daily(first: str, days: int, took: float | Sequence[float] = 20) -> list[PastRow]:
    """A run on each day; of several run times one after the other."""
    lengths = [took] if isinstance(took, int | float) else list(took)
    return [row(at(first) + day * DAY, lengths[day % len(lengths)]) for day in range(days)]


def but(rows: Iterable[PastRow], *others: PastRow) -> list[PastRow]:
    """With these in the place of those of the same due time."""
    changed = {other.due: other for other in others}
    return [changed.pop(each.due, each) for each in rows] + list(changed.values())


def play(text: str, rows: Iterable[PastRow], **about: Any) -> Outcome:
    """What the file would have done; see `case`."""
    return replay(case(text, rows, **about))


def case(
    text: str, rows: Iterable[PastRow], *, since: str | datetime, until: str | datetime, **of_dag: Any
) -> Case:
    """One DAG, due a day after its last run unless it is said otherwise."""
    rows, now = list(rows), at(until) if isinstance(until, str) else until
    scheduled = [each.due for each in rows if each.run_type == "scheduled"]
    known = {"next_due": max(scheduled, default=now) + DAY, "team": "finance", **of_dag}
    return Case(
        slas=slas(text),
        dag=replace(dag(), **known),
        rows=rows,
        since=at(since) if isinstance(since, str) else since,
        now=now,
        median=usual,
    )


def told(outcome: Outcome) -> list[str]:
    """Each breach as `sla: deadline, when it was broken, when it ended, cause`; times as day and time."""
    return [
        f"{each.sla}: {_short(each.deadline)} {_short(each.broken)} {_short(each.ended)} {_cause(each)}"
        for each in outcome.incidents
        if each.broken is not None
    ]


def feared(outcome: Outcome) -> list[Incident]:
    """What was announced."""
    return [each for each in outcome.incidents if each.announced is not None]


def _cause(each: Incident) -> str:
    return each.cause.value if each.cause else "-"


def _short(moment: datetime | None) -> str:
    return "on" if moment is None else f"{moment:%d.%H:%M}"
