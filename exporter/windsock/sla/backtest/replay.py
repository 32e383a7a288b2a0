"""One DAG's SLAs over its past: the engine and the forecaster, asked at every moment that matters."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime

from windsock.facts import Facts
from windsock.sla.backtest import moments
from windsock.sla.backtest.foresight import Foresight
from windsock.sla.backtest.history import History
from windsock.sla.backtest.incident import Incident, Log
from windsock.sla.backtest.past import Past
from windsock.sla.engine import Engine
from windsock.sla.flight import Flight
from windsock.sla.forecast import Forecaster
from windsock.sla.register import Register
from windsock.sla.rules import FINISH_BY, Sla
from windsock.sla.slafile import Slas
from windsock.sla.status import Standing, Status
from windsock.state import State

_RESTLESS = frozenset({Standing.AT_RISK, Standing.BREACHED})


class Replay:
    """The SLAs of one DAG, as if its file had come into force at `since`.

    Args:
        slas: what there is for this DAG, and nothing else.
        history: of the DAG.
        since: the beginning; a DAG that came later begins later.
        careful: leave out no prediction; for tests.

    Attributes:
        met, missed: deadlines of `finish_by`; how many the other kinds have depends on when one looks.
    """

    def __init__(self, slas: Slas, history: History, since: datetime, *, careful: bool = False) -> None:
        self._history = history
        self._since = max(since, history.first or history.now)
        self._engine = Engine(Register(slas), State(None), lasting=False)
        self._forecaster = Forecaster()
        self._foresight = Foresight(history, careful=careful)
        self._entries = entries(slas, history)
        self._logs: dict[str, Log] = {}
        self._flight: Flight | None = None
        self._daily = {entry.sla for entry in self._entries if entry.kind == FINISH_BY}
        self.met = self.missed = 0

    @property
    def predictions(self) -> int:
        """Runs for which the predictor was asked."""
        return self._foresight.looked

    def run(self) -> tuple[Incident, ...]:
        """Every incident, by SLA and time; nothing for a DAG of which nothing is known."""
        if not self._history.runs:
            return ()
        bad: dict[datetime, Past] = {}
        fixed: set[datetime] = {self._since, self._history.now}
        for entry in self._entries:
            fixed.update(moments.fixed(entry, self._history, self._since))
            bad |= moments.announcements(entry, self._history, self._foresight, self._since)
        order = sorted(moment for moment in fixed.union(bad) if self._since <= moment <= self._history.now)
        now: datetime | None = order[0]
        before = self._since
        while now is not None:
            statuses = self._look(now, before, bad.get(now))
            before, now = now, self._next(order, now, statuses)
        return tuple(incident for _, log in sorted(self._logs.items()) for incident in log.finish())

    def _look(self, now: datetime, before: datetime, announced: Past | None) -> Sequence[Status]:
        dag = self._history.at(now, before)
        if announced is not None:
            self._flight = self._foresight.flight(announced)
        flights = {} if self._flight is None else {dag.dag_id: self._flight}
        facts = Facts(now=now, dags={dag.dag_id: dag}, flights=flights)
        statuses = self._forecaster.add(self._engine.evaluate(facts, now), facts)
        for (sla, _), decided in self._engine.decided:
            if sla in self._daily:
                self.met += decided.met
                self.missed += not decided.met
        doubtful = self._history.unknown_at(now)
        for status in statuses:
            log = self._logs.setdefault(status.sla, Log())
            log.see(status, now, first=now == self._since, doubtful=doubtful)
        if not any(status.standing is Standing.AT_RISK for status in statuses):
            self._flight = None
        return statuses

    def _next(self, order: Sequence[datetime], now: datetime, statuses: Iterable[Status]) -> datetime | None:
        """The next fixed moment, or the next one at which what is seen now may change by itself."""
        index = bisect_right(order, now)
        ahead = [order[index]] if index < len(order) else []
        grace = {entry.sla: entry.patience for entry in self._entries}
        for status in statuses:
            if status.standing in _RESTLESS:
                change = self._history.change_after(now)
                ahead += [] if change is None else [change]
            if status.deadline is not None and status.standing is not Standing.BREACHED:
                ahead.append(status.deadline + grace[status.sla])
        found = min((moment for moment in ahead if moment > now), default=None)
        return None if found is None or found > self._history.now else found


def entries(slas: Slas, history: History) -> tuple[Sla, ...]:
    """The promises that hold for the DAG, each name once."""
    register, dag = Register(slas), history.dag
    found = register.of(register.looks(dag.dag_id, dag.tags, dag.team))
    return tuple(promise.entry for promise in found.promises)


def of_one(slas: Slas, matching: Iterable[int]) -> Slas:
    """The part of a file that speaks of one DAG."""
    chosen = tuple(matching)
    return Slas(
        tuple(slas.entries[index] for index in chosen),
        tuple(slas.places[index] for index in chosen),
        slas.defaults,
        slas.dag_tags,
    )
