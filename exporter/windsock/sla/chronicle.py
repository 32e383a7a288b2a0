"""Since when every SLA stands as it does, and what of that is news for the record.

It compares one judgement with the one before. Where nothing fresh is known of a DAG nothing has happened: an
outage of the database is written once, as a condition of the platform, and not for each of its SLAs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from windsock.facts import Facts
from windsock.sla.endings import ending
from windsock.sla.entries import Conditions, Entry, Outcome
from windsock.sla.evidence import Evidence
from windsock.sla.recorder import Key, News, Recorder
from windsock.sla.status import Problem, Standing, Status

# A cause that changes to and fro, evidence that goes on from task to task, and pools that fill and empty are
# written no more often than this.
_CAUSE_HOLDS = timedelta(minutes=1)
_EVIDENCE_HOLDS = timedelta(minutes=5)
_POOLS_HOLD = timedelta(minutes=5)
# So many judgements after the start.
_UNTIL_SURE = 3
_TROUBLED = frozenset({Standing.BREACHED, Standing.AT_RISK})


class Chronicle:
    """Follows all SLAs. Only one thread uses it.

    Args:
        recorder: what outlives the process; it knows how everything stood when that ended.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._known = recorder.last()
        self._loaded = frozenset(self._known)
        self._judgements = 0
        self._unseen: dict[Key, datetime] = {}
        self._conditions: Conditions | None = None
        self._news = News()

    def follow(
        self,
        statuses: Sequence[Status],
        facts: Facts | None,
        at: datetime,
        decided: Sequence[tuple[Key, Outcome]] = (),
    ) -> tuple[Status, ...]:
        """The same statuses with their beginnings; what is news is kept for `write`.

        Args:
            statuses: how everything stands.
            facts: that they were judged by; None while there are no fresh ones.
            at: the database's clock.
            decided: deadlines that were decided, by SLA.
        """
        at = at.replace(microsecond=0)
        self._judgements += facts is not None
        # Of what goes on since before the start the best explanation is not found at once.
        unsure = frozenset() if self._judgements > _UNTIL_SURE else self._loaded
        entries: list[Entry] = []
        ends: list[tuple[Key, datetime]] = []
        unseen, self._unseen = self._unseen, {}
        found = []
        for status in statuses:
            key = status.sla, status.dag_id
            if status.problem is Problem.NO_MATCH:
                found.append(status)
                continue
            known = self._known.get(key)
            if status.stale:
                found.append(self._remembered(status, known, unseen.get(key, at)))
                continue
            entry = _next(known, status, at, changes=key not in unsure)
            found.append(replace(status, since=entry.since))
            if entry is known:
                continue
            if known is not None and _ended(known, entry):
                by = ending(status.kind, facts.dags.get(status.dag_id) if facts else None, known.evidence)
                entry = replace(entry, evidence=by.run)
                ends.append((key, by.at or at))
            self._known[key] = entry
            entries.append(entry)
        if facts is not None:
            entries += self._removed({(each.sla, each.dag_id) for each in statuses}, at)
        self._news += News(entries=entries, outcomes=tuple(decided), ends=ends)
        return tuple(found)

    def write(self, now: Conditions) -> None:
        """Put the news on disk, with the platform as it is now if that has changed."""
        before, stopped = self._conditions, self._recorder.stopped
        if before is None and stopped is not None:
            self._news += News(conditions=(Conditions(at=stopped, running=False),))
        if before is None or _differs(before, now):
            self._conditions = now
            self._news += News(conditions=(now,))
        self._recorder.write(self._news)
        self._news = News()

    def close(self) -> None:
        """Give the file back."""
        self._recorder.close()

    def _remembered(self, status: Status, known: Entry | None, since: datetime) -> Status:
        """Of one of which nothing fresh is known: a breach goes on, everything else is unknown since then."""
        if status.standing is Standing.BREACHED:
            held = known is not None and known.standing is Standing.BREACHED
            evidence = known.evidence if held and known and status.evidence == Evidence() else status.evidence
            return replace(status, since=known.since if held and known else since, evidence=evidence)
        self._unseen[status.sla, status.dag_id] = since
        return replace(status, since=since)

    def _removed(self, there: set[Key], at: datetime) -> Iterator[Entry]:
        for key in [key for key in self._known if key not in there]:
            entry = self._known.pop(key)
            if entry.standing is not None:
                yield replace(
                    entry, at=at, since=at, standing=None, cause=None, evidence=Evidence(), prediction=None
                )


def _next(known: Entry | None, status: Status, at: datetime, *, changes: bool) -> Entry:
    """The entry that the status makes; `known` itself where nothing, or nothing that counts, has changed."""
    if known is None or known.standing is not status.standing:
        return _entry(status, at, since=at)
    if known.acknowledged != status.acknowledged:
        return _entry(status, at, since=known.since)
    # What is seen and predicted of a kept SLA changes all the time.
    if status.standing not in _TROUBLED or not changes:
        return known
    entry = _entry(status, at, since=known.since)
    return entry if _worth_it(known, entry, at - known.at) else known


def _entry(status: Status, at: datetime, *, since: datetime) -> Entry:
    entry = replace(Entry.of(status, at), since=since)
    return entry if status.standing in _TROUBLED else replace(entry, prediction=None, evidence=Evidence())


def _worth_it(known: Entry, entry: Entry, held: timedelta) -> bool:
    """Whether one that is at risk or breached still is so in a new way."""
    if _whole(known.deadline) != _whole(entry.deadline):
        return True
    if known.cause is not entry.cause:
        # The first one is the best guess of a moment at which little had been read.
        return held >= _CAUSE_HOLDS or known.at == known.since
    pairs = list(zip(_places(known.evidence), _places(entry.evidence), strict=True))
    if all(new in ("", old) for old, new in pairs):
        return False
    return held >= _EVIDENCE_HOLDS or all(old in ("", new) for old, new in pairs)


def _whole(at: datetime | None) -> datetime | None:
    """As the file has it."""
    return None if at is None else at.replace(microsecond=0)


def _places(found: Evidence) -> tuple[str, ...]:
    return found.run_id, found.task_id, found.pool, found.queue


def _ended(known: Entry, entry: Entry) -> bool:
    """Whether a breach is over because what was promised has come; not by an acknowledgement."""
    was = known.standing is Standing.BREACHED or known.acknowledged is not None
    return was and entry.standing in {Standing.OK, Standing.AT_RISK} and entry.acknowledged is None


def _differs(before: Conditions, now: Conditions) -> bool:
    """Whether the platform has changed; pools and files alone count now and then."""
    same = replace(before, at=now.at)
    if replace(same, full_pools=now.full_pools, broken_files=now.broken_files) != now:
        return True
    return same != now and now.at - before.at >= _POOLS_HOLD
