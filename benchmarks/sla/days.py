"""The held-out days of a DAG, each with the history before it and the moments at which it is looked at."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random

from benchmarks.sla import unfold
from benchmarks.sla.kinds import HELD_OUT_DAYS
from benchmarks.sla.world import DAY, Case, Dag, Trace, View, seen

# What is announced later than this is no help.
AHEAD = 600.0
_EVERY = 300.0
_MOST_VIEWS = 20
_MONITOR_NOISE = 0.25


def cases(dag: Dag) -> Iterator[Case]:
    """Every held-out day on which the DAG runs, oldest first."""
    rng = Random(f"days-{dag.kind}-{dag.seed}")
    history: list[Trace] = []
    was_broken = False
    for day in range(dag.days + HELD_OUT_DAYS):
        if day % 7 not in dag.weekdays:
            continue
        trace, levels = _run(dag, day, rng, was_broken=was_broken)
        if day >= dag.days:
            yield Case(
                dag=dag,
                day=day,
                # A run of a day before may be unfinished still.
                history=tuple(past for past in history if _ended(past) < (day - past.day) * DAY),
                was_broken=was_broken,
                views=tuple(_view(dag, trace, levels, now) for now in moments(dag)),
                missed=trace.finish > dag.deadline,
            )
        history.append(trace)
        was_broken = trace.broken


def moments(dag: Dag) -> list[float]:
    """Evenly from due to the deadline, among them the last one that helps."""
    step = max(_EVERY, dag.deadline / _MOST_VIEWS)
    last = dag.deadline - AHEAD
    before = [last - step * back for back in range(math.ceil(last / step)) if last - step * back > 0]
    return [*reversed(before), dag.deadline - AHEAD / 2]


def _run(dag: Dag, day: int, rng: Random, *, was_broken: bool) -> tuple[Trace, list[float]]:
    trace = unfold.run(dag, day, rng, was_broken=was_broken)
    levels = unfold.Latent(0, long=False, odd=False, broken=False, levels=list(trace.levels))
    unfold.level(dag, levels, rng, dag.deadline)
    return trace, levels.levels


def _view(dag: Dag, trace: Trace, levels: list[float], now: float) -> View:
    level = levels[int(now // unfold.STEP)] if dag.queue.spread else 0.0
    noise = Random(f"{dag.kind}-{dag.seed}-{trace.day}-{now}").gauss(0, _MONITOR_NOISE)
    return View(
        now=now,
        start=trace.start if trace.start <= now else None,
        tries=tuple(seen(tries, now) for tries in trace.tries),
        queue_wait=dag.queue.median * math.exp(level + noise),
        level=level,
    )


def _ended(trace: Trace) -> float:
    """Seconds after its due time at which the run was over, as success or as failure."""
    return max(
        (one.end for tries in trace.tries for one in tries if one.end is not None), default=trace.start
    )
