"""Our engine beside the real statsd_exporter: generated cases, planted mistakes, examples, recordings."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.differential.binary import Theirs
from tests.differential.deviations import PLANTED
from tests.differential.examples import EXAMPLES, Example
from tests.differential.run import Report, compare, first_difference, sessions
from tests.differential.session import CRASHED, Case, Ours, Outcome, describe, differences
from tests.support.statsd import ROOT, recording
from windsock.statsd.engine.line import ALL_STYLES
from windsock.statsd.lint.defects import DEFECTS, Defect

_CASES = 5000
_NEVER = {"200", "500", str(CRASHED), "refused"}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    found = compare(range(1, 1 + sessions(_CASES)), tmp_path_factory.mktemp("cases"))
    print(found.table())
    return found


def test_no_generated_case_differs(report: Report) -> None:
    assert report.cases >= _CASES
    assert not report.differences, "\n\n".join(report.differences[:3])


def test_every_feature_is_in_at_least_one_case_of_a_hundred(report: Report) -> None:
    rare = {feature: count for feature, count in report.hits.items() if count < report.cases / 100}
    assert not rare, report.table()
    assert set(report.outcomes) == _NEVER


def test_half_of_the_events_match_a_rule(report: Report) -> None:
    assert report.mapped >= report.events / 2


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_found(report: Report, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    PLANTED[name](monkeypatch)
    assert first_difference(report) is not None


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_does_the_same_in_both(name: str, tmp_path: Path) -> None:
    example = EXAMPLES[name]
    _same(example, tmp_path)


@pytest.mark.parametrize("version", ["2.11", "3.3"])
@pytest.mark.parametrize("profile", ["tags", "plain", "dogstatsd"])
def test_a_recorded_airflow_gives_the_same_page(version: str, profile: str, tmp_path: Path) -> None:
    release = {"2.11": "2.11.2", "3.3": "3.3.2"}[version]
    mapping = ROOT / "exporter" / "generated" / "statsd" / f"airflow-{version}-{profile}.yml"
    lines = [one.line.encode() for one in recording(f"airflow-{release}-{profile}")]
    _same(Example(mapping.read_text(), lines, 200), tmp_path)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.title)
def test_a_defect_from_the_field_does_what_the_page_says(defect: Defect, tmp_path: Path) -> None:
    lines = [line.encode() for line in defect.lines]
    if defect.status == 0:
        refused = (
            "field timer_type not found" if "timer_type" in defect.mapping else "invalid metric type 'timer'"
        )
        outcome = _same(Example(defect.mapping, lines, 200), tmp_path)
        assert refused in (outcome.refused or "")
        return
    # An answer that never comes has no status.
    status = {-2: 0}.get(defect.status, defect.status)
    outcome = _same(Example(defect.mapping, lines, status), tmp_path)
    assert outcome.refused is None
    assert not defect.shows or defect.shows in outcome.rows


@pytest.mark.parametrize("count", [499, 500, 1000, 2777])
def test_quantiles_of_many_values_are_the_same(count: int, tmp_path: Path) -> None:
    values = random.Random(count)
    lines = [b"m:%d|h" % values.randint(0, 10_000) for _ in range(count)]
    _same(Example("mappings: []\n", lines, 200), tmp_path, pause=1.0)


def _same(example: Example, folder: Path, pause: float = 0.0) -> Outcome:
    case = Case(0, example.mapping, tuple(example.lines), frozenset())
    ours = Ours(ALL_STYLES)
    tally = ours.engine.tally
    expected = ours.run(case)
    assert expected.status == example.status
    theirs = Theirs(folder, [])
    try:
        outcome = theirs.run(case, expected, sum(tally.actions.values()) + tally.unmapped, pause)
    finally:
        theirs.close()
    found = differences(expected, outcome)
    assert not found, describe(case, found)
    if example.has:
        assert example.has in expected.rows | {expected.refused}, sorted(expected.rows)
    return outcome
