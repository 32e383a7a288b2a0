"""What the run feed remembers between two readings, so that each finish of a run counts once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from zlib import crc32

# Ids are drawn before the commit: a lower one may appear after a higher one, by so many at most.
OVERLAP = 5_000
# Further back than this, against the latest end that was seen, an unknown finish is history.
HISTORY = timedelta(minutes=10)
# A highest id so far ahead is that of another database, not of runs that we missed.
_JUMP = 1_000_000
# Finished runs that are remembered for the case that they are cleared.
_KEPT = 5_000
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The last finish of a run that was counted, or that was there at start.

    Attributes:
        name: a hash of DAG and run id: after a restore an id may belong to another run.
        start, end: of the run.
        tasks_end: the latest end of a task instance in it; None if there is none, or they were not counted.
        retries: attempts of its task instances after the first; None if they were not counted.
    """

    name: int
    start: datetime | None
    end: datetime
    tasks_end: datetime | None = None
    retries: int | None = None


@dataclass(slots=True, kw_only=True)
class RunMemo:
    """The memo.

    Attributes:
        began: of runs up to this id earlier finishes are unknown: they were there at start, or are forgotten.
        position: the highest id seen.
        low: ids up to this one are not looked at any more unless they were seen active.
        resume: where an unfinished pass over new ids goes on.
        latest: the latest end of a run when new ids were last looked at, but not after the database's now.
        seen: the same as of now; a pass that was cut short must not make history of what it has not reached.
        active: the ids of unfinished runs.
        finished: the last finishes, oldest first.
    """

    began: int
    position: int
    low: int
    latest: datetime
    resume: int | None = None
    active: frozenset[int] = frozenset()
    finished: dict[int, Finish] = field(default_factory=dict)
    seen: datetime = _EPOCH

    @classmethod
    def start(cls, newest: int, now: datetime, active: Iterable[int]) -> RunMemo:
        """Begin here: what has finished is history."""
        low = max(0, newest - OVERLAP)
        return cls(began=newest, position=newest, low=low, latest=now, active=frozenset(active))

    @property
    def since(self) -> datetime:
        """What ended before is history."""
        return self.latest - HISTORY

    def fits(self, newest: int) -> bool:
        """Whether a database with this highest id can be the one that was read last."""
        return self.low <= newest <= self.position + _JUMP

    def add(self, run: int, finish: Finish, now: datetime) -> None:
        """Remember a finish as the newest; `now` is the database's clock."""
        self.finished.pop(run, None)
        self.finished[run] = finish
        # One clock that is ahead must not make history of others' runs.
        self.seen = max(self.seen, min(finish.end, now))

    def passed(self, newest: int) -> None:
        """Every id up to the highest was looked at."""
        # By the highest of the pass before: a run that was created since the active ones were read, and was
        # still running when its id was passed, is looked for once more.
        self.low = max(self.low, self.position - OVERLAP)
        self.position = max(self.position, newest)
        self.latest = max(self.latest, self.seen)
        self.resume = None

    def forget(self) -> None:
        """Keep the newest finishes, and those that this pass or the next one will meet again."""
        superfluous = len(self.finished) - _KEPT
        for run, finish in list(self.finished.items()):
            if superfluous <= 0:
                break
            if run in self.active:
                # It finished after the active ones were read: the next reading will find it gone.
                continue
            looked_at = self.resume is None or run <= self.resume
            if run <= self.low or (looked_at and finish.end <= max(self.latest, self.seen) - HISTORY):
                del self.finished[run]
                self.began = max(self.began, run)
                superfluous -= 1

    def dump(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "began": self.began,
            "position": self.position,
            "low": self.low,
            "resume": self.resume,
            "latest": _number(self.latest),
            "active": sorted(self.active),
            "finished": [
                [
                    run,
                    each.name,
                    _number(each.start),
                    _number(each.end),
                    _number(each.tasks_end),
                    each.retries,
                ]
                for run, each in self.finished.items()
            ],
        }


def load(data: Mapping[str, Any]) -> RunMemo | None:
    """From JSON; None at the first start, or if somebody edited it."""
    try:
        latest = _moment(data["latest"])
        if latest is None:
            return None
        memo = RunMemo(
            began=int(data["began"]),
            position=int(data["position"]),
            low=int(data["low"]),
            latest=latest,
            resume=None if data["resume"] is None else int(data["resume"]),
            active=frozenset(int(run) for run in data["active"]),
        )
        for run, name, start, end, tasks_end, retries in data["finished"]:
            ended = _moment(end)
            if ended is not None:
                memo.finished[int(run)] = Finish(
                    name=int(name),
                    start=_moment(start),
                    end=ended,
                    tasks_end=_moment(tasks_end),
                    retries=None if retries is None else int(retries),
                )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return memo


def name_of(dag_id: str, run_id: str) -> int:
    """A short hash of a run's name."""
    return crc32(f"{dag_id}\0{run_id}".encode())


def _number(moment: datetime | None) -> int | None:
    """Microseconds since 1970, as exact as the database."""
    return None if moment is None else (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(number: Any) -> datetime | None:
    return None if number is None else _EPOCH + timedelta(microseconds=int(number))
