"""What a rule's announcements are worth: misses announced in time, false ones, whether its odds are true."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from benchmarks.sla.days import AHEAD
from benchmarks.sla.kinds import HELD_OUT_DAYS
from benchmarks.sla.world import Case, View

Rule = Callable[[Case], Callable[[View], float]]
# Announced from here on unless a rule says otherwise: the middle of the finish is past the deadline.
EVEN = 0.5
MONTH = 30.0
BINS = 10


@dataclass(slots=True)
class Score:
    """What a rule did on one DAG.

    Attributes:
        missed: days that missed the deadline.
        found: of these, announced ten minutes ahead or more.
        false: announced at any moment, but met.
        ahead: seconds before the deadline of each announcement that came true.
        bins: per tenth of the stated probability how often it was said, the sum of what was said, and how
            often the day missed; only at moments ten minutes ahead or more while the run is unfinished.
        squares: sum of the squared differences of said and happened.
    """

    missed: int = 0
    found: int = 0
    false: int = 0
    ahead: list[float] = field(default_factory=list)
    bins: list[list[float]] = field(default_factory=lambda: [[0, 0.0, 0] for _ in range(BINS)])
    squares: float = 0.0

    @property
    def recall(self) -> float:
        """Share of the misses announced in time; not a number if there was none."""
        return self.found / self.missed if self.missed else math.nan

    @property
    def benefit(self) -> int:
        """True announcements less false ones: what announcing at even odds or more earns."""
        return self.found - self.false


def judge(rule: Rule, cases: Iterable[Case], *, announces: float = EVEN) -> Score:
    """The rule's score on the days of one DAG, if it announces from that probability on."""
    score = Score()
    for case in cases:
        says = rule(case)
        first = None
        for view in case.views:
            said = says(view)
            if said >= announces and first is None:
                first = view.now
            if case.dag.deadline - view.now >= AHEAD and not _over(view):
                _count(score, said, missed=case.missed)
        score.missed += case.missed
        if first is not None and not case.missed:
            score.false += 1
        elif first is not None and case.dag.deadline - first >= AHEAD:
            score.found += 1
            score.ahead.append(case.dag.deadline - first)
    return score


def total(scores: Iterable[Score]) -> Score:
    """The scores of several DAGs as one."""
    made = Score()
    for one in scores:
        made.missed += one.missed
        made.found += one.found
        made.false += one.false
        made.ahead += one.ahead
        made.squares += one.squares
        for mine, theirs in zip(made.bins, one.bins, strict=True):
            for index, value in enumerate(theirs):
                mine[index] += value
    return made


def per_month(count: float, dags: int) -> float:
    """A count over all held-out days as one per DAG and month."""
    return count / dags / (HELD_OUT_DAYS / MONTH)


def difference(one: list[Score], other: list[Score]) -> tuple[float, float]:
    """How much more benefit one rule brings per DAG and month, and the standard error of that."""
    gaps = [mine.benefit - theirs.benefit for mine, theirs in zip(one, other, strict=True)]
    middle = sum(gaps) / len(gaps)
    spread = sum((gap - middle) ** 2 for gap in gaps) / max(1, len(gaps) - 1)
    return per_month(middle, 1), per_month(math.sqrt(spread / len(gaps)), 1)


def _over(view: View) -> bool:
    return all(tries and tries[-1].ok for tries in view.tries)


def _count(score: Score, said: float, *, missed: bool) -> None:
    box = score.bins[min(BINS - 1, int(said * BINS))]
    box[0] += 1
    box[1] += said
    box[2] += missed
    score.squares += (said - missed) ** 2
