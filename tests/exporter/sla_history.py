"""Histories by hand for the predictor: days of a small DAG, and a run in flight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from windsock.sla.progress import Progress, TaskNow
from windsock.sla.usual_path import PastRun, PastTask

DAY = 86_400.0
MINUTE = 60.0
# A Monday, 02:00.
FIRST = 1_772_416_800.0


def due(day: int) -> float:
    return FIRST + day * DAY


def chain(day: int, works: Iterable[float], *, wait: float = 0.0, names: str = "abcdefgh") -> PastRun:
    """A run that was due on that day whose tasks worked one after the other, for so many minutes each."""
    tasks, at = {}, due(day)
    for name, work in zip(names, works, strict=False):
        start = at + wait * MINUTE
        at = start + work * MINUTE
        tasks[name] = PastTask(start, at)
    return PastRun(due=due(day), start=due(day), end=at, tasks=tasks)


def failed(day: int, task: str = "b") -> PastRun:
    start = due(day)
    return PastRun(due=start, start=start, end=start + 600, succeeded=False, failed=(task,))


def steady(days: int = 30, works: tuple[float, ...] = (20, 30, 10)) -> list[PastRun]:
    """Days that differ by a few per cent."""
    return [chain(day, [work * (1 + 0.02 * (day % 5 - 2)) for work in works]) for day in range(days)]


def flight(
    day: int,
    minute: float,
    tasks: Mapping[str, TaskNow] | None = None,
    *,
    started: bool = True,
    has_failed: bool = False,
    queue_wait: float | None = None,
) -> Progress:
    """The run of that day, so many minutes after it was due."""
    return Progress(
        now=due(day) + minute * MINUTE,
        due=due(day),
        start=due(day) if started else None,
        failed=has_failed,
        tasks=tasks or {},
        queue_wait=queue_wait,
    )


def done(day: int, since: float, until: float, tries: int = 1) -> TaskNow:
    return TaskNow("success", due(day) + since * MINUTE, due(day) + until * MINUTE, tries)


def working(day: int, since: float, tries: int = 1) -> TaskNow:
    return TaskNow("running", due(day) + since * MINUTE, None, tries)
