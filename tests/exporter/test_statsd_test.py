"""`windsock statsd test`: unit tests of mappings."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from windsock.cli.statsd import statsd
from windsock.errors import BadInput

_MAPPING = """\
mappings:
- {match: a.*, name: one_total, labels: {id_: $1, gone: ''}}
- {match: t.*, name: t_seconds, observer_type: histogram, labels: {id_: $1}}
- {match: s, name: s_seconds, observer_type: summary}
- {match: '^$', match_type: regex, name: nameless, action: drop}
"""


def _run(tmp_path: Path, tests: str, more: str = "") -> Result:
    (tmp_path / "mapping.yml").write_text(_MAPPING)
    path = tmp_path / "suite.yml"
    path.write_text(f"mapping: mapping.yml\n{more}tests:\n{tests}")
    return CliRunner().invoke(statsd, ["test", str(path)])


@pytest.mark.parametrize(
    "case",
    [
        """lines: ["a.x:1|c", "a.x:2|c"], series: ['one_total{id_="x"} 3']""",
        """lines: ["a.x:1|c", "a.y:2|c"],
            series: ['one_total{id_="y"} 2', 'one_total{id_="x", gone=""} 1']""",
        """lines: ["t.x:2000|ms"], series: ['t_seconds_count{id_="x"} 1']""",
        """lines: ["t.x:2000|ms"], series: ['t_seconds_sum{id_="x"} 2']""",
        """lines: ["s:2000|ms"],
            series: ['s_seconds{quantile="0.5"} 2', 's_seconds{quantile="0.9"} 2',
            's_seconds{quantile="0.99"} 2']""",
        """lines: ["s:2000|ms"], series: ['s_seconds_count 1']""",
        """lines: ["#a=b:1|c"], dropped: 1""",
        """lines: ["no colon", "x:1|c|@z"], errors: {malformed_line: 1, invalid_sample_factor: 1},
            unmapped: 1, series: ["x 1"]""",
        """lines: ["x:1|g", "x:1|c"], errors: {conflict x: 1}, unmapped: 2, series: ["x 1"]""",
        """lines: ["x,y:1|g"], errors: {tag_errors: 1}, unmapped: 1, series: ["x 1"]""",
        """lines: ["]a[:1|c"], result: crash""",
        """lines: ["m,__x=1:1|c"], result: scrape fails, unmapped: 1""",
        """lines: []""",
    ],
)
def test_a_true_test_passes(case: str, tmp_path: Path) -> None:
    result = _run(tmp_path, f"- {{name: it holds, {case}}}\n")
    assert result.output == "1 tests passed.\n"
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("case", "wrong"),
    [
        (
            """lines: ["a.x:1|c"], series: ['one_total{id_="x"} 2']""",
            ['- one_total{id_="x"} 2', '+ one_total{id_="x"} 1'],
        ),
        ("""lines: ["a.x:1|c"]""", ['+ one_total{id_="x"} 1']),
        ("""lines: [], series: ["x 1"]""", ["- x 1"]),
        (
            """lines: ["t.x:1|ms", "t.y:1|ms"], series: ['t_seconds_count{id_="x"} 1']""",
            ['+ t_seconds_count{id_="y"} 1'],
        ),
        ("""lines: ["x:1|c"], series: ["x 1"]""", ["unmapped: expected 0, is 1"]),
        ("""lines: ["no colon"]""", ["errors malformed_line: expected 0, is 1"]),
        ("""lines: [], dropped: 1""", ["dropped: expected 1, is 0"]),
        (
            """lines: ["a.x:1|c"], result: crash""",
            ["result: expected crash, is ok", '+ one_total{id_="x"} 1'],
        ),
        (
            """lines: ["]a[:1|c"]""",
            ["statsd_exporter ends: a name with `]` before `[` (slice bounds out of range)"],
        ),
    ],
)
def test_a_false_test_fails_and_says_what_is_there(case: str, wrong: list[str], tmp_path: Path) -> None:
    result = _run(tmp_path, f"- {{name: it holds not, {case}}}\n")
    rows = result.output.splitlines()
    assert rows[0] == f"{tmp_path / 'suite.yml'}:3: FAILED: it holds not"
    assert [row.strip() for row in rows[1:-1]] == wrong
    assert rows[-1] == "1 tests, 1 failed."
    assert result.exit_code == 1


def test_styles_and_release_are_those_of_the_file(tmp_path: Path) -> None:
    case = """- {name: n, lines: ["]a[:1|c"], series: ["_a_ 1"], unmapped: 1}\n"""
    assert _run(tmp_path, case, "without_tags: [signalfx]\nexporter: '0.30'\n").exit_code == 0


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        ("- {name: n, line: []}\n", "suite.yml:3: tests.0."),
        ("- {name: n, lines: [], series: [x]}\n", "not a series with its value"),
        ("  []\n", "tests: the file has none"),
        ("- {name: n, lines: [], result: fine}\n", "suite.yml:3: tests.0.result"),
    ],
)
def test_a_wrong_file_is_one_line_with_its_place(tests: str, message: str, tmp_path: Path) -> None:
    result = _run(tmp_path, tests)
    assert isinstance(result.exception, BadInput)
    assert message in str(result.exception)
