"""What people do without a predictor: the start, plus a figure of the runs so far."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import mean

from benchmarks.sla.world import Case, Trace, View


def start_and_p95(case: Case) -> Callable[[View], float]:
    """Late if the start plus the 95th percentile of the run times is past the deadline."""
    times = sorted(_times(case.history))
    return _late(case, times[math.ceil(0.95 * len(times)) - 1] if times else 0.0)


def start_and_mean(case: Case) -> Callable[[View], float]:
    """Late if the start plus the mean of the run times is past the deadline."""
    times = _times(case.history)
    return _late(case, mean(times) if times else 0.0)


def _times(history: tuple[Trace, ...]) -> list[float]:
    return [run.finish - run.start for run in history if math.isfinite(run.finish)]


def _late(case: Case, length: float) -> Callable[[View], float]:
    def chance(view: View) -> float:
        if all(tries and tries[-1].ok for tries in view.tries):
            return 0.0
        start = view.now if view.start is None else view.start
        return float(start + length > case.dag.deadline)

    return chance
