"""An SLA that a DAG keeps already: the tightest promise that its finished runs would hardly break."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from windsock.sla.clock import Clock

# Of days, and of time.
KEPT = 0.99
LEAST_RUNS = 14
# Due times that lie closer belong to a DAG that runs several times a day: no time of day is its own.
_LEAST_APART = timedelta(hours=20)
_LEAST_DAYS = 7
# Of the times between two successes, how many may be longer than a `max_age`.
_OFTEN = 0.05
_ROUND = timedelta(minutes=5)


class Run(NamedTuple):
    """A finished run other than a backfill; `end` in UTC."""

    due: datetime
    end: datetime
    succeeded: bool
    scheduled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What to promise.

    Attributes:
        kind: `finish_by` or `max_age`.
        value: as `slas.yaml` takes it, `06:30` or `26h`.
        evidence: why, for a person.
    """

    kind: str
    value: str
    evidence: str


def suggest(runs: Sequence[Run], zone: ZoneInfo, now: datetime) -> Suggestion | None:
    """The `finish_by` that is kept on 99 % of days, else the `max_age` that is kept 99 % of the time.

    Args:
        runs: of one DAG that is not paused, in any order.
        zone: of `finish_by`.
        now: the database's clock.

    Returns:
        None if nothing can be promised: too few runs, or hardly any success among them.
    """
    if len(runs) < LEAST_RUNS:
        return None
    ordered = sorted(runs, key=lambda run: (run.due, run.end))
    return _finish_by(ordered, zone) or _max_age(ordered, now)


def _finish_by(runs: Sequence[Run], zone: ZoneInfo) -> Suggestion | None:
    """For a DAG that is due once a day or more rarely."""
    days = [run for run in runs if run.scheduled]
    dues = sorted({run.due for run in days})
    if (
        len(dues) < _LEAST_DAYS
        or _median([later - earlier for earlier, later in pairwise(dues)]) < _LEAST_APART
    ):
        return None
    done = [run for run in days if run.succeeded]
    may_miss = int(len(dues) * (1 - KEPT) + 1e-9)
    spare = may_miss - (len(days) - len(done))
    if spare < 0:
        return None
    latest = sorted((_wall(run, zone) for run in done), reverse=True)[spare]
    clock = _clock(latest, zone)
    kept = len({run.due for run in done if run.end <= clock.at_or_after(run.due)})
    if len(dues) - kept > may_miss:
        return None
    usual = _median([run.end - run.due for run in done])
    evidence = (
        f"kept on {kept} of {len(dues)} days since {dues[0].astimezone(zone):%Y-%m-%d},"
        f" usually done {_length(usual)} after being due"
    )
    return Suggestion(kind="finish_by", value=f"{clock.at:%H:%M}", evidence=evidence)


def _median(lengths: Sequence[timedelta]) -> timedelta:
    return timedelta(seconds=median(length.total_seconds() for length in lengths))


def _wall(run: Run, zone: ZoneInfo) -> timedelta:
    """When it was done on the local clock, from midnight of the day on which it was due."""
    midnight = datetime.combine(run.due.astimezone(zone).date(), time())
    return run.end.astimezone(zone).replace(tzinfo=None) - midnight


def _clock(wall: timedelta, zone: ZoneInfo) -> Clock:
    at = _up(datetime(2000, 1, 1) + wall)  # noqa: DTZ001 (a local time of day)
    return Clock(time(at.hour, at.minute), zone)


def _up(moment: datetime) -> datetime:
    """To the next five minutes."""
    over = timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return moment + (_ROUND - over) if over else moment


def _max_age(runs: Sequence[Run], now: datetime) -> Suggestion | None:
    """The last success is the one with the newest due time, as everywhere."""
    fresh: list[datetime] = []
    newest = None
    for run in sorted((run for run in runs if run.succeeded), key=lambda run: run.end):
        if newest is None or run.due > newest:
            newest = run.due
            fresh.append(run.end)
    if len(fresh) < 2:
        return None
    gaps = [later - earlier for earlier, later in zip(fresh, [*fresh[1:], max(now, fresh[-1])], strict=True)]
    # And not broken for a minute each day, which is little time but many pages.
    age = max(_kept_for(gaps), sorted(gaps, reverse=True)[max(1, int(len(gaps) * _OFTEN))])
    if age > timedelta(days=366):
        return None
    since = now - fresh[0]
    return Suggestion(
        kind="max_age",
        value=_whole(age),
        evidence=f"kept 99 % of the last {_length(since)}, {len(fresh)} successes, the longest time between"
        f" two {_length(max(gaps))}",
    )


def _kept_for(gaps: Sequence[timedelta]) -> timedelta:
    """The age that is exceeded for one per cent of the time."""
    spare = sum(gaps, timedelta()) * (1 - KEPT)
    ordered = sorted(gaps, reverse=True)
    for count, (gap, below) in enumerate(zip(ordered, [*ordered[1:], timedelta()], strict=True), start=1):
        if (gap - below) * count >= spare:
            return gap - spare / count
        spare -= (gap - below) * count
    return ordered[0]


def _whole(age: timedelta) -> str:
    """Rounded up to what one would write: minutes, quarters of an hour above two hours, hours above a day."""
    minutes = -(-age // timedelta(minutes=1))
    if minutes > 24 * 60:
        return f"{-(-minutes // 60)}h"
    if minutes > 120:
        minutes = -(-minutes // 15) * 15
    hours, rest = divmod(max(1, minutes), 60)
    return (f"{hours}h" if hours else "") + (f"{rest}m" if rest else "")


def _length(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    if minutes >= 2 * 24 * 60:
        return f"{minutes // 1440} d"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
