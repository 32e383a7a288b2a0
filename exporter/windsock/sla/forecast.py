"""From `ok` to `at_risk`: which SLAs will be missed as things stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from windsock.facts import Dag, Facts, Run
from windsock.sla import causes
from windsock.sla.flight import Flight
from windsock.sla.prediction import AT_RISK, SAFE, Prediction, predict
from windsock.sla.progress import Progress
from windsock.sla.rules import FINISH_BY, MAX_AGE
from windsock.sla.status import Standing, Status

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_ACTIVE = frozenset({"queued", "running"})
# Where nothing has changed, a prediction is good for a minute, or a part of the time that is left.
_GOOD_FOR, _GOOD_SHARE = 60.0, 0.05

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A prediction, what it was made of, and until when it is good (epoch seconds)."""

    of: object
    prediction: Prediction | None
    until: float


class Forecaster:
    """Adds predictions to statuses; remembers which SLAs were at risk, so that none flaps."""

    def __init__(self) -> None:
        self._made: dict[Key, _Made] = {}
        self._risky: frozenset[Key] = frozenset()

    def add(self, statuses: Iterable[Status], facts: Facts | None) -> tuple[Status, ...]:
        """The same statuses, those of runs under way with a prediction, and at risk where it is bad."""
        if facts is None:
            # What was at risk is unknown until there are facts; then it is judged anew.
            return tuple(statuses)
        before, self._made = self._made, {}
        found = tuple(self._one(status, facts, before) for status in statuses)
        self._risky = frozenset(
            (each.sla, each.dag_id) for each in found if each.standing is Standing.AT_RISK
        )
        return found

    def _one(self, status: Status, facts: Facts, before: dict[Key, _Made]) -> Status:
        dag, flight = facts.dags.get(status.dag_id), facts.flights.get(status.dag_id)
        if dag is None or flight is None or status.deadline is None or not _open(status):
            return status
        run = _run(status, dag)
        if run is None:
            return status
        key = status.sla, status.dag_id
        made = _fresh(before.get(key), run, flight, status.deadline, facts.now)
        self._made[key] = made
        prediction = made.prediction
        if prediction is None:
            return status
        limit = SAFE if key in self._risky else AT_RISK
        if prediction.miss < limit:
            return replace(status, prediction=prediction)
        cause = causes.find(dag, run.due - _INSTANT, facts.pools)
        return replace(status, prediction=prediction, standing=Standing.AT_RISK, cause=cause)


def _open(status: Status) -> bool:
    return status.standing is Standing.OK and not status.met and status.kind in {FINISH_BY, MAX_AGE}


def _run(status: Status, dag: Dag) -> Run | None:
    """The run under way that must succeed by the deadline: the one that is due last."""
    deadline = status.deadline
    if deadline is None:
        return None
    floor = deadline - _DAY if status.kind == FINISH_BY else None
    runs = [run for run in _candidates(dag) if run.due <= deadline and (floor is None or run.due > floor)]
    return max(runs, key=lambda run: run.due, default=None)


def _candidates(dag: Dag) -> Iterator[Run]:
    done = max((run.due for run in dag.runs if run.state == "success"), default=None)
    for run in dag.runs:
        if run.state in _ACTIVE and (done is None or run.due > done):
            yield run


def _fresh(made: _Made | None, run: Run, flight: Flight, deadline: datetime, now: datetime) -> _Made:
    tasks = flight.tasks.get(run.run_id, {})
    of = (run.run_id, run.state, deadline, id(flight.usual), tasks)
    at = now.timestamp()
    if made is not None and made.of == of and at < made.until:
        return made
    progress = Progress(
        now=at,
        due=run.due.timestamp(),
        start=None if run.start is None or run.state == "queued" else run.start.timestamp(),
        tasks=tasks,
    )
    prediction = predict(flight.usual, progress, deadline.timestamp())
    left = deadline.timestamp() - at
    return _Made(of=of, prediction=prediction, until=at + min(_GOOD_FOR, max(0.0, _GOOD_SHARE * left)))
