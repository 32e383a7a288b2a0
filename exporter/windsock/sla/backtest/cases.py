"""What the replay of one DAG gives, as a function that another process can run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from windsock.facts import Dag
from windsock.metadb.past_runs import PastRow
from windsock.sla.backtest.history import History, Median
from windsock.sla.backtest.incident import Incident
from windsock.sla.backtest.past import Past, past
from windsock.sla.backtest.replay import Replay, entries
from windsock.sla.rules import MAX_RUN_TIME, SUCCESS_RATIO
from windsock.sla.slafile import Slas

_SCHEDULED = "scheduled"
# A gap between due times is odd if it is so much longer than usual and no other is about as long.
_LONGER, _ALIKE, _LEAST_GAPS = 1.5, 0.1, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One DAG to replay.

    Attributes:
        slas: what there is for it, and nothing else.
        rows: its runs.
    """

    slas: Slas
    dag: Dag
    rows: Sequence[PastRow]
    since: datetime
    now: datetime
    median: Median | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of it, and what could not be seen.

    Attributes:
        slas: how many.
        runs: due since the beginning.
        cleared: of these, cleared at least once.
        uncounted: of these, of an Airflow that does not count that.
        gaps: times without a due run that are odd for this DAG.
        began: when the first of its runs was seen; None without any.
        predicted: of the runs, those that the predictor was asked about.
        met, missed: deadlines of `finish_by`.
    """

    dag_id: str
    slas: int
    incidents: tuple[Incident, ...]
    runs: int
    cleared: int
    uncounted: int
    gaps: int
    began: datetime | None
    predicted: int
    met: int
    missed: int


def replay(case: Case) -> Outcome:
    """Replay one DAG."""
    runs = [made for row in case.rows if (made := past(row)) is not None]
    history = History(case.dag, runs, case.now)
    promised = entries(case.slas, history)
    kinds = {entry.kind for entry in promised}
    if MAX_RUN_TIME in kinds or SUCCESS_RATIO in kinds:
        usual = case.median if any(entry.factor is not None for entry in promised) else None
        history = History(case.dag, runs, case.now, median=usual, counted=SUCCESS_RATIO in kinds)
    played = Replay(case.slas, history, case.since)
    incidents = played.run()
    recent = [row for row in case.rows if row.due >= case.since]
    return Outcome(
        dag_id=case.dag.dag_id,
        slas=len(promised),
        incidents=incidents,
        runs=len(recent),
        cleared=sum(bool(row.cleared) for row in recent),
        uncounted=sum(row.cleared is None for row in recent),
        gaps=_gaps(history.runs, case.since),
        began=history.first,
        predicted=played.predictions,
        met=played.met,
        missed=played.missed,
    )


def replay_all(cases: Iterable[Case]) -> list[Outcome]:
    """Replay some."""
    return [replay(case) for case in cases]


def _gaps(runs: Iterable[Past], since: datetime) -> int:
    dues = sorted({past.run.due for past in runs if past.run.run_type == _SCHEDULED})
    gaps = [later - earlier for earlier, later in pairwise(dues)]
    if len(gaps) < _LEAST_GAPS:
        return 0
    usual = timedelta(seconds=median(gap.total_seconds() for gap in gaps))
    lengths = Counter(gaps)
    return sum(
        later > since and gap > _LONGER * usual and _seen_once(gap, lengths)
        for gap, later in zip(gaps, dues[1:], strict=True)
    )


def _seen_once(gap: timedelta, lengths: Counter[timedelta]) -> bool:
    return sum(count for other, count in lengths.items() if abs(other - gap) <= _ALIKE * gap) < 2
