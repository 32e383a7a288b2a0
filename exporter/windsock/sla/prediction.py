"""When a run will be done: today as it stands, going on as each of the last runs went on from there.

Every past run is a scenario: what is left takes as long as it took then, brought to today's level (trend,
step, weekday, queue). Scenarios in which the done part went like today's count more, those in which a running
task would be done by now count less. The finish is the spread of these; with few of them it is wider.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from windsock.sla import mixture
from windsock.sla.progress import Progress, TaskNow
from windsock.sla.scenarios import scenarios
from windsock.sla.usual_path import Usual

# With fewer runs nothing can be said.
LEAST_RUNS = 3
# An SLA is at risk from the first probability of a miss on, until it falls below the second.
AT_RISK, SAFE = 0.6, 0.4
# Of a failed run that nobody has cleared yet.
_LOST = 0.95
# What is worth a word: this many times longer than usual.
_LONG = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """When the run will be done.

    Attributes:
        p50, p90: epoch seconds, by which it is done in half and in nine of ten cases, if it does not fail.
        miss: probability that it is not done by the deadline, 0 to 1.
        runs: past runs that it rests on.
        words: what explains it, for a person.
    """

    p50: float
    p90: float
    miss: float
    runs: int
    words: tuple[str, ...]


def predict(usual: Usual, progress: Progress, deadline: float) -> Prediction | None:
    """What can be said at `progress.now` of a run that must be done by `deadline`; None with too few runs."""
    if len(usual.days) < LEAST_RUNS:
        return None
    ways = scenarios(usual, progress)
    blur = mixture.smoothing(ways)
    return Prediction(
        p50=progress.now + mixture.quantile(ways, blur, 0.5),
        p90=progress.now + mixture.quantile(ways, blur, 0.9),
        miss=_miss(usual, progress, deadline, ways, blur),
        runs=len(usual.days),
        words=tuple(_words(usual, progress)),
    )


def chance(usual: Usual, progress: Progress, deadline: float) -> float | None:
    """Only the `miss` of what `predict` says, in a part of the time."""
    if len(usual.days) < LEAST_RUNS:
        return None
    ways = scenarios(usual, progress)
    return _miss(usual, progress, deadline, ways, mixture.smoothing(ways))


def _miss(
    usual: Usual, progress: Progress, deadline: float, ways: Sequence[mixture.Way], blur: float
) -> float:
    fails = _fails(usual, progress)
    left = deadline - progress.now
    late = mixture.later(ways, blur, math.log(left)) if left > 0 else 1.0
    return fails + (1 - fails) * late


def _fails(usual: Usual, progress: Progress) -> float:
    """The chance that the run will not succeed at all."""
    tasks = progress.tasks
    states = {task.state for task in tasks.values()}
    if progress.failed or states & {"failed", "upstream_failed"}:
        return _LOST
    if "up_for_retry" in states or any(task.tries > 1 and not task.done for task in tasks.values()):
        return usual.fails_again
    if usual.fragile:
        mended = all(name in tasks and tasks[name].done for name in usual.fragile)
        return 0.0 if mended else usual.fails
    if not usual.order:
        return usual.fails
    left = sum(not (name in tasks and tasks[name].done) for name in usual.order)
    return usual.fails * left / len(usual.order)


def _words(usual: Usual, progress: Progress) -> Iterator[str]:
    length = median(day.length for day in usual.days)
    yield f"usually takes {_span(length)} (the last {len(usual.days)} runs)"
    yield from usual.pattern.words(progress.due)
    if progress.start is None:
        late = progress.now - progress.due
        if late > max(day.delay for day in usual.days):
            yield f"due {_span(late)} ago and not started"
        return
    for name, task in sorted(progress.tasks.items()):
        yield from _of_task(name, task, usual, progress.now)
    queue, wait = usual.queue, progress.queue_wait
    if queue is not None and wait is not None and wait > _LONG * math.exp(queue.usual):
        yield f"tasks wait {_span(wait)} in the queue now, usually {_span(math.exp(queue.usual))}"


def _of_task(name: str, task: TaskNow, usual: Usual, now: float) -> Iterator[str]:
    if task.failed:
        yield f"{name} failed after try {task.tries}"
        return
    works = [day.steps[name].work for day in usual.days if name in day.steps]
    if not works or task.start is None:
        return
    took, middle = (task.end if task.done and task.end else now) - task.start, median(works)
    if took > _LONG * middle:
        verb = "took" if task.done else "has run for"
        yield f"{name} {verb} {_span(took)}, usually {_span(middle)}"


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    if not minutes:
        return f"{seconds:.0f} s"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
