"""How the part of a run that is done went, beside past runs, and what that says of the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence

from windsock.sla.progress import Progress, TaskNow
from windsock.sla.run_times import spread
from windsock.sla.usual_path import Usual

_LEAST_RUNS = 8
# Further off than that many spreads a run is odd, and no further.
_ODD = 3.0
# What a run counts for that went quite differently.
_FLOOR = 0.02


class Pace:
    """Today beside each past run.

    Args:
        usual: of the DAG.
        progress: of the run.
        done: tasks on the way that are done.
        factors: by which each past run's work would take longer today.
    """

    def __init__(
        self, usual: Usual, progress: Progress, done: frozenset[str], factors: Sequence[float]
    ) -> None:
        self._offs: list[float] = []
        self._width = self._slope = 0.0
        today = sum(_work(progress.tasks[name]) for name in done)
        past, rest = [], []
        for day, factor in zip(usual.days, factors, strict=True):
            past.append(sum([step.work for name, step in day.steps.items() if name in done]) * factor)
            rest.append(sum([step.work for name, step in day.steps.items() if name not in done]) * factor)
        if not today or not all(past):
            return
        self._offs = [math.log(today / each) for each in past]
        self._width = spread(self._offs)
        if all(rest):
            self._slope = _slope([-off for off in self._offs], [math.log(each) for each in rest])

    def of(self, index: int) -> tuple[float, float]:
        """What the run counts for, and by what factor the rest is likely to take longer than it did then."""
        if not self._offs:
            return 1.0, 1.0
        most = _ODD * self._width
        off = max(-most, min(most, self._offs[index]))
        return _FLOOR + math.exp(-0.5 * (off / self._width) ** 2), math.exp(self._slope * off)


def _work(task: TaskNow) -> float:
    end = task.end or 0.0
    return max(1.0, end - (task.start or end))


def _slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    """By how much y grows with x, as far as that is sure; 0 to 1."""
    count = len(xs)
    if count < _LEAST_RUNS:
        return 0.0
    xs, ys = _tamed(xs), _tamed(ys)
    squares = sum([x * x for x in xs])
    if not squares:
        return 0.0
    slope = sum([x * y for x, y in zip(xs, ys, strict=True)]) / squares
    left = sum([(y - slope * x) ** 2 for x, y in zip(xs, ys, strict=True)])
    error = math.sqrt(left / (count - 2) / squares)
    return min(1.0, slope * (1 - (error / slope) ** 2)) if slope > error else 0.0


def _tamed(values: Sequence[float]) -> list[float]:
    """Around their mean, odd ones brought in so that one does not decide."""
    middle, most = sum(values) / len(values), _ODD * spread(values)
    return [max(-most, min(most, value - middle)) for value in values]
