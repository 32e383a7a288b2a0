"""The engine: facts in, one status per (sla, dag_id) out. It reads no clock and no database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog

from windsock.facts import Dag, Facts
from windsock.owners import DEFAULT_TEAM
from windsock.sla import diagnosis, kinds, outcome, recall, scope
from windsock.sla.acknowledgements import Acknowledgements
from windsock.sla.decided import Outcome
from windsock.sla.memory import Memory
from windsock.sla.prospects import unreachable
from windsock.sla.register import Found, Promise, Register
from windsock.sla.rules import Looks, Sla
from windsock.sla.status import Status, WrongTag
from windsock.sla.tally import counted
from windsock.state import State

# A DAG of a pattern that stays away this long was removed, and its SLA with it.
_FORGET = timedelta(days=1)
_MOST_TOLD = 20
_log = structlog.get_logger()


# A status and which entry of the file it belongs to.
_Placed = tuple[int, Status]


class _Subject(NamedTuple):
    """A DAG with what is promised of it; `dag` is None for one that is gone."""

    dag_id: str
    dag: Dag | None
    found: Found


class Engine:
    """Judges what `register` promises at every call of `evaluate`; keeps what it must remember in `state`.

    Args:
        register: what is promised.
        state: what outlives the process.
        lasting: False for a replay: nothing is kept or told, and no promise is doubted.
        acknowledged: breaches that somebody has ended; None for none.

    Attributes:
        wrong_tags: tags that look like SLAs and are none, as of the last facts.
        decided: deadlines that the last evaluation decided, by SLA and DAG; counted in the memories.
    """

    def __init__(
        self,
        register: Register,
        state: State,
        *,
        lasting: bool = True,
        acknowledged: Acknowledgements | None = None,
    ) -> None:
        self._register = register
        self._state = state
        self._lasting = lasting
        self._acknowledged = acknowledged or Acknowledgements(None)
        self._memories, self._looks = recall.read(state)
        self._ahead = timedelta(0)
        self._told: set[str] = set()
        self._doubts: dict[tuple[str, str], tuple[object, str | None]] = {}
        self.wrong_tags: tuple[WrongTag, ...] = ()
        self.decided: list[tuple[recall.Key, Outcome]] = []

    def evaluate(self, facts: Facts | None, now: datetime) -> tuple[Status, ...]:
        """How every SLA stands.

        Args:
            facts: the last cycle's; None before the first and once they are stale.
            now: the exporter's clock. With facts the database's clock counts; without them it is continued.

        Returns:
            In the order of the file, then by DAG id.
        """
        self.decided = []
        if facts is None:
            return _in_order(self._without_facts(now + self._ahead))
        self._ahead = facts.now - now
        statuses = _in_order(self._with_facts(facts))
        if self._lasting:
            self._tell(statuses)
            recall.write(self._state, self._memories, self._looks)
        return statuses

    def _with_facts(self, facts: Facts) -> Iterator[_Placed]:
        before, self._memories = self._memories, {}
        used: set[int] = set()
        for subject in self._subjects(facts, {dag_id for _, dag_id in before}):
            if subject.dag is not None:
                used.update(subject.found.matching)
            for promise in subject.found.promises:
                key = promise.entry.sla, subject.dag_id
                narrow = subject.dag and _narrowed(promise.entry, subject.dag, facts)
                if subject.dag is not None and narrow is None:
                    # Its runs are read from the next cycle on; until then nothing is known of it.
                    memory = before.get(key)
                    if memory is not None:
                        self._memories[key] = memory
                    yield promise.order, self._unseen(promise, subject, memory, facts.now)
                    continue
                memory = _observe(before.get(key), promise.entry, subject.dag, facts.now)
                if memory is not None:
                    yield promise.order, self._judge(promise, subject, narrow, memory, facts)
        remembered = {dag_id for _, dag_id in self._memories}
        self._looks = {dag_id: self._looks[dag_id] for dag_id in remembered}
        self._doubts = {key: doubt for key, doubt in self._doubts.items() if key in self._memories}
        yield from self._missing(used, remembered)

    def _subjects(self, facts: Facts, remembered: set[str]) -> Iterator[_Subject]:
        """Every DAG that is there and those that an SLA remembers, with their promises."""
        wrong: list[WrongTag] = []
        for dag_id, dag in facts.dags.items():
            looks = self._register.looks(dag_id, dag.tags, dag.team)
            if not facts.tags_known:
                # The team may follow from tags, so it is not known either.
                looks = self._looks.get(dag_id, looks)
            found = self._register.of(looks)
            wrong += [WrongTag(dag_id=dag_id, team=dag.team, tag=tag, why=why) for tag, why in found.wrong]
            if found.promises:
                self._looks[dag_id] = looks
                yield _Subject(dag_id, dag, found)
        self.wrong_tags = tuple(sorted(wrong, key=lambda each: (each.dag_id, each.tag)))
        for dag_id in remembered - facts.dags.keys():
            yield _Subject(dag_id, None, self._last_found(dag_id))

    def _last_found(self, dag_id: str) -> Found:
        """For a DAG as it looked when it was seen last."""
        return self._register.of(self._looks.setdefault(dag_id, Looks(dag_id)))

    def _judge(
        self, promise: Promise, subject: _Subject, narrow: Dag | None, memory: Memory, facts: Facts
    ) -> Status:
        """`narrow` is the DAG as the promise sees it."""
        entry, dag_id, dag = promise.entry, subject.dag_id, subject.dag
        verdict = kinds.judge(entry, memory, narrow, facts.now)
        memory = counted(verdict.memory, entry, verdict.outcomes)
        self.decided += (((entry.sla, dag_id), each) for each in verdict.outcomes)
        why = None
        if memory.missed:
            floor = memory.missed[-1].floor
            if dag is None or narrow is None:
                why = diagnosis.gone(dag_id, facts)
            elif entry.task is not None:
                why = diagnosis.of_task(entry.task, dag, narrow, floor, facts)
            else:
                why = diagnosis.why(dag, floor, facts, said=verdict.cause)
        memory = _with(memory, cause=why.cause.value if why else None)
        self._memories[entry.sla, dag_id] = memory
        doubt = None
        if self._lasting and dag is not None and narrow is not None:
            doubt = scope.unknown(entry, dag, narrow) or self._doubt(entry, narrow, facts.now)
        verdict = verdict if memory is verdict.memory else replace(verdict, memory=memory)
        given = self._acknowledged.of((entry.sla, dag_id), facts.now)
        status = outcome.judged(promise, dag_id, dag, verdict, now=facts.now, doubt=doubt, given=given)
        return replace(status, evidence=why.evidence) if why and status.cause else status

    def _unseen(self, promise: Promise, subject: _Subject, memory: Memory | None, now: datetime) -> Status:
        given = self._acknowledged.of((promise.entry.sla, subject.dag_id), now)
        team = promise.entry.team or (subject.dag.team if subject.dag else DEFAULT_TEAM)
        return outcome.unseen(promise, subject.dag_id, memory, now, team=team, given=given)

    def _doubt(self, entry: Sla, dag: Dag, now: datetime) -> str | None:
        """Why the promise cannot be kept; looked at again when anything that it depends on has changed."""
        newest = dag.runs[0].due if dag.runs else None
        seen = (entry, dag.scheduled, dag.next_due, newest, dag.usual)
        known = self._doubts.get((entry.sla, dag.dag_id))
        if known is None or known[0] != seen:
            known = self._doubts[entry.sla, dag.dag_id] = (seen, unreachable(entry, dag, now))
        return known[1]

    def _without_facts(self, now: datetime) -> Iterator[_Placed]:
        for sla, dag_id in sorted(self._memories):
            memory = self._memories[sla, dag_id]
            for promise in self._last_found(dag_id).promises:
                if promise.entry.sla == sla and promise.entry.kind == memory.kind:
                    given = self._acknowledged.of((sla, dag_id), now)
                    yield promise.order, outcome.unseen(promise, dag_id, memory, now, given=given)

    def _missing(self, used: set[int], remembered: set[str]) -> Iterator[_Placed]:
        """Entries that speak of nothing that is there; a DAG that was there once is spoken of by its SLA."""
        slas = self._register.slas
        for order, (entry, place) in enumerate(zip(slas.entries, slas.places, strict=True)):
            if order not in used and (entry.is_pattern or entry.dag not in remembered):
                yield order, outcome.nothing_there(Promise(entry, place, order))

    def _tell(self, found: tuple[Status, ...]) -> None:
        """Say each warning once; one that went away and comes back is news again."""
        warnings = {
            f"{each.place}: {each.sla} of {each.dag_id}: {each.warning}" for each in found if each.warning
        }
        warnings |= {f"tag {each.tag} of {each.dag_id}: {each.why}" for each in self.wrong_tags}
        news = sorted(warnings - self._told)
        for warning in news[:_MOST_TOLD]:
            _log.warning("sla needs a look", why=warning)
        if len(news) > _MOST_TOLD:
            _log.warning("more slas need a look, see the board", more=len(news) - _MOST_TOLD)
        self._told = warnings


def _in_order(found: Iterator[_Placed]) -> tuple[Status, ...]:
    return tuple(status for _, status in sorted(found, key=lambda each: (each[0], each[1].dag_id)))


def _narrowed(entry: Sla, dag: Dag, facts: Facts) -> Dag | None:
    unwatched = facts.watched is not None and dag.dag_id not in facts.watched
    return None if unwatched else scope.narrowed(entry, dag, facts)


def _observe(memory: Memory | None, entry: Sla, dag: Dag | None, now: datetime) -> Memory | None:
    """The memory brought up to what can be seen now; None for an SLA that ended with its DAG."""
    if memory is None or memory.kind != entry.kind:
        if dag is None:
            return None
        return Memory(kind=entry.kind, first_seen=now, paused=dag.paused, team=entry.team or dag.team)
    if dag is None:
        gone = memory.gone or now
        forgotten = entry.is_pattern and now - gone >= _FORGET
        return None if forgotten else _with(memory, gone=gone)
    unpaused = now if memory.paused and not dag.paused else memory.unpaused
    return _with(memory, gone=None, paused=dag.paused, unpaused=unpaused, team=entry.team or dag.team)


def _with(memory: Memory, **seen: Any) -> Memory:
    """The memory with this in it; a copy costs more than a look, and mostly nothing has changed."""
    changed = any(getattr(memory, name) != value for name, value in seen.items())
    return memory.model_copy(update=seen) if changed else memory
