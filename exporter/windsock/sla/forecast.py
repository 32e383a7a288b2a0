"""From `ok` to `at_risk`: which SLAs will be missed as things stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from windsock.facts import Dag, Facts, Run
from windsock.sla import diagnosis
from windsock.sla.causes import Cause
from windsock.sla.flight import Flight
from windsock.sla.prediction import AT_RISK, SAFE, Prediction, predict
from windsock.sla.progress import Progress
from windsock.sla.rules import FINISH_BY, MAX_AGE
from windsock.sla.status import Standing, Status
from windsock.sla.usual_path import Usual

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_ACTIVE = frozenset({"queued", "running"})
_WAITING = frozenset({"scheduled", "queued"})
# Where nothing has changed, a prediction is good for a minute, or a part of the time that is left.
_GOOD_FOR, _GOOD_SHARE = 60.0, 0.05

# The newest runs of a DAG under way that are predicted.
_MOST_RUNS = 3

_Key = tuple[str, str]
_Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A prediction, what it was made of, and until when it is good (epoch seconds)."""

    of: object
    prediction: Prediction | None
    until: float


class Forecaster:
    """Adds predictions to statuses; remembers which SLAs were at risk, so that none flaps."""

    def __init__(self) -> None:
        self._made: dict[_Place, _Made] = {}
        self._risky: frozenset[_Key] = frozenset()

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

    def _one(self, status: Status, facts: Facts, before: dict[_Place, _Made]) -> Status:
        dag, flight = facts.dags.get(status.dag_id), facts.flights.get(status.dag_id)
        if dag is None or status.deadline is None or not _open(status):
            return status
        lost = _lost(status, dag, status.deadline)
        if lost is not None:
            about = diagnosis.failed(dag, lost, facts).evidence
            return replace(status, standing=Standing.AT_RISK, cause=Cause.FAILED, evidence=about)
        if flight is None:
            return status
        key = status.sla, status.dag_id
        found: list[tuple[Run, Prediction]] = []
        for run in _runs(status, dag, status.deadline):
            place = (*key, run.run_id)
            progress = _progress(run, dag, flight, facts)
            made = _fresh(before.get(place), flight.usual, progress, run.state, status.deadline.timestamp())
            self._made[place] = made
            if made.prediction is not None:
                found.append((run, made.prediction))
        if not found:
            return status
        # Any of them will do.
        run, prediction = min(found, key=lambda each: each[1].miss)
        if prediction.miss < (SAFE if key in self._risky else AT_RISK):
            return replace(status, prediction=prediction)
        why = diagnosis.find(dag, run.due - _INSTANT, facts)
        return replace(
            status,
            prediction=prediction,
            standing=Standing.AT_RISK,
            cause=why.cause,
            evidence=why.evidence,
        )


def _open(status: Status) -> bool:
    foreseeable = status.kind in {FINISH_BY, MAX_AGE} and not status.scope
    return status.standing is Standing.OK and not status.met and foreseeable


def _eligible(status: Status, dag: Dag, deadline: datetime) -> list[Run]:
    """Runs whose success would keep the promise, the newest due first."""
    floor = deadline - _DAY if status.kind == FINISH_BY else _newest_success(dag)
    return [run for run in dag.runs if run.due <= deadline and (floor is None or run.due > floor)]


def _runs(status: Status, dag: Dag, deadline: datetime) -> list[Run]:
    """Those under way."""
    return [run for run in _eligible(status, dag, deadline) if run.state in _ACTIVE][:_MOST_RUNS]


def _lost(status: Status, dag: Dag, deadline: datetime) -> Run | None:
    """The last run, if it has failed and no other is due in time: only somebody who clears it can help."""
    runs = _eligible(status, dag, deadline)
    comes = dag.next_due is not None and dag.next_due <= deadline
    lost = bool(runs) and not comes and all(run.state == "failed" for run in runs)
    return runs[0] if lost else None


def _newest_success(dag: Dag) -> datetime | None:
    return max((run.due for run in dag.runs if run.state == "success"), default=None)


def _wait(dag: Dag, facts: Facts) -> float | None:
    """For how long tasks wait now where the DAG's wait; None while none of them does."""
    places = {(tasks.pool, tasks.queue) for tasks in dag.tasks if tasks.state in _WAITING}
    return max((facts.waits[place] for place in places if place in facts.waits), default=None)


def _progress(run: Run, dag: Dag, flight: Flight, facts: Facts) -> Progress:
    return Progress(
        now=facts.now.timestamp(),
        due=run.due.timestamp(),
        start=None if run.start is None or run.state == "queued" else run.start.timestamp(),
        tasks=flight.tasks.get(run.run_id, {}),
        queue_wait=_wait(dag, facts),
    )


def _fresh(made: _Made | None, usual: Usual, progress: Progress, state: str, deadline: float) -> _Made:
    """The prediction that was made before, as long as it is good."""
    of = (state, deadline, id(usual), progress.tasks)
    if made is not None and made.of == of and progress.now < made.until:
        return made
    left = max(0.0, deadline - progress.now)
    return _Made(
        of=of,
        prediction=predict(usual, progress, deadline),
        until=progress.now + min(_GOOD_FOR, _GOOD_SHARE * left),
    )
