"""Attempts of task instances that ended, seconds after they did: found by the heartbeat of what ran them.

No version indexes a task instance's end. On 3.x it has the time of its last heartbeat; on 2.x it has a job
which has one. Once a minute a look goes to those whose heartbeat had stopped long before somebody else ended
them. An attempt whose task starts again before it was seen is not counted.

What runs has new heartbeats, so each look meets it too. Where very many tasks run at once, one look a minute
must do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from hashlib import blake2b
from typing import Any

from windsock.catalog import outcomes
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.collect.tasks.attempt_rows import (
    PAGE,
    Attempt,
    Beat,
    attempts,
    attempts_of,
    ended_jobs,
    lost_attempts,
    lost_jobs,
    newest_beat,
)
from windsock.collect.tasks.newest import newest
from windsock.collect.tasks.tasks import active_tasks
from windsock.counters import Counted, Entry
from windsock.figures import Figures

# Heartbeats come every few seconds, and are committed at once.
_GAP = timedelta(seconds=30)
# Airflow ends a task whose heartbeat is older than 300 s.
_LOST = timedelta(seconds=420)
_BETWEEN_LOST = timedelta(seconds=60)
_MANY_RUNNING, _BETWEEN_LOOKS = 10_000, timedelta(seconds=60)
_WRONG = timedelta(days=1)
# A heartbeat and the start or the end that goes with it are not further apart.
_PROMPT = timedelta(seconds=15)
# Hexadecimal digits.
_KEY = 16
_ENDED = frozenset({"success", "failed", "skipped", "up_for_retry", "up_for_reschedule"})
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def key_of(dag_id: str, task_id: str, run_id: str, map_index: int, end: datetime) -> str:
    """By what an attempt is known in the state; 3.x gives a task instance another id when it is cleared."""
    name = f"{dag_id}\0{task_id}\0{run_id}\0{map_index}\0{end}"
    return blake2b(name.encode(), digest_size=_KEY // 2).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """An attempt, the last heartbeat of what ran it, and whether that had stopped long before the end."""

    row: Attempt
    beat: datetime
    lost: bool = False

    @property
    def key(self) -> str:
        """Short, and the same at each look."""
        row = self.row
        return key_of(row.dag_id, row.task_id, row.run_id, row.map_index, row.end)


@dataclass(slots=True, kw_only=True)
class _Memo:
    """What is counted already.

    Attributes:
        began: what ended before it was never counted.
        beat: heartbeats up to this one were looked at, but for the gap.
        lost: the same when the last look at lost ones began.
        keys: of attempts that a look may meet again, with the heartbeat beyond which it does not.
        newest: the latest heartbeat since the start, even if that is after the database's now.
    """

    began: datetime
    beat: datetime
    lost: datetime
    keys: dict[str, datetime] = field(default_factory=dict)
    newest: datetime = _EPOCH

    def meet(self, found: _Found) -> bool:
        """Whether it is an attempt that was not met before; from now on it was."""
        row = found.row
        if row.state not in _ENDED or row.start is None:
            return False  # it goes on already
        if row.end <= self.began:
            return False
        if found.lost and row.start > found.beat + _PROMPT:
            return False  # what ended did not run: it was skipped after it had been cleared
        known = found.key in self.keys
        again = _LOST + 2 * _BETWEEN_LOST if found.lost or row.end > found.beat + _PROMPT else timedelta(0)
        until = found.beat + _GAP + again + timedelta(seconds=5)
        self.keys[found.key] = max(until, self.keys.get(found.key, until))
        return not known

    def forget(self) -> None:
        """Drop the keys that no look can meet again."""
        self.keys = {key: until for key, until in self.keys.items() if until > self.beat}

    def dump(self) -> dict[str, Any]:
        """As JSON, keys by the second."""
        by_second: dict[str, str] = {}
        for key, until in self.keys.items():
            second = str(-(-(until - _EPOCH) // timedelta(seconds=1)))
            by_second[second] = by_second.get(second, "") + key
        times = {"began": self.began, "beat": self.beat, "lost": self.lost}
        return {**{name: _number(moment) for name, moment in times.items()}, "keys": by_second}


def _load(data: Mapping[str, Any]) -> _Memo | None:
    try:
        began, beat, lost = (_moment(data[name]) for name in ("began", "beat", "lost"))
        memo = _Memo(began=began, beat=beat, lost=lost)
        for second, keys in data["keys"].items():
            until = _moment(int(second) * 1_000_000)
            memo.keys |= {keys[at : at + _KEY]: until for at in range(0, len(keys), _KEY)}
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return None
    return memo


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """What has ended.

    Attributes:
        starts: the newest start by queue ever seen among them.
    """

    counted: Counted
    starts: Mapping[str, datetime]


class AttemptsCollector(Collector[Attempts]):
    """Reads `task_instance` by its heartbeat index on 3.x, by the jobs that ended on 2.x."""

    name = "attempts"
    tier = Tier.FAST
    reads = (newest_beat, attempts, lost_attempts, ended_jobs, lost_jobs, attempts_of)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._book = context.counters.book(self.name, outcomes.OF_ATTEMPTS)
        self._memo = _load(self._book.memo)
        self._starts: Mapping[str, datetime] = {}
        self._last: tuple[datetime, Attempts] | None = None

    def read(self, reader: Reader) -> Attempts:
        """Count what has ended; on disk before it is shown."""
        if self._last is not None and _may_wait(reader, self._last[0]):
            return self._last[1]
        first = self._memo is None
        memo = self._memo or _start(reader)
        try:
            for look in _looks(reader, memo):
                entry = Entry()
                self._starts = newest(self._starts, ((each.row.queue, each.row.start) for each in look))
                for attempt in look:
                    if memo.meet(attempt) and not first:
                        _add(entry, attempt.row)
                memo.forget()
                if entry:
                    self._book.commit(entry, memo.dump())
        except BaseException:
            # Counted is what is in the book, perhaps a part of this reading.
            self._memo = _load(self._book.memo)
            raise
        self._memo = memo
        counted = self._book.commit(Entry(), memo.dump(), lazy=not first)
        found = Attempts(counted=counted, starts=self._starts)
        self._last = reader.now, found
        return found

    def add(self, figures: Figures, value: Attempts, scene: Scene) -> None:
        """All of them."""
        value.counted.add_to(figures)


def _may_wait(reader: Reader, looked: datetime) -> bool:
    """Whether so much runs that the last look must do for a while."""
    running = sum(row.tasks for row in reader.told(active_tasks) if row.state == "running")
    return running > _MANY_RUNNING and timedelta(0) <= reader.now - looked < _BETWEEN_LOOKS


def _start(reader: Reader) -> _Memo:
    """The first time: from the newest heartbeat on, which is of the clock that the ends are of."""
    (row,) = reader.rows(newest_beat)
    if row.beat is None:
        # Whatever comes, comes later; only the database's clock may be wrong.
        return _Memo(began=_EPOCH, beat=reader.now - _WRONG, lost=reader.now)
    return _Memo(began=row.beat, beat=min(row.beat, reader.now), lost=reader.now)


def _looks(reader: Reader, memo: _Memo) -> Iterator[list[_Found]]:
    """Attempts that ended: lost ones, then by pages those whose heartbeat is new, oldest first."""
    since = memo.beat - _GAP
    if reader.now - memo.lost >= _BETWEEN_LOST:
        # On 3.x the other look meets whatever has a newer heartbeat; on 2.x only jobs that were ended.
        until = since if reader.flavour.three else max(reader.now, memo.newest) - _GAP
        lost = _lost(reader, since=min(memo.lost, memo.beat) - _LOST, until=until)
        memo.lost = reader.now
        yield lost
    while True:
        found, latest, full = _page(reader, since)
        # By heartbeats, not by our clock; and a clock that is ahead must not hide what others write.
        if latest is not None:
            memo.beat = max(memo.beat, min(latest, reader.now))
            memo.newest = max(memo.newest, latest)
        yield found
        if not full or latest is None or latest <= since:
            break
        since = latest - timedelta(microseconds=1)


def _page(reader: Reader, since: datetime) -> tuple[list[_Found], datetime | None, bool]:
    if reader.flavour.three:
        rows = reader.rows(attempts, since=since)
        return _with_beats(rows), rows[-1].beat if rows else None, len(rows) == PAGE
    jobs = reader.rows(ended_jobs, since=since)
    return _of_jobs(reader, jobs), jobs[-1].beat if jobs else None, len(jobs) == PAGE


def _lost(reader: Reader, *, since: datetime, until: datetime) -> list[_Found]:
    """Those whose heartbeat had stopped before somebody else ended them."""
    if reader.flavour.three:
        found = _with_beats(reader.rows(lost_attempts, since=since, until=until))
    else:
        found = _of_jobs(reader, reader.rows(lost_jobs, since=since, until=until))
    return [replace(each, lost=True) for each in found]


def _with_beats(rows: Iterable[Attempt]) -> list[_Found]:
    return [_Found(row=row, beat=row.beat) for row in rows if row.beat is not None]


def _of_jobs(reader: Reader, jobs: Iterable[Beat]) -> list[_Found]:
    beats = {job.id: job.beat for job in jobs}
    return [
        _Found(row=row, beat=beats[row.job])
        for batch in batches(list(beats))
        for row in reader.rows(attempts_of, jobs=batch)
        if row.job is not None
    ]


def _add(entry: Entry, attempt: Attempt) -> None:
    state = attempt.state or ""
    entry.count(outcomes.ATTEMPTS_FINISHED, state=state, queue=attempt.queue, pool=attempt.pool)
    if attempt.start is None or state == "up_for_reschedule":
        return
    took = max(0.0, (attempt.end - attempt.start).total_seconds())
    entry.observe(outcomes.TASK_RUN_SECONDS, took, operator=attempt.operator)
    # One that was resumed after a deferral has been queued anew, and keeps its start.
    if attempt.queued is None or attempt.queued > attempt.start:
        return
    entry.observe(outcomes.QUEUE_WAIT, (attempt.start - attempt.queued).total_seconds(), queue=attempt.queue)
    if attempt.scheduled is not None and attempt.scheduled <= attempt.queued:
        waited = (attempt.queued - attempt.scheduled).total_seconds()
        entry.observe(outcomes.SCHEDULE_WAIT, waited, pool=attempt.pool)


def _number(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(number: Any) -> datetime:
    return _EPOCH + timedelta(microseconds=int(number))
