"""How a run goes on from what has happened so far: makes histories, and futures for the oracle."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random
from statistics import NormalDist

from benchmarks.sla.world import DAY, Dag, Trace, Try, View

STEP = 300.0
_NORMAL = NormalDist()
_START = (20.0, 0.6)
_FIX_SIGMA = 0.7
# Nothing of a run is followed for longer than this.
_HORIZON = 2 * DAY


@dataclass(slots=True)
class Latent:
    """What of a day cannot be seen: its pace, its sort, whether it is odd or broken; the queue's level."""

    pace: float
    long: bool
    odd: bool
    broken: bool
    levels: list[float] = field(default_factory=list)
    since: float = 0.0

    def location(self, dag: Dag, day: int, task: int) -> float:
        """The mean of the logarithm of a task's duration."""
        found = math.log(dag.tasks[task].median) + dag.level(day) + self.pace
        if self.long:
            found += math.log(dag.stretch[task])
        return found + (math.log(dag.odd_factor) if self.odd else 0.0)


def draw(dag: Dag, rng: Random, *, was_broken: bool) -> Latent:
    """A day's secrets, given whether the day before was broken."""
    failures = dag.failures
    return Latent(
        pace=rng.gauss(0, dag.pace),
        long=rng.random() < dag.long,
        odd=rng.random() < dag.odd,
        broken=rng.random() < (failures.stays if was_broken else failures.breaks),
    )


def run(dag: Dag, day: int, rng: Random, *, was_broken: bool = False) -> Trace:
    """A whole run of that day."""
    latent = draw(dag, rng, was_broken=was_broken)
    latent.levels = [rng.gauss(0, dag.queue.spread)]
    nothing = View(now=-1.0, start=None, tries=((),) * len(dag.tasks), queue_wait=0.0, level=0.0)
    return go_on(dag, day, latent, rng, nothing)


def go_on(dag: Dag, day: int, latent: Latent, rng: Random, view: View) -> Trace:
    """One way in which the run may end, given what was seen at `view.now`."""
    return _Way(dag, day, latent, rng, view).walk()


@dataclass(slots=True)
class _Way:
    dag: Dag
    day: int
    latent: Latent
    rng: Random
    view: View

    def walk(self) -> Trace:
        broken, start = self.latent.broken, self.view.start
        if start is None:
            start = longer_than(*_START, self.view.now, self.rng)
        done: list[float] = []
        traces: list[tuple[Try, ...]] = []
        for index, task in enumerate(self.dag.tasks):
            ready = max((done[up] for up in task.upstream), default=start)
            tries: list[Try] = []
            if ready > _HORIZON:
                done.append(math.inf)
            else:
                tries = list(self.view.tries[index])
                done.append(self._work(index, ready, tries))
            traces.append(tuple(tries))
        levels = tuple(self.latent.levels)
        return Trace(
            day=self.day, start=start, tries=tuple(traces), finish=max(done), levels=levels, broken=broken
        )

    def _work(self, index: int, ready: float, tries: list[Try]) -> float:
        """Add the tries that come to those that were; when the task is done, infinite for never."""
        failures, now, rng = self.dag.failures, self.view.now, self.rng
        if tries and tries[-1].ok:
            return tries[-1].end or 0.0
        length = math.exp(self.latent.location(self.dag, self.day, index))
        while True:
            if tries and tries[-1].end is None:
                last = tries.pop()
            else:
                queued = self._again(index, tries) if tries else ready
                if queued > _HORIZON:
                    return math.inf
                last = Try(queued)
            start = last.start
            if start is None:
                wait = math.exp(level(self.dag, self.latent, rng, last.queued)) * self.dag.queue.median
                start = last.queued + longer_than(wait, self.dag.queue.noise, now - last.queued, rng)
            end = start + longer_than(length, self.dag.tasks[index].sigma, now - start, rng)
            fails = (self.latent.broken and index == failures.fragile) or rng.random() < failures.share
            tries.append(Try(last.queued, start, end, not fails))
            if not fails:
                return end

    def _again(self, index: int, tries: list[Try]) -> float:
        """When a failed task is queued again; infinite for never."""
        failures = self.dag.failures
        failed = tries[-1].end or 0.0
        if len(tries) % (failures.retries + 1):
            return failed + failures.delay
        waited = self.view.now - failed
        survived = _beyond(failures.fix, _FIX_SIGMA, waited)
        chance = failures.fixed * survived / (failures.fixed * survived + 1 - failures.fixed)
        if self.rng.random() >= chance:
            return math.inf
        if index == failures.fragile:
            self.latent.broken = False
        return failed + longer_than(failures.fix, _FIX_SIGMA, waited, self.rng)


def level(dag: Dag, latent: Latent, rng: Random, moment: float) -> float:
    """The logarithm of the queue's level; drawn further as it is asked for."""
    if not dag.queue.spread:
        return 0.0
    wanted = max(0, math.floor((moment - latent.since) / STEP))
    keep = math.exp(-STEP / 60 / dag.queue.minutes)
    noise = dag.queue.spread * math.sqrt(1 - keep * keep)
    while len(latent.levels) <= wanted:
        latent.levels.append(keep * latent.levels[-1] + rng.gauss(0, noise))
    return latent.levels[wanted]


def longer_than(median: float, sigma: float, elapsed: float, rng: Random) -> float:
    """A log-normal length, given that it is longer than `elapsed`."""
    if elapsed <= 0:
        return median * math.exp(rng.gauss(0, sigma))
    below = _NORMAL.cdf((math.log(elapsed / median)) / sigma)
    if below > 1 - 1e-9:
        return elapsed * 1.01
    share = below + (1 - below) * rng.random()
    return max(elapsed, median * math.exp(sigma * _NORMAL.inv_cdf(min(max(share, 1e-12), 1 - 1e-12))))


def _beyond(median: float, sigma: float, elapsed: float) -> float:
    """The chance that a log-normal length is longer than `elapsed`."""
    return 1.0 if elapsed <= 0 else 1 - _NORMAL.cdf(math.log(elapsed / median) / sigma)
