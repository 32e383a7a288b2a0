"""The tables of a benchmark run, as Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from statistics import median

from benchmarks.sla.score import BINS, Score, difference, per_month, total

# kind -> rule -> one score per DAG, in the order of the seeds.
Scores = Mapping[str, Mapping[str, list[Score]]]
_OURS = "windsock"
_ORACLE = "oracle"
_NAIVE = ("start + p95", "start + mean")
_RECALL_OF_ORACLE = 0.8
_FALSE_MORE = 0.5


def render(scores: Scores) -> str:
    """All tables that the rules allow."""
    parts = [list(_announced(scores))]
    if all(_OURS in by_rule for by_rule in scores.values()):
        parts.append(list(_verdicts(scores)))
        parts.append(list(_calibration(scores)))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _announced(scores: Scores) -> Iterator[str]:
    rules = list(next(iter(scores.values())))
    heads = " | ".join(f"{rule}: recall | false | minutes ahead" for rule in rules)
    yield f"| kind | DAGs | misses | {heads} |"
    yield "|---|--:|--:|" + "--:|--:|--:|" * len(rules)
    for kind, by_rule in scores.items():
        cells = []
        for each in by_rule.values():
            all_days = total(each)
            ahead = f"{median(all_days.ahead) / 60:.0f}" if all_days.ahead else "–"
            cells.append(f"{_share(all_days.recall)} | {per_month(all_days.false, len(each)):.2f} | {ahead}")
        some = next(iter(by_rule.values()))
        yield f"| {kind} | {len(some)} | {total(some).missed} | {' | '.join(cells)} |"


def _verdicts(scores: Scores) -> Iterator[str]:
    """Ours beside what is required."""
    yield (
        f"| kind | recall of the oracle's (at least {_RECALL_OF_ORACLE:.0%}) |"
        f" false more than the oracle's (at most {_FALSE_MORE}) |"
        f" {' | '.join(f'benefit beyond {rule}' for rule in _NAIVE)} |"
    )
    yield "|---|--:|--:|--:|--:|"
    for kind, by_rule in scores.items():
        ours = by_rule[_OURS]
        mine = total(ours)
        share, more = "–", "–"
        if _ORACLE in by_rule:
            bound = total(by_rule[_ORACLE])
            share = _share(mine.found / bound.found if bound.found else math.nan)
            more = f"{per_month(mine.false - bound.false, len(ours)):+.2f}"
        beyond = [
            "{:+.2f} ± {:.2f}".format(*difference(ours, by_rule[rule])) if rule in by_rule else "–"
            for rule in _NAIVE
        ]
        yield f"| {kind} | {share} | {more} | {' | '.join(beyond)} |"


def _calibration(scores: Scores) -> Iterator[str]:
    ranges = " | ".join(f"{index / BINS:.0%} to {(index + 1) / BINS:.0%}" for index in range(BINS))
    yield f"| kind | squared error | {ranges} |"
    yield "|---|--:|" + "--:|" * BINS
    for kind, by_rule in scores.items():
        yield _calibrated(kind, total(by_rule[_OURS]))
    yield _calibrated("all", total(one for by_rule in scores.values() for one in by_rule[_OURS]))


def _calibrated(title: str, score: Score) -> str:
    every = sum(box[0] for box in score.bins)
    cells = [
        f"{said / times:.0%}: {missed / times:.0%} ({times:.0f})" if times else "–"
        for times, said, missed in score.bins
    ]
    return f"| {title} | {score.squares / every if every else math.nan:.4f} | {' | '.join(cells)} |"


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.0%}"
