"""Measure how well misses are announced, on DAGs that only exist here.

python -m benchmarks.sla                          # development seeds, a few minutes
python -m benchmarks.sla --seeds held-out-2       # those that decide; not for looking at while tuning
python -m benchmarks.sla --kinds drifting few --dags 5 --without oracle
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from benchmarks.sla import days, kinds, naive, oracle, ours, page, score
from windsock.sla.prediction import AT_RISK

# Far apart, so that more DAGs never run into the other set.
FIRST_SEED = {"development": 0, "held-out": 10_000, "held-out-2": 20_000}
_DAGS = 24

RULES: dict[str, score.Rule] = {
    "windsock": ours.begin,
    "oracle": oracle.begin,
    "start + p95": naive.start_and_p95,
    "start + mean": naive.start_and_mean,
}
# As the engine calls an SLA at risk.
ANNOUNCES = {"windsock": AT_RISK}


def main() -> None:
    """Print the tables; `--out` keeps the scores too."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--seeds", choices=tuple(FIRST_SEED), default="development")
    arguments.add_argument("--kinds", nargs="+", choices=tuple(kinds.KINDS), default=tuple(kinds.KINDS))
    arguments.add_argument("--dags", type=int, default=_DAGS, help=f"of each kind; {_DAGS}")
    arguments.add_argument(
        "--without", nargs="+", choices=tuple(RULES), default=(), help="rules to leave out"
    )
    arguments.add_argument("--processes", type=int, default=1)
    arguments.add_argument("--out", type=Path, help="file for the scores of each DAG, as JSON")
    given = arguments.parse_args()
    rules = [rule for rule in RULES if rule not in given.without]
    first = FIRST_SEED[given.seeds]
    work = [(kind, seed, rules) for kind in given.kinds for seed in range(first, first + given.dags)]
    with ProcessPoolExecutor(given.processes) as pool:
        found = list(pool.map(_one, work))
    scores = {
        kind: {
            rule: [one[rule] for (of, _, _), one in zip(work, found, strict=True) if of == kind]
            for rule in rules
        }
        for kind in given.kinds
    }
    if given.out:
        rows = {
            kind: {rule: [asdict(one) for one in each] for rule, each in by_rule.items()}
            for kind, by_rule in scores.items()
        }
        given.out.write_text(json.dumps(rows), encoding="utf-8")
    sys.stdout.write(page.render(scores))


def _one(work: tuple[str, int, list[str]]) -> Mapping[str, score.Score]:
    kind, seed, rules = work
    cases = list(days.cases(kinds.dag(kind, seed)))
    return {
        rule: score.judge(RULES[rule], cases, announces=ANNOUNCES.get(rule, score.EVEN)) for rule in rules
    }


if __name__ == "__main__":
    main()
