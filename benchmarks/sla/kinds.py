"""The kinds of history. Each seed is another DAG of its kind; the same seed is always the same DAG."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from benchmarks.sla import unfold
from benchmarks.sla.world import Dag, Failures, Queue, Task

HELD_OUT_DAYS = 42
_TRIALS = 400


def steady(rng: Random) -> dict[str, Any]:
    """Every day is like the others."""
    return {"pace": rng.uniform(0.05, 0.2)}


def drifting(rng: Random) -> dict[str, Any]:
    """Grows by some per mille every day."""
    return {"growth": rng.uniform(0.003, 0.012), "pace": rng.uniform(0.04, 0.12)}


def bimodal(rng: Random) -> dict[str, Any]:
    """Short days and long days by chance; which it is shows in the tasks as they end."""
    return {"long": rng.uniform(0.1, 0.35), "stretch": rng.uniform(1.5, 3.0)}


def weekday(rng: Random) -> dict[str, Any]:
    """One or two weekdays are heavier."""
    heavy = [1.0] * 7
    for day in rng.sample(range(5), rng.choice((1, 1, 2))):
        heavy[day] = rng.uniform(1.3, 2.2)
    return {"heavy": tuple(heavy), "pace": rng.uniform(0.05, 0.12)}


def congested(rng: Random) -> dict[str, Any]:
    """Tasks wait in a queue whose length wanders over the day."""
    queue = Queue(
        median=rng.uniform(200, 600), spread=rng.uniform(0.6, 1.0), minutes=rng.uniform(40, 150), noise=0.4
    )
    return {"queue": queue}


def failing(rng: Random) -> dict[str, Any]:
    """Tries fail by chance and are retried; now and then something breaks for days, until it is mended."""
    failures = Failures(
        share=rng.uniform(0.005, 0.03),
        retries=rng.choice((0, 1, 2)),
        delay=rng.choice((300.0, 600.0, 1200.0)),
        fragile=rng.randrange(3),
        breaks=rng.uniform(0.01, 0.03),
        stays=rng.uniform(0.3, 0.7),
        fixed=rng.uniform(0.3, 0.8),
        fix=rng.uniform(1800, 7200),
    )
    return {"failures": failures}


def outliers(rng: Random) -> dict[str, Any]:
    """Steady, with single days in the history that are out of all proportion."""
    return {"odd": rng.uniform(0.02, 0.05), "odd_factor": rng.uniform(4, 10)}


def few(rng: Random) -> dict[str, Any]:
    """Steady, with a handful of runs to learn from."""
    return {"days": rng.randint(4, 9), "pace": rng.uniform(0.05, 0.2)}


def shifted(rng: Random) -> dict[str, Any]:
    """From one day on all takes longer: more data, a slower machine."""
    return {"shift": rng.uniform(1.15, 1.5), "shift_in": rng.randint(5, 30)}


KINDS: dict[str, Callable[[Random], dict[str, Any]]] = {
    made.__name__: made
    for made in (steady, drifting, bimodal, weekday, congested, failing, outliers, few, shifted)
}


def dag(kind: str, seed: int) -> Dag:
    """The DAG of that kind and seed, with a deadline that it misses on some days."""
    rng = Random(f"{kind}-{seed}")
    tasks = _tasks(rng)
    special = KINDS[kind](rng)
    if kind == "bimodal":
        # The first task only hints at it.
        most = special["stretch"]
        special["stretch"] = (
            most**0.5,
            *(most if rng.random() < 0.7 else 1.0 for _ in tasks[2:]),
            most,
        )
    days = special.pop("days", rng.randint(25, 90))
    if kind == "shifted":
        special["shift_day"] = days + special.pop("shift_in")
    working_days = kind != "weekday" and rng.random() < 0.3
    made = Dag(
        kind=kind,
        seed=seed,
        due=rng.randrange(0, 86400, 900),
        weekdays=frozenset(range(5 if working_days else 7)),
        tasks=tasks,
        days=days,
        **special,
    )
    return replace(made, deadline=_deadline(made, rng))


def _tasks(rng: Random) -> tuple[Task, ...]:
    """A chain with side branches that come together in the last task."""
    count = rng.randint(3, 8)
    total = rng.uniform(50, 240) * 60
    shares = [rng.uniform(0.3, 1.0) for _ in range(count)]
    upstream: list[tuple[int, ...]] = [()]
    for index in range(1, count):
        last = index == count - 1
        ends = [one for one in range(index) if all(one not in found for found in upstream)]
        upstream.append(
            tuple(ends) if last else (index - 1,) if rng.random() < 0.7 else (rng.randrange(index),)
        )
    return tuple(
        Task(
            name=f"task_{index}",
            upstream=upstream[index],
            median=total * share / sum(shares),
            sigma=rng.uniform(0.08, 0.35),
        )
        for index, share in enumerate(shares)
    )


def _deadline(made: Dag, rng: Random) -> float:
    """Late enough that four to ten per cent of the held-out days miss it, failures left out."""
    held_out = range(made.days, made.days + HELD_OUT_DAYS)
    finishes = []
    for _ in range(_TRIALS):
        day = rng.choice([day for day in held_out if day % 7 in made.weekdays])
        finish = unfold.run(made, day, rng).finish
        if math.isfinite(finish):
            finishes.append(finish)
    finishes.sort()
    found = finishes[int(len(finishes) * rng.uniform(0.9, 0.96))]
    return math.ceil(found / 60) * 60.0
