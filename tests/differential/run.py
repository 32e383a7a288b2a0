"""Many cases through the engine and the real program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.differential.binary import Theirs
from tests.differential.session import CASES, Case, Ours, Outcome, Session, describe, differences, session
from windsock.statsd.engine.dialect import V0_31, Dialect


@dataclass(slots=True)
class Report:
    """What came out.

    Attributes:
        cases: how many were run.
        hits: by feature: cases that have it.
        outcomes: by status, and `refused` for mappings that were.
        mapped: events that a rule took.
        events: events of all kinds.
        differences: cases that differ, described.
        theirs: by seed of a session: a print of each outcome of the real program.
    """

    cases: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    mapped: int = 0
    events: int = 0
    differences: list[str] = field(default_factory=list)
    theirs: dict[int, list[int]] = field(default_factory=dict)

    def table(self) -> str:
        """Features with their share of cases, rarest first."""
        shares = sorted(self.hits.items(), key=lambda item: item[1])
        lines = [f"{self.cases} cases, {len(self.differences)} differ; {dict(self.outcomes)}"]
        lines.append(f"{self.mapped / max(self.events, 1):.1%} of {self.events} events match a rule")
        lines += [f"{count / self.cases:6.1%}  {feature}" for feature, count in shares]
        return "\n".join(lines)


def compare(seeds: range, folder: Path, *, program: str = "", dialect: Dialect = V0_31) -> Report:
    """Run the sessions of these seeds through both; `program` is another statsd_exporter, of that release."""
    report = Report()
    for seed in seeds:
        one = session(seed)
        theirs = Theirs(folder, one.flags, program)
        try:
            report.theirs[seed] = [fingerprint(outcome) for outcome in _session(one, theirs, report, dialect)]
        finally:
            theirs.close()
    return report


def _session(one: Session, theirs: Theirs, report: Report, dialect: Dialect) -> Iterator[Outcome]:
    ours = Ours(one.styles, dialect)
    for case in one.cases:
        tally = ours.engine.tally
        before, unmapped_before = sum(tally.actions.values()), tally.unmapped
        expected = ours.run(case)
        mapped = sum(tally.actions.values())
        report.mapped += mapped - before
        report.events += mapped - before + tally.unmapped - unmapped_before
        outcome = theirs.run(case, expected, mapped + tally.unmapped)
        _count(report, case, expected, outcome)
        if outcome != expected:
            # Afterwards the two would differ for ever.
            ours = Ours(one.styles, dialect)
            theirs.close()
        yield outcome


def _count(report: Report, case: Case, expected: Outcome, outcome: Outcome) -> None:
    report.cases += 1
    report.hits.update(case.hits)
    report.outcomes[str(expected.status)] += 1
    report.outcomes["refused"] += expected.refused is not None
    if found := differences(expected, outcome):
        report.differences.append(describe(case, found))


def fingerprint(outcome: Outcome) -> int:
    """A number that is the same for the same page; words of refusals differ in Go and here."""
    return hash((outcome.status, outcome.rows, outcome.refused is None))


def first_difference(report: Report) -> int | None:
    """How many cases the engine as it is now needs to differ from the real program; None if it never does."""
    count = 0
    for seed, theirs in report.theirs.items():
        one = session(seed)
        ours = Ours(one.styles)
        for case, known in zip(one.cases, theirs, strict=True):
            count += 1
            if fingerprint(ours.run(case)) != known:
                return count
    return None


def sessions(cases: int) -> int:
    """How many sessions hold so many cases."""
    return -(-cases // CASES)
