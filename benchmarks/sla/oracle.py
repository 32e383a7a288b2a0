"""The oracle: knows what the DAG's runs are drawn from and how far this one is, not how it ends.

It draws days from the true distribution, weighs each by how well it explains what was seen, and lets each go
on from there. No rule that sees the same can do better on average, but for the noise of the draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from benchmarks.sla import unfold
from benchmarks.sla.unfold import Latent
from benchmarks.sla.world import Case, Dag, View

# The most where it is a near thing: noise of the draws must not announce what the truth does not.
_FEWEST, _MOST = 60, 1200
_SURE = 3.0


def begin(case: Case) -> Callable[[View], float]:
    """The chance of a miss at a view of this day."""
    rng = Random(f"oracle-{case.dag.kind}-{case.dag.seed}-{case.day}")
    return lambda view: chance(case.dag, case.day, view, rng, was_broken=case.was_broken)


def chance(dag: Dag, day: int, view: View, rng: Random, *, was_broken: bool) -> float:
    """The probability that the run is not done by the deadline, 0 to 1."""
    if all(tries and tries[-1].ok for tries in view.tries):
        return 0.0
    late, every, squares = 0.0, 0.0, 0.0
    for drawn in range(1, _MOST + 1):
        latent = unfold.draw(dag, rng, was_broken=was_broken)
        latent.levels, latent.since = [view.level], view.now
        if len(view.tries[dag.failures.fragile]) > dag.failures.retries + 1:
            # Somebody has mended it.
            latent.broken = False
        weight = _explains(dag, day, latent, view)
        if weight:
            every += weight
            squares += weight * weight
            if unfold.go_on(dag, day, latent, rng, view).finish > dag.deadline:
                late += weight
        if drawn % _FEWEST == 0 and squares:
            effective = every * every / squares
            if abs(late / every - 0.5) > _SURE * 0.5 / math.sqrt(effective):
                break
    return late / every if every else 1.0


def _explains(dag: Dag, day: int, latent: Latent, view: View) -> float:
    """How likely what was seen is on such a day, up to a factor that is the same for every day."""
    weight = 1.0
    for index, tries in enumerate(view.tries):
        location, sigma = latent.location(dag, day, index), dag.tasks[index].sigma
        breaks = latent.broken and index == dag.failures.fragile
        for one in tries:
            if one.start is None:
                continue
            if one.end is None:
                length = view.now - one.start
                if length > 0:
                    weight *= math.erfc((math.log(length) - location) / sigma / math.sqrt(2))
                continue
            off = (math.log(one.end - one.start) - location) / sigma
            weight *= math.exp(-off * off / 2)
            if one.ok:
                weight *= 0.0 if breaks else 1 - dag.failures.share
            else:
                weight *= 1.0 if breaks else dag.failures.share
    return weight
