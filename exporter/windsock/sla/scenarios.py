"""The run in flight, going on as each past run went on from there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from windsock.sla.mixture import LEAST_BLUR, SQRT2, UNKNOWN_SPREAD, Way, normal_quantile
from windsock.sla.pace import Pace
from windsock.sla.progress import Progress, TaskNow
from windsock.sla.run_times import spread
from windsock.sla.usual_path import Day, Queue, Step, Usual

_WAIT_BLUR = 0.5
# Airflow's default of `retry_delay`; the database does not tell a task's own.
_RETRY_DELAY = 300.0
# For a run that is not created yet: its first task has started by then or the start counts as late.
_SOON = 1.0
_LEAST_WEIGHT = 1e-12
# Beside the past runs: this share goes as none did, so many times as long, give or take as much. It counts
# once something has run for longer than it ever did, else a hung task would always be done soon.
_ODD_SHARE, _ODD_FACTOR, _ODD_BLUR = 0.001, 2.0, 1.0


def scenarios(usual: Usual, progress: Progress) -> list[Way]:
    """One for each past run."""
    level = usual.pattern.at(progress.due)
    factors = [math.exp(level - day.level) for day in usual.days]
    if progress.start is None:
        return _not_started(usual, progress, factors)
    if not usual.order or not progress.tasks:
        return _without_tasks(usual, progress.now - progress.start, factors)
    return _with_tasks(usual, progress, progress.start, factors)


def _not_started(usual: Usual, progress: Progress, factors: Sequence[float]) -> list[Way]:
    waited = progress.now - progress.due
    ways = []
    for day, factor in zip(usual.days, factors, strict=True):
        # Later than then: half of its delay, if not of what has passed, may come on top.
        delay = day.delay - waited if day.delay > waited else min(day.delay, waited) / 2
        ways.append(Way(math.log(max(_SOON, delay) + day.length * factor), day.weight))
    return ways


def _without_tasks(usual: Usual, elapsed: float, factors: Sequence[float]) -> list[Way]:
    lengths = [day.length * factor for day, factor in zip(usual.days, factors, strict=True)]
    blur = _blur(lengths)
    ways = []
    for day, length in zip(usual.days, lengths, strict=True):
        left, fits = _left(length, elapsed, blur)
        ways.append(Way(math.log(left), max(_LEAST_WEIGHT, day.weight * fits)))
    left, fits = _left(_ODD_FACTOR * median(lengths), elapsed, _ODD_BLUR)
    return [*ways, Way(math.log(left), _odd_weight(usual) * fits)]


def _with_tasks(usual: Usual, progress: Progress, start: float, factors: Sequence[float]) -> list[Way]:
    done = frozenset(name for name in usual.order if (task := progress.tasks.get(name)) and task.done)
    pace = Pace(usual, progress, done, factors)
    blurs = {
        name: _blur(
            [
                step.work * factor
                for day, factor in zip(usual.days, factors, strict=True)
                if (step := day.steps.get(name))
            ]
        )
        for name in usual.order
        if (task := progress.tasks.get(name)) and task.at_work
    }
    ways = []
    for index, (day, factor) in enumerate(zip(usual.days, factors, strict=True)):
        weight, rest = pace.of(index)
        walk = _Walk(progress, start, usual, day, factor * rest, blurs)
        left = walk.left()
        # Never nothing: where no day agrees with what is seen, they count alike.
        ways.append(Way(math.log(left), max(_LEAST_WEIGHT, day.weight * weight * walk.fits)))
    if blurs:
        longer = dict.fromkeys(blurs, _ODD_BLUR)
        walk = _Walk(progress, start, usual, usual.days[-1], _ODD_FACTOR * factors[-1], longer)
        ways.append(Way(math.log(walk.left()), _odd_weight(usual) * walk.fits))
    return ways


def _odd_weight(usual: Usual) -> float:
    return _ODD_SHARE * sum([day.weight for day in usual.days])


@dataclass(slots=True)
class _Walk:
    """Today, with what is left of it as on `day`.

    Attributes:
        factor: by which work takes longer today than that day.
        blurs: of the tasks at work.
        fits: how well that day agrees with how long the tasks at work have taken already.
    """

    progress: Progress
    start: float
    usual: Usual
    day: Day
    factor: float
    blurs: Mapping[str, float]
    fits: float = 1.0
    ahead: int = 0

    def left(self) -> float:
        """Seconds from now until the run is done, at least one."""
        ends: dict[str, float] = {}
        for name in self.usual.order:
            task, step = self.progress.tasks.get(name), self.day.steps.get(name)
            if task is not None and task.done:
                ends[name] = task.end or self.start
                continue
            ready = max([ends[one] for one in self.usual.after[name]], default=self.start)
            ends[name] = ready if step is None else self._end(name, task, step, ready)
        return max(1.0, max(ends.values()) - self.progress.now)

    def _end(self, name: str, task: TaskNow | None, step: Step, ready: float) -> float:
        now, work = self.progress.now, step.work * self.factor
        if task is not None and task.at_work:
            left, fits = _left(work, now - (task.start or now), self.blurs.get(name, LEAST_BLUR))
            self.fits *= fits
            return now + left
        if task is not None and task.failed:
            return max(now, (task.end or now) + _RETRY_DELAY) + work
        wait = self._wait(step.wait)
        if ready >= now:
            return ready + wait + work
        left, fits = _left(max(1.0, wait), now - ready, _WAIT_BLUR)
        self.fits *= fits
        return now + left + work

    def _wait(self, then: float) -> float:
        """Brought to today's queue: the next task feels all of it, later ones less and less."""
        queue, now = self.usual.queue, self.progress.queue_wait
        if queue is None or now is None:
            return then
        self.ahead += 1
        return shifted_wait(queue, then, now, self.ahead)


def shifted_wait(queue: Queue, then: float, now: float, ahead: int) -> float:
    """Seconds that a task will wait which waited `then` on a past day, if the queue's wait is `now`.

    `ahead` is 1 for the next task on the way, 2 for the one after it.
    """
    today = math.log(max(1.0, now)) - queue.usual
    past = math.log(max(1.0, then)) - queue.usual
    stays = queue.lasts**ahead
    return math.exp(queue.usual + stays * today + math.sqrt(1 - stays * stays) * past)


def _left(length: float, elapsed: float, blur: float) -> tuple[float, float]:
    """What is left of something that took `length` give or take, once `elapsed` has passed.

    Returns:
        Seconds, and the chance that it takes longer than `elapsed` at all.
    """
    if elapsed <= 0:
        return max(1.0, length), 1.0
    over = math.log(elapsed / length) / blur
    lasts = 0.5 * math.erfc(over / SQRT2)
    if over < -2:
        return length - elapsed, lasts
    if over > 5:
        # Longer than it ever took: nothing tells how much longer.
        return max(1.0, elapsed * blur), 1e-7
    # The middle of what is still possible.
    return max(1.0, length * math.exp(blur * normal_quantile(1 - lasts / 2)) - elapsed), lasts


def _blur(lengths: Sequence[float]) -> float:
    """How far a single past length stands for ones a little longer or shorter."""
    wide = spread([math.log(max(1.0, each)) for each in lengths]) if len(lengths) > 2 else UNKNOWN_SPREAD
    return max(LEAST_BLUR, wide / math.pow(max(1, len(lengths)), 0.2))
