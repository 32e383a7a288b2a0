"""Measure statsd_exporter with our mappings, and write the page.

python -m benchmarks.statsd cpu    # half an hour; goes on where it was stopped
python -m benchmarks.statsd loss   # two minutes; root, since it changes net.core.rmem_max meanwhile
python -m benchmarks.statsd page   # benchmarks/statsd.md of what was measured
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from benchmarks.statsd import loss
from benchmarks.statsd.cpu import Case, Run, cases, measure
from benchmarks.statsd.page import PAGE, Measured, render
from windsock.wire import Profile

_ROUNDS = 7


def main() -> None:
    """Do what the first argument says."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("what", choices=("cpu", "loss", "page"))
    arguments.add_argument("--rounds", type=int, default=_ROUNDS, help=f"runs of each case; {_ROUNDS}")
    arguments.add_argument(
        "--state", type=Path, default=Path(".state/benchmark-statsd"), help="folder for what was measured"
    )
    given = arguments.parse_args()
    # So that what has been started is stopped also then.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given.state.mkdir(parents=True, exist_ok=True)
    runs, bursts = given.state / "cpu.jsonl", given.state / "loss.jsonl"
    if given.what == "cpu":
        _cpu(runs, given.rounds)
    elif given.what == "loss":
        bursts.write_text("".join(f"{json.dumps(asdict(one))}\n" for one in loss.bursts()), encoding="utf-8")
    else:
        PAGE.write_text(render(list(_read(runs)), _bursts(bursts)), encoding="utf-8")
        sys.stdout.write(PAGE.read_text(encoding="utf-8"))


def _cpu(file: Path, rounds: int) -> None:
    done = [one.case for one in _read(file)]
    for number in range(1, rounds + 1):
        for case in cases():
            if done.count(case) >= number:
                continue
            load = os.getloadavg()[0]
            runs = {rules: asdict(run) for rules, run in measure(case, turned=number % 2 == 0).items()}
            with file.open("a", encoding="utf-8") as state:
                state.write(json.dumps({"case": asdict(case), "runs": runs, "load": load}) + "\n")
            words = ", ".join(f"{rules} {run['tcp']:.2f} {run['udp']:.2f}" for rules, run in runs.items())
            sys.stderr.write(f"{number}/{rounds} {case}: {words}\n")


def _read(file: Path) -> Iterator[Measured]:
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            case = Case(**{**row["case"], "profile": Profile(row["case"]["profile"])})
            yield Measured(case, {rules: Run(**run) for rules, run in row["runs"].items()}, row["load"])


def _bursts(file: Path) -> list[loss.Burst]:
    rows = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [loss.Burst(**json.loads(row)) for row in rows]


if __name__ == "__main__":
    main()
