"""When the predictor would have said first that a run will be late, from the runs that had ended before."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from windsock.sla.backtest.history import History
from windsock.sla.backtest.past import Past
from windsock.sla.flight import Flight
from windsock.sla.prediction import AT_RISK, LEAST_RUNS, chance
from windsock.sla.progress import Progress
from windsock.sla.run_times import weekday
from windsock.sla.usual_path import MOST_RUNS, PastRun, Usual, learn

# As often as `windsock serve` looks.
_CYCLE = timedelta(seconds=15)
_SECOND = timedelta(seconds=1)
# Below this share of failures, the last run not among them, no run is given up before it is late.
_MAY_FAIL = 0.25
# A run that had at least this much to spare, as a logarithm and in terms of how far the runs spread, was
# never thought to be late, if the runs that today's may be like had as much to spare.
_SPARE, _SPARE_SPREADS = 0.07, 0.7
_NEWEST = 8
_NEAR = 0.95
# Of a normal distribution in terms of its spread: from quartile to quartile, from the middle to the 95 %.
_QUARTILES, _LONG = 1.349, 1.645


class Foresight:
    """Predictions for the runs of one DAG, by their length alone.

    Args:
        history: of the DAG.
        careful: look also where a prediction cannot have been bad; for tests.
    """

    def __init__(self, history: History, *, careful: bool = False) -> None:
        self._history = history
        self._careful = careful
        learnable = [past for past in history.runs if past.dated and past.start and past.end]
        self._dues = [past.run.due for past in learnable]
        self._ended = [(past.end or history.now, _learnable(past)) for past in learnable]
        self._learned: dict[str, tuple[list[PastRun], Usual | None]] = {}
        self.looked = 0

    def flight(self, past: Past) -> Flight | None:
        """What was known of the DAG when the run began; None if that is too little."""
        usual = self._usual(past)
        return None if usual is None else Flight(usual=usual)

    def announced(self, past: Past, deadline: datetime) -> datetime | None:
        """When the run was thought for the first time to miss the deadline, to a cycle; None if it never was.

        The chance of a miss grows while a run goes on, so its last moment decides whether it ever was bad,
        and halving finds since when.
        """
        until = min(past.end or self._history.now, deadline) - _SECOND
        if until <= past.created or past.cleared or self._spared(past, deadline):
            return None
        usual = self._usual(past)
        if usual is None or len(usual.days) < LEAST_RUNS:
            return None
        self.looked += 1

        def bad(moment: datetime) -> bool:
            miss = chance(usual, _progress(past, moment), deadline.timestamp())
            return miss is not None and miss >= AT_RISK

        if past.start is None or past.start > until:
            return _first(past.created, until, bad)
        # Who looks every few seconds hardly sees a shorter wait.
        waited = _first(past.created, past.start, bad) if past.start - past.created > _CYCLE else None
        return waited or _first(past.start, until, bad)

    def _usual(self, past: Past) -> Usual | None:
        """As it was learned when this run began."""
        runs, usual = self._before(past)
        if usual is None and len(runs) >= LEAST_RUNS:
            usual = learn(runs)
            self._learned[past.run.run_id] = runs, usual
        return usual

    def _before(self, past: Past) -> tuple[list[PastRun], Usual | None]:
        """The newest runs that had finished when this one began, newest due first."""
        known = self._learned.get(past.run.run_id)
        if known is None:
            known = self._learned[past.run.run_id] = self._finished(past.start or past.created), None
        return known

    def _finished(self, now: datetime) -> list[PastRun]:
        index = bisect_right(self._dues, now)
        found: list[PastRun] = []
        while index > 0 and len(found) < MOST_RUNS:
            first = max(0, index - MOST_RUNS)
            found += [run for end, run in reversed(self._ended[first:index]) if end <= now]
            index = first
        return found[:MOST_RUNS]

    def _spared(self, past: Past, deadline: datetime) -> bool:
        """Whether it is clear without learning that no prediction of this run was bad."""
        runs, _ = self._before(past)
        if len(runs) < LEAST_RUNS:
            return True
        failed = sum(not run.succeeded for run in runs)
        if self._careful or past.end is None or past.start is None or deadline <= past.start:
            return False
        if not runs[0].succeeded or failed > _MAY_FAIL * len(runs):
            return False
        return _had_time(past, runs, took=past.end - past.start, left=deadline - past.start)


def _had_time(past: Past, runs: Sequence[PastRun], *, took: timedelta, left: timedelta) -> bool:
    """Whether it ended well before its deadline, as the runs before it would have."""
    most, length = left.total_seconds(), max(1.0, took.total_seconds())
    good = [(max(1.0, run.end - run.start), run.due) for run in runs if run.succeeded]
    if len(good) < LEAST_RUNS or most <= 1:
        return False
    lengths = [each for each, _ in good]
    if most >= 3 * max(length, *lengths):
        return True
    # Of those that took as long, nearly all were done in time: it was not odd, nor one of another sort.
    late = sum(each > most * _NEAR for each in lengths)
    if sum(each >= length * _NEAR for each in lengths) < 1 + 3 * late:
        return False
    today = weekday(past.run.due.timestamp())
    alike = sorted(each for each, due in good if weekday(due) == today)
    newest, ordered = sorted(lengths[:_NEWEST]), sorted(lengths)
    middle, quarter, long = len(ordered) // 2, len(ordered) // 4, len(ordered) // 20
    spread = max(
        math.log(ordered[-1 - quarter] / ordered[quarter]) / _QUARTILES,
        math.log(ordered[-1 - long] / ordered[middle]) / _LONG,
    )
    spare = most * math.exp(-max(_SPARE, _SPARE_SPREADS * spread))
    likely = [length, *(some[len(some) // 2] for some in (ordered, newest, alike) if some)]
    return max(likely) <= spare


def _learnable(past: Past) -> PastRun:
    start, end = past.start or past.created, past.end or past.created
    return PastRun(
        due=past.run.due.timestamp(),
        start=start.timestamp(),
        end=end.timestamp(),
        succeeded=past.run.state == "success",
    )


def _progress(past: Past, now: datetime) -> Progress:
    started = past.start is not None and now >= past.start
    return Progress(
        now=now.timestamp(),
        due=past.run.due.timestamp(),
        start=past.start.timestamp() if started and past.start is not None else None,
    )


def _first(begin: datetime, until: datetime, bad: Callable[[datetime], bool]) -> datetime | None:
    """The first moment, in cycles from the beginning, at which it is bad; None if it is not at the end."""
    low, high = -1, (until - begin) // _CYCLE
    if high < 0 or not bad(begin + high * _CYCLE):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if bad(begin + middle * _CYCLE) else (middle, high)
    return begin + high * _CYCLE
