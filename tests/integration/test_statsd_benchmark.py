"""What the benchmark of statsd_exporter sends: the same each time, and the same work for both mappings."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from benchmarks.statsd.cpu import OURS, PROFILES, THEIRS, VERSIONS, Case
from benchmarks.statsd.exporter import Figures, running
from benchmarks.statsd.traffic import traffic

HEADS, LINES = 1_000, 3_000
_PATIENCE_SECONDS = 120.0
EVERY = [
    pytest.param(Case(version, profile, HEADS), id=f"{version}-{profile.value}")
    for version in VERSIONS
    for profile in PROFILES
]


@pytest.mark.parametrize("case", EVERY)
def test_the_same_lines_come_each_time_with_as_many_names_as_asked_for(case: Case) -> None:
    made = [traffic(case.version, case.profile, heads=case.heads) for _ in range(2)]
    first = made[0].first()
    assert first == made[1].first()
    assert len({(line.split(":")[0], line.split("|")[1]) for line in first}) == HEADS
    assert list(made[0].lines(LINES)) == list(made[1].lines(LINES))


@pytest.mark.parametrize("case", EVERY)
def test_both_mappings_map_as_many_lines_and_leave_none_over(case: Case, tmp_path: Path) -> None:
    made = traffic(case.version, case.profile, heads=case.heads)
    lines = [*made.first(), *made.lines(LINES)]
    ours, theirs = (_figures(case, rules, lines, tmp_path) for rules in (OURS, THEIRS))
    for figures in (ours, theirs):
        assert figures.lines == figures.mapped + figures.dropped == len(lines)
        assert figures.conflicts == 0
    assert ours.mapped == pytest.approx(theirs.mapped, rel=0.02)


def _figures(case: Case, rules: str, lines: list[str], folder: Path) -> Figures:
    with running(case.mapping(rules, folder), folder) as exporter:
        exporter.send_tcp(lines)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            figures = exporter.figures()
            if figures.mapped + figures.dropped >= len(lines) or time.monotonic() > deadline:
                return figures
            time.sleep(0.2)
