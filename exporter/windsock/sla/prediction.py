"""When a run will be done: today as it stands, going on as each of the last runs went on from there.

Every past run is a scenario: what is left takes as long as it took then, brought to today's level (trend, step,
weekday). Scenarios in which the done part went like today's count more, those in which a running task would be
done by now count less. The finish is the spread of these scenarios; with few of them it is wider.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from windsock.sla.run_times import spread
from windsock.sla.usual_path import Day, Queue, Step, Usual

_SQRT2 = math.sqrt(2)
# A run with fewer scenarios says nothing of the tails.
LEAST_RUNS = 3
# What one past run leaves open: its own time would have come out this much longer or shorter.
_LEAST_BLUR = 0.04
_WAIT_BLUR = 0.5
_UNKNOWN_SPREAD = 0.25
# Of a failed run that nobody has cleared yet.
_LOST = 0.95
# Until an own retry was seen: Airflow's default of `retry_delay`.
_RETRY_DELAY = 300.0
_LONGEST_LATE = 400 * 86_400.0


@dataclass(frozen=True, slots=True)
class TaskNow:
    """A task of the run in flight.

    Attributes:
        state: as Airflow has it; `success` and `skipped` are done, `running` and `deferred` work.
        start, end: of the last try, epoch seconds.
        tries: begun, the last one included.
    """

    state: str
    start: float | None = None
    end: float | None = None
    tries: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The run that must be done, as it stands.

    Attributes:
        now, due, start: epoch seconds; `start` is None while it is not created or waits.
        failed: the run has failed.
        tasks: by id; empty where nothing is known of them.
        queue_wait: seconds that tasks of its queue wait now, if known.
    """

    now: float
    due: float
    start: float | None = None
    failed: bool = False
    tasks: Mapping[str, TaskNow] = field(default_factory=dict)
    queue_wait: float | None = None


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


@dataclass(frozen=True, slots=True)
class _Way:
    """One scenario: the logarithm of the seconds from now until done, and how much it counts."""

    log: float
    weight: float


def predict(usual: Usual, progress: Progress, deadline: float) -> Prediction | None:
    """What can be said at `progress.now` of a run that must be done by `deadline`; None with too few runs."""
    if len(usual.days) < LEAST_RUNS:
        return None
    ways = _ways(usual, progress)
    blur = _blur(ways)
    fails = _fails(usual, progress)
    left = deadline - progress.now
    late = _later(ways, blur, math.log(left)) if left > 0 else 1.0
    return Prediction(
        p50=progress.now + _quantile(ways, blur, 0.5),
        p90=progress.now + _quantile(ways, blur, 0.9),
        miss=fails + (1 - fails) * late,
        runs=len(usual.days),
        words=_words(usual, progress),
    )


def _ways(usual: Usual, progress: Progress) -> list[_Way]:
    level = usual.pattern.at(progress.due)
    factors = [math.exp(level - day.level) for day in usual.days]
    if progress.start is None:
        return _not_started(usual, progress, factors)
    if not usual.order or not progress.tasks:
        return _without_tasks(usual, progress, factors)
    return _with_tasks(usual, progress, factors)


def _not_started(usual: Usual, progress: Progress, factors: Sequence[float]) -> list[_Way]:
    waited = progress.now - progress.due
    ways = []
    for day, factor in zip(usual.days, factors, strict=True):
        # Later than ever: it starts as long from now as it usually took at all.
        delay = day.delay - waited if day.delay > waited else min(day.delay, max(waited, 0.0) / 4)
        ways.append(_Way(math.log(max(0.0, delay) + day.length * factor), day.weight))
    return ways


def _without_tasks(usual: Usual, progress: Progress, factors: Sequence[float]) -> list[_Way]:
    elapsed = progress.now - (progress.start or progress.now)
    lengths = [day.length * factor for day, factor in zip(usual.days, factors, strict=True)]
    blur = _work_blur(lengths)
    ways = []
    for day, length in zip(usual.days, lengths, strict=True):
        left, survives = _longer(length, elapsed, blur)
        ways.append(_Way(math.log(left), day.weight * survives))
    return ways


def _with_tasks(usual: Usual, progress: Progress, factors: Sequence[float]) -> list[_Way]:
    done = [name for name in usual.order if _done(progress.tasks.get(name))]
    pace = _Pace(usual, progress, done, factors)
    blurs = {
        name: _work_blur(
            [
                day.steps[name].work * factor
                for day, factor in zip(usual.days, factors, strict=True)
                if name in day.steps
            ]
        )
        for name in usual.order
        if (task := progress.tasks.get(name)) is not None and task.state in {"running", "deferred"}
    }
    ways = []
    for index, day in enumerate(usual.days):
        weight, factor = pace.of(index)
        left, survives = _walk(usual, progress, day, factors[index] * factor, blurs)
        ways.append(_Way(math.log(left), day.weight * weight * survives))
    return ways


def _done(task: TaskNow | None) -> bool:
    return task is not None and task.state in {"success", "skipped", "removed"} and task.end is not None


def _walk(
    usual: Usual, progress: Progress, day: Day, factor: float, blurs: Mapping[str, float]
) -> tuple[float, float]:
    """Seconds until the run is done if it goes on as on that day, and how well that fits what is seen."""
    now, survives = progress.now, 1.0
    ends: dict[str, float] = {}
    ahead = 0
    for name in usual.order:
        task, step = progress.tasks.get(name), day.steps.get(name)
        if _done(task) and task is not None and task.end is not None:
            ends[name] = task.end
            continue
        ready = max((ends[one] for one in usual.after[name] if one in ends), default=progress.start or now)
        if step is None:
            ends[name] = ready
            continue
        wait = step.wait
        if usual.queue is not None and progress.queue_wait is not None and (task is None or task.start is None):
            ahead += 1
            wait = _wait(usual.queue, wait, progress.queue_wait, ahead)
        ends[name], fits = _finish(task, Step(wait, step.work, step.tries), ready, now, factor, blurs.get(name, _LEAST_BLUR))
        survives *= fits
    return max(1.0, max(ends.values()) - now), survives


def _finish(
    task: TaskNow | None, step: Step, ready: float, now: float, factor: float, blur: float
) -> tuple[float, float]:
    work = step.work * factor
    state = task.state if task is not None else None
    if task is not None and task.start is not None and state in {"running", "deferred", "up_for_reschedule"}:
        left, fits = _longer(work, now - task.start, blur)
        return now + left, fits
    if task is not None and state in {"up_for_retry", "failed"} and task.end is not None:
        return max(now, task.end + _RETRY_DELAY) + work, 1.0
    if ready >= now:
        return ready + step.wait + work, 1.0
    left, fits = _longer(max(1.0, step.wait), now - ready, _WAIT_BLUR)
    return now + left + work, fits


def _wait(queue: Queue, then: float, now: float, ahead: int) -> float:
    """A wait of a past day brought to today's queue: the next task feels all of it, later ones less and less."""
    today = math.log(max(1.0, now)) - queue.usual
    past = math.log(max(1.0, then)) - queue.usual
    left = queue.lasts**ahead
    return math.exp(queue.usual + left * today + math.sqrt(1 - left * left) * past)


def _longer(length: float, elapsed: float, blur: float) -> tuple[float, float]:
    """What is left of something that took `length` give or take, if it has taken `elapsed`; and how likely that is."""
    if elapsed <= 0:
        return length, 1.0
    over = math.log(elapsed / length) / blur
    survives = 0.5 * math.erfc(over / _SQRT2)
    if over < -2:
        return length - elapsed, survives
    if over > 5:
        # Longer than any: by then it takes as long again as it is late.
        return elapsed * blur, 1e-7
    # The median of what is still possible.
    middle = length * math.exp(blur * _normal_quantile(1 - survives / 2))
    return max(1.0, middle - elapsed), survives


class _Pace:
    """How the part that is done went, today beside each past run: what it says of the rest."""

    def __init__(
        self, usual: Usual, progress: Progress, done: Sequence[str], factors: Sequence[float]
    ) -> None:
        self._offs = [0.0] * len(usual.days)
        self._width = 0.0
        self._slope = 0.0
        if not done:
            return
        today = sum(_work_of(progress.tasks[name]) for name in done)
        past, rest = [], []
        for day, factor in zip(usual.days, factors, strict=True):
            past.append(sum(step.work for name in done if (step := day.steps.get(name))) * factor)
            rest.append(sum(step.work for name, step in day.steps.items() if name not in done) * factor)
        if today <= 0 or not all(past):
            return
        self._offs = [math.log(today / each) for each in past]
        self._width = spread(self._offs)
        if all(rest):
            self._slope = _slope([-off for off in self._offs], [math.log(each) for each in rest])

    def of(self, index: int) -> tuple[float, float]:
        """Weight of the run, and by how much the rest of today is likely to be longer than it was then."""
        off = self._offs[index]
        if not self._width:
            return 1.0, 1.0
        off = max(-3 * self._width, min(3 * self._width, off))
        return 0.02 + math.exp(-0.5 * (off / self._width) ** 2), math.exp(self._slope * off)


def _work_of(task: TaskNow) -> float:
    return max(1.0, (task.end or 0.0) - (task.start or task.end or 0.0))


def _slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    """By how much y grows with x, as far as that is sure; 0 to 1."""
    count = len(xs)
    if count < 8:
        return 0.0
    mx, my = sum(xs) / count, sum(ys) / count
    sx, sy = spread(xs), spread(ys)
    # Odd ones are brought in, so that one does not decide.
    pairs = [
        (max(-3 * sx, min(3 * sx, x - mx)), max(-3 * sy, min(3 * sy, y - my)))
        for x, y in zip(xs, ys, strict=True)
    ]
    xx = sum(x * x for x, _ in pairs)
    if not xx:
        return 0.0
    slope = sum(x * y for x, y in pairs) / xx
    error = math.sqrt(sum((y - slope * x) ** 2 for x, y in pairs) / (count - 2) / xx)
    if slope <= error:
        return 0.0
    return min(1.0, slope * (1 - (error / slope) ** 2))


def _work_blur(lengths: Sequence[float]) -> float:
    """How much a single past length stands for ones a little longer or shorter."""
    wide = spread([math.log(max(1.0, each)) for each in lengths]) if len(lengths) > 2 else _UNKNOWN_SPREAD
    return max(_LEAST_BLUR, wide * len(lengths) ** -0.2)


def _blur(ways: Sequence[_Way]) -> float:
    every = sum(way.weight for way in ways)
    squares = sum(way.weight**2 for way in ways)
    effective = every * every / squares if squares else 1.0
    if not every:
        return _UNKNOWN_SPREAD
    logs = [(way.log, way.weight / every) for way in ways]
    wide = _weighted_spread(logs)
    blur = wide * effective**-0.2
    # A few runs tell too little of how far they may lie apart.
    return max(_LEAST_BLUR, math.hypot(blur, max(wide, _UNKNOWN_SPREAD / 2) / math.sqrt(effective)))


def _weighted_spread(logs: list[tuple[float, float]]) -> float:
    middle = _weighted_median(logs)
    return 1.4826 * _weighted_median([(abs(value - middle), weight) for value, weight in logs])


def _weighted_median(values: list[tuple[float, float]]) -> float:
    below = 0.0
    for value, weight in sorted(values):
        below += weight
        if below >= 0.5:
            return value
    return max(value for value, _ in values)


def _later(ways: Sequence[_Way], blur: float, log: float) -> float:
    """The chance that it takes longer than that, as the logarithm of seconds."""
    every = sum([way.weight for way in ways])
    scale = 1 / blur / _SQRT2
    late = sum([way.weight * math.erfc((log - way.log) * scale) for way in ways])
    return 0.5 * late / every if every else 0.5


def _quantile(ways: Sequence[_Way], blur: float, share: float) -> float:
    """Seconds within which it is done with that probability, to half a per cent."""
    logs = [way.log for way in ways]
    low, high = min(logs) - 2 * blur, max(logs) + 2 * blur
    while high - low > 0.005:
        middle = (low + high) / 2
        if _later(ways, blur, middle) > 1 - share:
            low = middle
        else:
            high = middle
    return min(_LONGEST_LATE, math.exp((low + high) / 2))


def _fails(usual: Usual, progress: Progress) -> float:
    """The chance that the run will not succeed at all."""
    if progress.failed:
        return _LOST
    tasks = progress.tasks
    if any(task.state in {"failed", "upstream_failed"} for task in tasks.values()):
        return _LOST
    if any(task.tries > 1 and not _done(task) or task.state == "up_for_retry" for task in tasks.values()):
        return usual.fails_again
    if usual.fragile and all(_done(tasks.get(name)) for name in usual.fragile):
        return 0.0
    if not usual.order:
        return usual.fails
    left = sum(not _done(tasks.get(name)) for name in usual.order) / len(usual.order)
    return usual.fails if usual.fragile else usual.fails * left


def _normal_quantile(share: float) -> float:
    """Of the standard normal distribution, to three digits (Abramowitz and Stegun 26.2.23)."""
    if share > 0.5:
        return -_normal_quantile(1 - share)
    t = math.sqrt(-2 * math.log(max(share, 1e-12)))
    upper = 2.515517 + t * (0.802853 + t * 0.010328)
    return upper / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t


def _words(usual: Usual, progress: Progress) -> tuple[str, ...]:
    return tuple(usual.pattern.words(progress.due))
