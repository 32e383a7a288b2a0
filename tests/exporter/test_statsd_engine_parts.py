"""Parts of the StatsD engine that need no statsd_exporter beside them."""

from __future__ import annotations

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock.errors import BadInput
from windsock.statsd.engine.decoding import Refused
from windsock.statsd.engine.dialect import V0_30, dialect
from windsock.statsd.engine.engine import Engine
from windsock.statsd.engine.escaping import escape
from windsock.statsd.engine.fate import Crash
from windsock.statsd.engine.numbers import format_float, parse_duration, parse_float
from windsock.statsd.engine.rules import Rules, load

_LINE = st.one_of(
    st.binary(max_size=60),
    st.text(alphabet="ab.,#[]:|@=+-0123456789cgmshdeT_é \n", max_size=60).map(str.encode),
)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back_as_it_was_written(value: float) -> None:
    assert parse_float(format_float(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e6, "1e+06"),
        (999999.0, "999999"),
        (1e-5, "1e-05"),
        (0.0001, "0.0001"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (123456789.0, "1.23456789e+08"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
        (2.5, "2.5"),
    ],
)
def test_numbers_are_written_as_go_does(value: float, text: str) -> None:
    assert format_float(value) == text


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1.5h", 5_400_000_000_000),
        ("-1s", -1_000_000_000),
        ("0", 0),
        ("1h30m5ns", 5_400_000_000_005),
        (".5ms", 500_000),
    ],
)
def test_durations_are_read_as_go_does(text: str, nanoseconds: int) -> None:
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "1", "1d", "s", "1 s", "-", ".s", "1e3s", "9999999h999999999h"])
def test_other_durations_are_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the text is nobody's)
        parse_duration(text)


@given(st.text(max_size=30))
def test_an_escaped_name_is_one_that_prometheus_takes(name: str) -> None:
    escaped = escape(name)
    assert set(escaped) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
    assert not escaped[:1].isdigit()
    assert bool(escaped) == bool(name)
    assert escape(escaped) == escaped


@given(st.lists(_LINE, max_size=20))
def test_no_line_does_more_than_the_original_lets_it_do(lines: list[bytes]) -> None:
    engine = Engine(Rules())
    try:
        for line in lines:
            engine.take(line)
    except Crash:
        return
    assert engine.page().status in {200, 500}


@given(st.text(max_size=200))
def test_any_text_is_a_mapping_or_refused(text: str) -> None:
    with suppress(Refused):
        load(text)


def test_a_series_ends_after_its_time_to_live_and_begins_anew() -> None:
    now = [0.0]
    engine = Engine(load("defaults: {ttl: 2s}\nmappings: []\n"), clock=lambda: now[0])
    engine.take(b"a:5|c")
    now[0] = 2.0
    engine.sweep()
    assert "a 5\n" in engine.page().text
    now[0] = 2.1
    engine.sweep()
    assert "a 5\n" not in engine.page().text
    engine.take(b"a:1|c")
    assert "a 1\n" in engine.page().text


def test_a_summary_forgets_values_older_than_its_max_age() -> None:
    now = [0.0]
    rule = "{match: a, name: one, observer_type: summary, summary_options: {max_age: 10s, age_buckets: 2}}"
    engine = Engine(load(f"mappings:\n- {rule}\n"), clock=lambda: now[0])
    engine.take(b"a:5|h")
    assert 'one{quantile="0.5"} 5\n' in engine.page().text
    now[0] = 11.0
    page = engine.page().text
    assert 'one{quantile="0.5"} NaN\n' in page
    assert "one_count 1\n" in page


def test_an_older_release_passes_over_unknown_keys_and_says_which() -> None:
    rules = load("mappings:\n- {match: a, name: one, matsch: b}\n", V0_30)
    assert rules.file.ignored == [(("mappings", 0, "matsch"), 2)]


@pytest.mark.parametrize(
    ("rule", "row"),
    [
        ("{match: a, name: one, timer_type: histogram, buckets: [1, 2]}", 'one_bucket{le="2"} 1'),
        ("{match: a, name: one, observer_type: summary, timer_type: histogram}", 'one{quantile="0.5"} 1.5'),
        (
            "{match: a, name: one, quantiles: [{quantile: 0.2, error: 0.1}], timer_type: summary}",
            'one{quantile="0.2"} 1.5',
        ),
        ("{match: a, name: one, match_metric_type: timer}", "one_sum 1.5"),
        ("{match: a, name: one, name: two}", "two_sum 1.5"),
    ],
)
def test_an_older_release_knows_its_keys(rule: str, row: str) -> None:
    engine = Engine(load(f"mappings:\n- {rule}\n", V0_30), dialect=V0_30)
    engine.take(b"a:1500|ms")
    assert f"{row}\n" in engine.page().text


def test_an_unknown_release_names_the_known_ones() -> None:
    with pytest.raises(BadInput, match=r"no release '0.5' \(choices: 0.31, 0.30\)"):
        dialect("0.5")
