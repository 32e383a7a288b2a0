"""What a simulated DAG is, what happened in its runs, and what of that can be seen at a moment.

Times within a run are seconds after the run's due time. Days are numbered; day 0 is a Monday.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task: `upstream` are indices of earlier tasks; durations are log-normal around `median` seconds."""

    name: str
    upstream: tuple[int, ...]
    median: float
    sigma: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """How long tasks wait: log-normal noise around a level whose logarithm wanders back to its mean.

    Attributes:
        median: seconds at the mean level.
        spread: standard deviation of the level's logarithm; 0 for a queue that is always the same.
        minutes: after which a deviation has shrunk to a third.
        noise: standard deviation of the logarithm of one wait around the level.
    """

    median: float = 4.0
    spread: float = 0.0
    minutes: float = 60.0
    noise: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """How tries fail.

    Attributes:
        share: of tries that fail by chance, at their end.
        retries: tries after the first.
        delay: seconds between a failed try and the next.
        fragile: the task that always fails on a broken day.
        breaks, stays: chance that a day is broken after a good one, after a broken one.
        fixed: share of failed runs that somebody clears, `fix` seconds later (median, log-normal);
            what was broken works then.
    """

    share: float = 0.0
    retries: int = 1
    delay: float = 300.0
    fragile: int = 0
    breaks: float = 0.0
    stays: float = 0.0
    fixed: float = 0.0
    fix: float = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dag:
    """Everything that is true of a DAG; only the oracle may look.

    Attributes:
        due: seconds after midnight.
        weekdays: on which it runs; 0 is Monday.
        pace: standard deviation of the day's common factor, as a logarithm.
        growth: by which the logarithm of every duration grows per day.
        heavy: factor of the durations by weekday.
        long: share of days of the long sort, whose tasks take `stretch` times as long.
        shift_day, shift: from that day on all take so many times as long.
        odd: share of days that are out of all proportion, `odd_factor` times as long.
        days: of history before the first held-out day.
        deadline: seconds after due.
    """

    kind: str
    seed: int
    due: float
    weekdays: frozenset[int]
    tasks: tuple[Task, ...]
    days: int
    pace: float = 0.08
    growth: float = 0.0
    heavy: tuple[float, ...] = (1.0,) * 7
    long: float = 0.0
    stretch: tuple[float, ...] = ()
    shift_day: int = 0
    shift: float = 1.0
    odd: float = 0.0
    odd_factor: float = 1.0
    queue: Queue = field(default_factory=Queue)
    failures: Failures = field(default_factory=Failures)
    deadline: float = math.inf

    def level(self, day: int) -> float:
        """The logarithm of what the calendar alone multiplies durations by."""
        shifted = math.log(self.shift) if day >= self.shift_day else 0.0
        return self.growth * day + math.log(self.heavy[day % 7]) + shifted


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a task; None for what has not happened yet."""

    queued: float
    start: float | None = None
    end: float | None = None
    ok: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """All that happened in a run.

    Attributes:
        tries: per task.
        finish: of the last task; infinite if it never succeeded.
        levels: of the queue's logarithm, one per five minutes from due.
        broken: the day was a broken one.
    """

    day: int
    start: float
    tries: tuple[tuple[Try, ...], ...]
    finish: float
    levels: tuple[float, ...]
    broken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What can be seen at `now`.

    Attributes:
        start: of the run; None while it waits.
        tries: per task; a task that is not ready has none.
        queue_wait: seconds that tasks of the queue wait at this time, as a monitor would measure it.
        level: the queue's true level, for the oracle.
    """

    now: float
    start: float | None
    tries: tuple[tuple[Try, ...], ...]
    queue_wait: float
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One held-out day.

    Attributes:
        history: runs of earlier days that were over when this one was due, oldest first.
        was_broken: the day before was a broken one; only the oracle may look.
        views: oldest first.
        missed: how it ended.
    """

    dag: Dag
    day: int
    history: tuple[Trace, ...]
    was_broken: bool
    views: tuple[View, ...]
    missed: bool


def seen(tries: tuple[Try, ...], now: float) -> tuple[Try, ...]:
    """What of a task's tries has happened by `now`."""
    found = []
    for one in tries:
        if one.queued > now:
            break
        start = one.start if one.start is not None and one.start <= now else None
        ended = one.end is not None and one.end <= now
        found.append(Try(one.queued, start, one.end if ended else None, one.ok if ended else None))
    return tuple(found)
