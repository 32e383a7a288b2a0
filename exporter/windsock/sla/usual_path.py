"""The usual way of a DAG's runs: which tasks wait for which, how long each waits and works."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from windsock.sla import run_times
from windsock.sla.run_times import Pattern

# Runs that are learned from, and tasks that are followed: the ones that decided when a run was done.
MOST_RUNS = 60
MOST_TASKS = 30
# Half the weight after that many runs.
_HALF_LIFE = 40.0
_LEAST_RUNS = 2
# Of the runs, how many may contradict an order of two tasks: one that was cleared alone later.
_MAY_CONTRADICT = 0.05
_TICK = 1.0
# Waiting is learned of if there is this much of it, as a share of the run.
_LEAST_WAITS = 20
_WAITING_MATTERS = 0.05


@dataclass(frozen=True, slots=True)
class PastTask:
    """A task of a finished run: its last try, in epoch seconds, and how many tries there were."""

    start: float
    end: float
    tries: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A finished run, times in epoch seconds.

    Attributes:
        succeeded: else it failed.
        tasks: the successful ones by id; empty if nothing is known of them.
        failed: ids of the tasks that failed.
    """

    due: float
    start: float
    end: float
    succeeded: bool = True
    tasks: Mapping[str, PastTask] = field(default_factory=dict)
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A task in one past run: seconds from ready to start, of the last try, and tries."""

    wait: float
    work: float
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A past run as a scenario for another day.

    Attributes:
        due: epoch seconds.
        delay: seconds from due to start.
        length: seconds from start to end.
        level: logarithm of what the calendar multiplied its run time by.
        weight: newer runs count more.
        steps: by task; a task that did not run that day is absent.
    """

    due: float
    delay: float
    length: float
    level: float
    weight: float
    steps: Mapping[str, Step]


@dataclass(frozen=True, slots=True)
class Queue:
    """How a DAG's tasks wait before they start.

    Attributes:
        usual: logarithm of the usual wait in seconds.
        lasts: how much of a deviation is left for the next task on the way, 0 to 1.
    """

    usual: float
    lasts: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What was learned from a DAG's finished runs.

    Attributes:
        days: of successful runs, oldest first.
        order: tasks on the way, each after those it waits for.
        after: by task the ones it waits for directly.
        pattern: of the calendar.
        fails: chance that a run fails, judged by how the last one ended.
        fails_again: chance that a run in which a try has failed fails as a whole.
        fragile: tasks that failed in the last run, if it failed.
        queue: how waits follow each other; None where waiting is no matter.
    """

    days: tuple[Day, ...]
    order: tuple[str, ...]
    after: Mapping[str, tuple[str, ...]]
    pattern: Pattern
    fails: float
    fails_again: float
    fragile: tuple[str, ...]
    queue: Queue | None


def learn(history: Sequence[PastRun]) -> Usual:
    """From finished runs, in any order; older ones than the newest 60 successes are not looked at."""
    runs = sorted(history, key=lambda run: run.due)
    good = [run for run in runs if run.succeeded][-MOST_RUNS:]
    known = [run.tasks for run in good if run.tasks]
    after = _reduced(_after(known)) if len(known) >= _LEAST_RUNS else {}
    pattern = run_times.learn([run.due for run in good], [run.end - run.start for run in good])
    order = tuple(after)
    days = tuple(
        Day(
            due=run.due,
            delay=max(0.0, run.start - run.due),
            length=max(_TICK, run.end - run.start),
            level=pattern.at(run.due),
            weight=0.5 ** ((len(good) - 1 - index) / _HALF_LIFE),
            steps=_steps(run, after),
        )
        for index, run in enumerate(good)
    )
    recent = runs[-MOST_RUNS:]
    return Usual(
        days=days,
        order=order,
        after=after,
        pattern=pattern,
        fails=_fails(recent),
        fails_again=_fails_again(recent),
        fragile=recent[-1].failed if recent and not recent[-1].succeeded else (),
        queue=_queue(days, order),
    )


def _steps(run: PastRun, after: Mapping[str, tuple[str, ...]]) -> dict[str, Step]:
    steps = {}
    for name, before in after.items():
        task = run.tasks.get(name)
        if task is None:
            continue
        ready = max((run.tasks[one].end for one in before if one in run.tasks), default=run.start)
        steps[name] = Step(
            max(0.0, task.start - ready), max(_TICK, task.end - max(task.start, ready)), task.tries
        )
    return steps


def _after(known: Sequence[Mapping[str, PastTask]]) -> dict[str, set[str]]:
    """By task all that were done before it started, in every run but a few; in an order that respects it."""
    counts: dict[str, int] = {}
    for tasks in known:
        for name in _path(tasks):
            counts[name] = counts.get(name, 0) + 1
    chosen = sorted(counts, key=lambda name: (-counts[name], name))[:MOST_TASKS]
    allowed = math.floor(len(known) * _MAY_CONTRADICT)
    found: dict[str, set[str]] = {name: set() for name in chosen}
    for name in chosen:
        for other in chosen:
            both = [
                (tasks[other].end, tasks[name].start)
                for tasks in known
                if other in tasks and name in tasks and other != name
            ]
            if both and sum(end > start + _TICK for end, start in both) <= allowed:
                found[name].add(other)
    # Two tasks that were never there together but by chance in both orders: neither waits for the other.
    for name, before in found.items():
        for other in [other for other in before if name in found[other]]:
            before.discard(other)
            found[other].discard(name)
    return dict(sorted(found.items(), key=lambda item: (len(item[1]), item[0])))


def _path(tasks: Mapping[str, PastTask]) -> list[str]:
    """The tasks that decided when the run was done, backwards: before each the one that ended last."""
    at = max(tasks, key=lambda name: tasks[name].end)
    path = [at]
    while True:
        earlier = [
            name
            for name, task in tasks.items()
            if task.end <= tasks[at].start + _TICK and task.end < tasks[at].end
        ]
        if not earlier:
            return path
        at = max(earlier, key=lambda name: tasks[name].end)
        path.append(at)


def _reduced(after: dict[str, set[str]]) -> dict[str, tuple[str, ...]]:
    """Only the direct ones: who waits for B, which waits for A, waits for A anyway."""
    made: dict[str, tuple[str, ...]] = {}
    placed: set[str] = set()
    left = dict(after)
    while left:
        name = next((one for one, before in left.items() if before <= placed), None)
        if name is None:
            # A circle, from orders that a few runs contradict: cut it where least is lost.
            name = min(left, key=lambda one: len(left[one] - placed))
        before = left.pop(name) & placed
        implied = set().union(*(after[one] for one in before)) if before else set()
        made[name] = tuple(sorted(before - implied))
        placed.add(name)
    return made


def _queue(days: Sequence[Day], order: Sequence[str]) -> Queue | None:
    """From the waits of tasks that follow each other."""
    waits = [
        [math.log(max(_TICK, step.wait)) for name in order if (step := day.steps.get(name))] for day in days
    ]
    every = [wait for day in waits for wait in day]
    if len(every) < _LEAST_WAITS:
        return None
    usual = median(every)
    waited = math.exp(usual) * len(order)
    if waited < _WAITING_MATTERS * median(day.length for day in days):
        return None
    pairs = [(one - usual, other - usual) for day in waits for one, other in pairwise(day)]
    squares = sum(one * one for one, _ in pairs)
    lasts = sum(one * other for one, other in pairs) / squares if squares else 0.0
    # What one wait deviates by is partly chance, the queue's own course lasts longer than it shows.
    return Queue(usual, min(1.0, max(0.0, lasts)) ** 0.5)


def _fails(runs: Sequence[PastRun]) -> float:
    """How often a run failed after one that ended like the last; after a failure one in two at first."""
    if not runs:
        return 0.0
    last = runs[-1].succeeded
    followers = [later for earlier, later in pairwise(runs) if earlier.succeeded == last]
    failed = sum(not run.succeeded for run in followers)
    return failed / (len(followers) + 5) if last else (failed + 1) / (len(followers) + 2)


def _fails_again(runs: Sequence[PastRun]) -> float:
    failed = sum(not run.succeeded for run in runs)
    saved = sum(run.succeeded and any(task.tries > 1 for task in run.tasks.values()) for run in runs)
    return (failed + 0.5) / (failed + saved + 1.5)
