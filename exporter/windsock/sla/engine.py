"""The engine: facts in, one status per (sla, dag_id) out. It reads no clock and no database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from pydantic import ValidationError

from windsock.facts import Dag, Facts
from windsock.owners import DEFAULT_TEAM
from windsock.sla import causes, finish_by, max_age
from windsock.sla.memory import Memory
from windsock.sla.rules import FINISH_BY, Sla, Slas
from windsock.sla.status import Standing, Status
from windsock.sla.verdict import Verdict
from windsock.state import State

_OWNER = "sla"
# A DAG of a glob that stays away this long was removed, and its SLA with it.
_FORGET = timedelta(days=1)
_log = structlog.get_logger()

Key = tuple[str, str]


class Engine:
    """Judges the SLAs of `slas` at every call of `evaluate` and keeps what it must remember in `state`."""

    def __init__(self, slas: Slas, state: State) -> None:
        self._slas = slas
        self._state = state
        self._memories = _recall(state, slas)
        self._ahead = timedelta(0)
        self._told: set[str] = set()
        self._overlaps: set[Key] = set()

    def evaluate(self, facts: Facts | None, now: datetime) -> tuple[Status, ...]:
        """How every SLA stands.

        Args:
            facts: the last cycle's; None before the first and once they are stale.
            now: the exporter's clock. With facts the database's clock counts; without them it is continued.

        Returns:
            In the order of the file, then by DAG id.
        """
        if facts is None:
            return tuple(self._without_facts(now + self._ahead))
        self._ahead = facts.now - now
        statuses = tuple(self._with_facts(facts))
        self._tell(statuses)
        self._state.put(_OWNER, _dump(self._memories))
        return statuses

    def _with_facts(self, facts: Facts) -> Iterator[Status]:
        before, self._memories = self._memories, {}
        left = [key for key in before if key[1] not in facts.dags]
        for entry, place in zip(self._slas.entries, self._slas.places, strict=True):
            there = _dags_of(entry, facts)
            gone = [dag_id for sla, dag_id in left if self._slas.find(sla, dag_id) is entry]
            for dag_id in sorted([*there, *gone]):
                key = (entry.sla, dag_id)
                if key in self._memories:
                    self._tell_overlap(key, place)
                    continue
                memory = _observe(before.get(key), entry, there.get(dag_id), facts.now)
                if memory is not None:
                    yield self._judge(entry, dag_id, memory, facts)
            if not there and (entry.is_glob or not gone):
                yield _missing(entry, place)

    def _judge(self, entry: Sla, dag_id: str, memory: Memory, facts: Facts) -> Status:
        dag = facts.dags.get(dag_id)
        verdict = _verdict(entry, memory, dag, facts.now)
        memory = verdict.memory
        cause = causes.find(dag, memory.missed[-1].floor, facts.pools) if memory.missed else None
        memory = memory.model_copy(update={"cause": cause.value if cause else None})
        self._memories[entry.sla, dag_id] = memory
        warning = verdict.unknowable if dag else "the DAG is gone: remove the entry if that is meant"
        missing = dag is None and not entry.is_glob
        if memory.missed:
            return _breached(entry, dag_id, memory, facts.now, warning=warning, missing=missing)
        unknown = dag is None or verdict.unknowable is not None
        return replace(
            _unknown(entry, dag_id, memory.team),
            standing=Standing.UNKNOWN if unknown else Standing.OK,
            deadline=None if unknown else verdict.deadline,
            met=verdict.met and not unknown,
            missing=missing,
            warning=warning,
        )

    def _without_facts(self, now: datetime) -> Iterator[Status]:
        for entry in self._slas.entries:
            for sla, dag_id in sorted(self._memories):
                if sla != entry.sla or self._slas.find(sla, dag_id) is not entry:
                    continue
                memory = self._memories[sla, dag_id]
                if memory.missed:
                    yield _breached(entry, dag_id, memory, now)
                else:
                    yield _unknown(entry, dag_id, memory.team)

    def _tell(self, statuses: tuple[Status, ...]) -> None:
        """Say each warning once; one that went away and comes back is news again."""
        warnings = {
            f"{status.sla} of {status.dag_id}: {status.warning}" for status in statuses if status.warning
        }
        for warning in sorted(warnings - self._told):
            _log.warning("sla cannot be judged", why=warning)
        self._told = warnings

    def _tell_overlap(self, key: Key, place: str) -> None:
        if key not in self._overlaps:
            self._overlaps.add(key)
            _log.warning(
                "two globs give one DAG the same SLA, the first one wins",
                sla=key[0],
                dag_id=key[1],
                second=place,
            )


def _dags_of(entry: Sla, facts: Facts) -> dict[str, Dag]:
    if not entry.is_glob:
        return {entry.dag: facts.dags[entry.dag]} if entry.dag in facts.dags else {}
    return {dag_id: dag for dag_id, dag in facts.dags.items() if entry.matches(dag_id)}


def _observe(memory: Memory | None, entry: Sla, dag: Dag | None, now: datetime) -> Memory | None:
    """The memory brought up to what can be seen now; None for an SLA that ended with its DAG."""
    if memory is None or memory.kind != entry.kind:
        if dag is None:
            return None
        return Memory(kind=entry.kind, first_seen=now, paused=dag.paused, team=entry.team or dag.team)
    if dag is None:
        gone = memory.gone or now
        forgotten = entry.is_glob and now - gone >= _FORGET
        return None if forgotten else memory.model_copy(update={"gone": gone})
    unpaused = now if memory.paused and not dag.paused else memory.unpaused
    seen = {"gone": None, "paused": dag.paused, "unpaused": unpaused, "team": entry.team or dag.team}
    return memory.model_copy(update=seen)


def _verdict(entry: Sla, memory: Memory, dag: Dag | None, now: datetime) -> Verdict:
    judge = finish_by.judge if entry.kind == FINISH_BY else max_age.judge
    return judge(entry, memory, dag, now)


def _unknown(entry: Sla, dag_id: str, team: str) -> Status:
    """What is known without judging: the entry's own words."""
    return Status(
        sla=entry.sla,
        dag_id=dag_id,
        kind=entry.kind,
        team=team,
        severity=entry.severity,
        deadline_text=entry.deadline_text,
        standing=Standing.UNKNOWN,
    )


def _breached(
    entry: Sla,
    dag_id: str,
    memory: Memory,
    now: datetime,
    *,
    warning: str | None = None,
    missing: bool = False,
) -> Status:
    deadline = memory.missed[0].deadline
    return replace(
        _unknown(entry, dag_id, memory.team),
        standing=Standing.BREACHED,
        deadline=deadline,
        late=max(0.0, (now - deadline).total_seconds()),
        cause=causes.Cause(memory.cause or causes.Cause.UNKNOWN),
        missing=missing,
        warning=warning,
    )


def _missing(entry: Sla, place: str) -> Status:
    what = "no DAG matches this glob" if entry.is_glob else "no such DAG"
    return replace(
        _unknown(entry, entry.dag, entry.team or DEFAULT_TEAM),
        missing=True,
        warning=f"{what} in Airflow (yet): {place}",
    )


def _recall(state: State, slas: Slas) -> dict[Key, Memory]:
    memories = {}
    for sla, dags in state.section(_OWNER).items():
        for dag_id, data in dags.items() if isinstance(dags, dict) else ():
            entry = slas.find(sla, dag_id)
            if entry is None:
                continue
            try:
                memory = Memory.model_validate(data)
                causes.Cause(memory.cause or causes.Cause.UNKNOWN)
            except (ValidationError, ValueError):
                _log.warning("what the state file says of an SLA is not usable", sla=sla, dag_id=dag_id)
                continue
            if memory.kind == entry.kind:
                memories[sla, dag_id] = memory
    return memories


def _dump(memories: dict[Key, Memory]) -> dict[str, dict[str, object]]:
    data: dict[str, dict[str, object]] = {}
    for (sla, dag_id), memory in memories.items():
        data.setdefault(sla, {})[dag_id] = memory.model_dump(mode="json", exclude_defaults=True)
    return data
