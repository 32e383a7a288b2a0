"""All of the SLAs behind one door: what the file and tags promise, how that stands, what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from windsock.facts import Facts
from windsock.figures import Figures
from windsock.sla import series, suspects
from windsock.sla.acknowledgements import Acknowledgements
from windsock.sla.chronicle import Chronicle
from windsock.sla.engine import Engine
from windsock.sla.entries import Conditions
from windsock.sla.forecast import Forecaster
from windsock.sla.own import Own
from windsock.sla.recorder import Recorder
from windsock.sla.register import Register
from windsock.sla.reload import Reloader
from windsock.sla.settler import Settler
from windsock.sla.slafile import Slas
from windsock.sla.status import Status, WrongTag
from windsock.sla.suspects import Suspects
from windsock.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How everything stands at one moment; see `windsock.view.View`."""

    statuses: tuple[Status, ...]
    wrong_tags: tuple[WrongTag, ...]
    file_problem: str | None


class Keeper:
    """Keeps the promises of one Airflow. Only one thread calls `judge`.

    Args:
        slas: the file as it was read; None without one.
        file: where it stands, to follow it.
        state: what outlives the process.
        recorder: what was; None keeps no record.
        acknowledged: breaches that somebody has ended; None for none.

    Attributes:
        register: which promises hold for which DAG.
    """

    def __init__(
        self,
        slas: Slas | None,
        file: Path | None,
        state: State,
        *,
        recorder: Recorder | None = None,
        acknowledged: Acknowledgements | None = None,
    ) -> None:
        self.register = Register(slas or Slas())
        self._acknowledged = acknowledged or Acknowledgements(None)
        self._engine = Engine(self.register, state, acknowledged=self._acknowledged)
        self._forecaster = Forecaster()
        self._reloader = None if file is None else Reloader(file, self.register)
        self._own = Own()
        self._settler = Settler()
        self._suspects = Suspects()
        self._chronicle = Chronicle(recorder or Recorder(None))
        self._ahead = timedelta(0)
        self._asked = Event()

    def reload(self) -> None:
        """Read the file again, changed or not, before the next judgement."""
        self._asked.set()

    def suspects(self) -> Suspects:
        """What to look at more closely, as of the last judgement. Safe to call from another thread."""
        return self._suspects

    def judge(self, facts: Facts | None, at: datetime, figures: Figures) -> Judged:
        """How every SLA stands now, with its figures; `facts` is None while there are no fresh ones."""
        if self._reloader is not None:
            asked = self._asked.is_set()
            if asked:
                self._asked.clear()
            self._reloader.check(anyway=asked)
            figures.extend(self._reloader.samples())
        self._acknowledged.check()
        statuses = self._forecaster.add(self._engine.evaluate(facts, at), facts)
        statuses += self._own.statuses(facts, self.register.slas.airflow_slas)
        self._suspects = suspects.of(statuses)
        statuses = self._settler.settle(statuses, None if facts is None else facts.now)
        if facts is not None:
            self._ahead = facts.now - at
        statuses = self._chronicle.follow(statuses, facts, at + self._ahead, self._engine.decided)
        wrong = self._engine.wrong_tags
        figures.extend(series.samples(statuses, wrong))
        figures.extend(series.due_soon(statuses, at + self._ahead))
        figures.extend(series.evidence(statuses))
        return Judged(
            statuses=statuses,
            wrong_tags=wrong,
            file_problem=None if self._reloader is None else self._reloader.problem,
        )

    def write(self, conditions: Conditions) -> None:
        """Put what the last judgement found into the record, with what the platform is like now."""
        self._chronicle.write(conditions)

    def close(self) -> None:
        """Give the record's file back; nothing is judged any more."""
        self._chronicle.close()
