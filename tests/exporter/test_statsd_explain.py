"""`windsock statsd explain`: which rule takes a line, what it becomes, who loses."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from windsock.cli.statsd import statsd
from windsock.errors import BadInput
from windsock.statsd.engine.dialect import V0_31
from windsock.statsd.engine.line import ALL_STYLES
from windsock.statsd.engine.rules import load
from windsock.statsd.explaining import explain

_MAPPING = """\
mappings:
- {match: '^a\\.(.+)$', match_type: regex, name: any_a, labels: {rest: $1}}
- {match: a.*, name: one, labels: {id_: $1}}
- {match: a.b, name: two}
- {match: a.*, name: three, match_metric_type: gauge}
- {match: drop.me, name: x, action: drop}
- {match: long.name.here, name: long}
- {match: long.name, name: short}
- {match: h, name: h, observer_type: histogram, histogram_options: {buckets: [1, 5]}}
- {match: '*.empty', name: $2}
"""
_RULES = load(_MAPPING)


def _explain(line: bytes) -> tuple[list[str], bool]:
    found = explain(line, _RULES, name="m.yml", styles=ALL_STYLES, dialect=V0_31)
    return [row.strip() for row in found.text.splitlines()], found.good


def test_the_winner_and_each_loser_have_a_place_and_a_reason() -> None:
    rows, good = _explain(b"a.b:2|c")
    assert good
    assert rows == [
        "a.b:2|c",
        "counter a.b, value 2",
        "rule m.yml:3 glob `a.*`",
        r"not m.yml:2 expression `^a\.(.+)$`: globs are tried before expressions",
        "not m.yml:4 glob `a.b`: an earlier glob takes it",
        "not m.yml:5 glob `a.*`: it is for type gauge only",
        'becomes one{id_="b"} 2',
    ]


def test_a_hidden_glob_is_said_to_be_hidden() -> None:
    rows, good = _explain(b"long.name:1|g")
    assert good
    assert "not m.yml:8 glob `long.name`: it is never found, since `long.name.here` stands before it" in rows
    assert "no rule takes it: it gets its own name, and its tags as labels" in rows
    assert rows[-1] == "becomes long_name 1"


@pytest.mark.parametrize(
    ("line", "row", "good"),
    [
        (b"drop.me:1|c", "rule m.yml:6 glob `drop.me` drops it", True),
        (b"h:2000|ms", 'becomes h_bucket{le="5"} 1', True),
        (b"g:-3|g", "gauge g, value -3, moves the gauge", True),
        (b"t:5|ms|@0.1", "observer t, value 0.005, counted 10 times", True),
        (b"nothing", "refused (malformed_line): no colon, no name before it, or not UTF-8", False),
        (b"s:1|s", "refused (illegal_event): no type that statsd_exporter knows (c, g, ms, h, d)", False),
        (b"t:5|ms|@2", "no event and no error: a rate above 1 or below 0", False),
        (b"]a[:1|c", "ends statsd_exporter: a name with `]` before `[` (slice bounds out of range)", False),
        (b"m,quantile=1:1|ms", "ends statsd_exporter: a summary m with a label `quantile`", False),
        (b"#a=b:1|c", 'from now on every scrape answers 500: "" is not a valid metric name', False),
        (b"x.empty:1|c", "event refused (empty_metric_name)", False),
        (b"c:-1|c", "event refused (illegal_negative_counter)", False),
        (b"foo:1|g:1|c", "event refused: foo is of another type", False),
        (b"a[x:1|c", "1 tag(s) ignored: empty, without a value, or one bracket alone", True),
    ],
)
def test_the_fate_of_a_line_is_said(line: bytes, row: str, good: bool) -> None:
    rows, is_good = _explain(line)
    assert row in rows
    assert is_good is good


@given(st.binary(max_size=80))
def test_any_line_is_explained(line: bytes) -> None:
    assert explain(line, _RULES, name="m.yml", styles=ALL_STYLES, dialect=V0_31).text.endswith("\n")


def test_the_command_ends_with_1_if_a_line_becomes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "m.yml"
    path.write_text(_MAPPING)
    good = CliRunner().invoke(statsd, ["explain", "--mapping", str(path), "a.b:1|c"])
    assert good.exit_code == 0
    bad = CliRunner().invoke(statsd, ["explain", "--mapping", str(path), "a.b:1|c", "nothing"])
    assert bad.exit_code == 1
    assert "nothing\n  refused" in bad.output
    without = CliRunner().invoke(
        statsd, ["explain", "--mapping", str(path), "--without-tags", "signalfx", "]a[:1|c"]
    )
    assert "becomes _a_ 1" in without.output


@pytest.mark.parametrize(
    ("mapping", "arguments", "message"),
    [
        ("mappings: []\n", [], "LINE: give a StatsD line in quotes"),
        (
            "mappings: [{match: a}]\n",
            ["a:1|c"],
            "m.yml:1: statsd_exporter does not load it: line 0: metric mapping",
        ),
        ("mappings: []\n", ["a:1|c", "--without-tags", "x"], "--without-tags: no style 'x'"),
    ],
)
def test_what_the_user_gave_wrong_is_said(
    mapping: str, arguments: list[str], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "m.yml"
    path.write_text(mapping)
    result = CliRunner().invoke(statsd, ["explain", "--mapping", str(path), *arguments])
    assert isinstance(result.exception, BadInput)
    assert message in str(result.exception)
