"""The engine for sockets: as the engine where that survives, and unmoved where statsd_exporter is not."""

from __future__ import annotations

import math
import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.differential.examples import EXAMPLES
from tests.differential.session import Ours, rows, session
from tests.support.statsd import Page
from windsock.statsd.engine.decoding import Refused
from windsock.statsd.engine.rules import Rules, load
from windsock.statsd.listener.live import Live
from windsock.statsd.listener.store import Limits

_TTL = "defaults: {ttl: 10s}\nmappings: []\n"


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _page(live: Live) -> Page:
    return Page.parse(live.page().text)


def _value(page: Page, name: str) -> float:
    """Also of a counter whose name lacks the ending that the parser gives it."""
    return page.value(name) + page.value(f"{name}_total")


@pytest.mark.parametrize("seed", range(300, 304))
def test_what_the_engine_survives_gives_the_same_page(seed: int) -> None:
    found = session(seed)
    ours, live = Ours(found.styles), Live(Rules(), styles=found.styles)
    for case in found.cases:
        # Lines that came before take another way.
        again = replace(case, lines=case.lines * 3)
        expected = ours.run(again)
        refused = None
        try:
            live.reload(case.mapping)
        except Refused as error:
            refused = str(error)
        live.take_all(again.lines)
        page = live.page()
        assert page.status == 200
        Page.parse(page.text)
        if expected.status != 200:
            live = Live(Rules(), styles=found.styles)
            continue
        assert refused == expected.refused
        # What falls is an error only there.
        if live.registry.decreases:
            live.tally.errors["illegal_negative_counter"] += live.registry.decreases
            live.registry.decreases = 0
        assert rows(live.page().text) == expected.rows


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_example_spoils_the_page(name: str) -> None:
    example = EXAMPLES[name]
    try:
        live = Live(load(example.mapping))
    except Refused:
        live = Live(Rules())
    live.take_all([*example.lines, b"still_here:1|c"] * 2)
    page = live.page()
    assert page.status == 200
    assert Page.parse(page.text).value("statsd_exporter_lines_total") == 2 * len(example.lines) + 2
    assert "statsd_exporter_events_total" in page.text


@pytest.mark.parametrize(
    ("mapping", "line", "reason"),
    [
        ("", b"]a[:1|c", "illegal_brackets"),
        ("", b"#a=b:1|c", "empty_metric_name"),
        ("", b"[a=b]:1|c", "empty_metric_name"),
        ("", b",a=b:1|g", "empty_metric_name"),
        ("", b"m,quantile=0.5:1|ms", "illegal_label"),
        ("defaults: {observer_type: histogram}", b"m,le=1:1|ms", "illegal_label"),
        ("", b"m,__x=1:1|c", "illegal_label"),
        ("mappings: [{match: a, name: b, labels: {__x: y}}]", b"a:1|c", "illegal_label"),
        (
            "defaults: {observer_type: histogram, histogram_options: {buckets: [5, 1]}}",
            b"a:1|ms",
            "illegal_options",
        ),
        ("defaults: {summary_options: {max_age: -1s}}", b"a:1|ms", "illegal_options"),
        ("defaults: {summary_options: {age_buckets: 4294967295}}", b"a:1|ms", "illegal_options"),
        (
            "defaults: {summary_options: {quantiles: [{quantile: 1.5, error: 0.1}]}}",
            b"a:1|ms",
            "illegal_options",
        ),
        ("", b"t:1|ms|@1e-9", "illegal_sample_factor"),
        ("", b"a,b=" + b"x" * 5_000 + b":1|c", "too_long"),
    ],
)
def test_what_ends_or_spoils_the_original_is_counted_and_dropped_alone(
    mapping: str, line: bytes, reason: str
) -> None:
    live = Live(load(mapping))
    live.take_all([b"before:1|c", line, b"after:1|c", line])
    page = _page(live)
    told = page.value("statsd_exporter_events_error_total", reason=reason) + page.value(
        "statsd_exporter_sample_errors_total", reason=reason
    )
    assert told == 2
    assert _value(page, "before") == _value(page, "after") == 1
    assert {"before_total", "after_total"} == {
        name for name in page.families if not name.startswith("statsd")
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (b"foo:1|ms", b"foo_count:1|ms"),
        (b"foo_sum:1|ms", b"foo:1|ms"),
        (b"foo:1|c", b"foo:1|g"),
        (b"foo:1|g", b"statsd_exporter_lines_total:1|c"),
        (b"foo:1|g", b"go_gc_duration_seconds_sum:1|g"),
        (b"foo:1|g", b"process_open_fds:1|g"),
    ],
)
def test_a_name_that_belongs_to_something_else_is_a_conflict(first: bytes, second: bytes) -> None:
    live = Live(Rules())
    live.take_all([first, second, second])
    page = _page(live)
    assert page.value("statsd_exporter_events_conflict_total", metric_name=second.decode().split(":")[0]) == 2
    assert page.value("statsd_exporter_events_total") == 1


def test_a_counter_that_is_told_to_fall_stays_and_by_how_much_is_known() -> None:
    live = Live(load("mappings: [{match: a.*, name: parses_total, labels: {id_: $1}}]"))
    live.take_all([b"a.x:1|c", b"a.y:3|c", b"a.x:-1|c", b"a.y:-1|c", b"a.x:-inf|c", b"b:-1|c"])
    page = _page(live)
    assert page.value("parses_total") == 4
    assert live.registry.decreased == {"parses_total": 2}
    assert page.value("statsd_exporter_events_error_total", reason="illegal_negative_counter") == 2


def test_one_family_shows_its_first_help_whatever_later_rules_say() -> None:
    live = Live(
        load(
            "mappings: [{match: a.*, name: one, help: first, labels: {id_: $1}},"
            " {match: b, name: one, help: second}]"
        )
    )
    live.take_all([b"a.x:1|c", b"b:1|c"])
    page = _page(live)
    assert page.text.count("# HELP one first\n") == page.text.count("# HELP one ") == 1
    assert _value(page, "one") == 2


def test_a_family_has_no_more_series_than_it_may_and_says_what_was_dropped() -> None:
    live = Live(Rules(), limits=Limits(series=3))
    live.take_all([b"a,n=%d:1|c" % number for number in range(10)] * 2)
    live.take(b"b:1|c")
    page = _page(live)
    assert _value(page, "a") == 6
    assert len(page.series("a_total")) == 3
    assert live.registry.dropped == {"a": 14}
    assert page.value("statsd_exporter_events_error_total", reason="too_many_series") == 14
    assert _value(page, "b") == 1


def test_all_families_together_have_no_more_series_than_there_may_be() -> None:
    clock = Clock()
    live = Live(load(_TTL), limits=Limits(all=4), clock=clock)
    live.take_all([b"%s,n=%d:1|c" % (name, number) for number in range(3) for name in (b"a", b"b")])
    assert live.registry.dropped == {"a": 1, "b": 1}
    clock.now += 11
    live.sweep()
    live.take_all([b"c,n=%d:1|c" % number for number in range(5)])
    assert live.registry.dropped == {"a": 1, "b": 1, "c": 1}


def test_very_long_names_are_taken_and_not_remembered() -> None:
    live = Live(load("mappings: [{match: '^a', match_type: regex, name: found}]"))
    live.take_all([b"a" * length + b":1|c" for length in (10, 900, 2_000, 60_000)] * 2)
    assert _value(_page(live), "found") == 8
    assert live.known == 2
    assert all(len(name) < 1_100 for _, name in live._matcher._known)


def test_there_are_no_more_families_than_there_may_be() -> None:
    live = Live(Rules(), limits=Limits(families=5))
    live.take_all([b"name_%d:1|c" % number for number in range(20)])
    page = _page(live)
    assert page.value("statsd_exporter_events_error_total", reason="too_many_families") == 15
    assert len(live.registry.live) == 5


def test_sets_of_label_names_are_bounded_too() -> None:
    clock = Clock()
    live = Live(load(_TTL), limits=Limits(series=3), clock=clock)
    for number in range(9):
        live.take_all([b"a:1|c", b"a,label_%d=x:1|c" % number])
        clock.now += 9
        live.sweep()
    assert len(live.registry.live["a"].vectors) == 3


@pytest.mark.parametrize("kind", ["c", "g", "ms", "h|#a:b"])
def test_a_series_past_its_time_to_live_goes_and_begins_again(kind: str) -> None:
    clock = Clock()
    live = Live(load(_TTL), clock=clock)
    line = f"a:1|{kind}".encode()
    for _ in range(5):
        live.take(line)
        clock.now += 9
        live.sweep()
    assert "\na" in live.page().text
    clock.now += 2
    live.sweep()
    assert "\na" not in live.page().text
    # The name is free for another type, then.
    live.take_all([line, line])
    name = "a_count" if kind[0] in "mh" else "a"
    assert _value(_page(live), name) == (1 if kind == "g" else 2)
    clock.now += 11
    live.sweep()
    live.take(b"a:7|g" if kind == "c" else b"a:7|c")
    assert _value(_page(live), "a") == 7


def test_another_mapping_keeps_series_and_forgets_which_rule_took_a_name() -> None:
    live = Live(load("mappings: [{match: a, name: one}]"))
    live.take_all([b"a:1|c"] * 3)
    live.use(load("mappings: [{match: a, name: two}]"))
    live.take_all([b"a:1|c"] * 2)
    page = _page(live)
    assert (_value(page, "one"), _value(page, "two")) == (3, 2)


def test_more_names_than_are_remembered_are_counted_right() -> None:
    live = Live(Rules(), cache_size=10)
    live.take_all([b"a,n=%d:1|c" % (number % 25) for number in range(1_000)])
    page = _page(live)
    assert _value(page, "a") == page.value("statsd_exporter_events_total") == 1_000
    assert live.known <= 10


def test_nothing_is_remembered_if_nothing_may_be() -> None:
    live = Live(Rules(), cache_size=0)
    live.take_all([b"a:1|c"] * 5)
    assert (live.known, _value(_page(live), "a")) == (0, 5)


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=200),
            st.text(max_size=60).map(str.encode),
            st.text("ab[]#,=:|@.cgmsh1\n\r_-+eE0", max_size=60).map(str.encode),
            st.builds(
                "{}:{}|{}".format,
                st.text("ab.,=#[]-", max_size=12),
                st.sampled_from(["1", "-1", "+2", "1e400", "nan", "inf", "0x1p4", "1.5.", "", "1:2"]),
                st.sampled_from(["c", "g", "ms", "h", "d", "s", "c|@0.1", "ms|@0.3", "c|#a:b,le:c", "ms\r"]),
            ).map(str.encode),
        ),
        max_size=15,
    ),
    st.sampled_from(["", "defaults: {observer_type: histogram}", "mappings: [{match: 'a.*', name: '${1}'}]"]),
)
@settings(max_examples=50, deadline=None)
def test_any_bytes_leave_a_page_that_parses_and_every_line_is_counted(
    packets: list[bytes], mapping: str
) -> None:
    live = Live(load(mapping))
    live.take_all(packets)
    live.take_all(packets)
    page = _page(live)
    assert page.value("statsd_exporter_lines_total") == 2 * sum(packet.count(b"\n") + 1 for packet in packets)
    assert page.value("statsd_exporter_events_error_total", reason="internal") == 0
    live.take(b"works:1|c")
    assert _value(_page(live), "works") >= 1


def test_the_page_is_read_while_lines_are_taken() -> None:
    live = Live(Rules())
    lines = [
        b"a,n=%d:%d|%s" % (number % 500, number % 7, kind)
        for number in range(2_000)
        for kind in (b"c", b"ms")
    ]
    lines = [line.replace(b"a,", b"t,") if line.endswith(b"ms") else line for line in lines]
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            seen.append(_page(live).value("statsd_exporter_lines_total"))

    seen: list[float] = []
    thread = threading.Thread(target=read)
    thread.start()
    for start in range(0, len(lines), 100):
        live.take_all(lines[start : start + 100])
    ended.set()
    thread.join()
    assert seen == sorted(seen)
    page = _page(live)
    assert _value(page, "t_count") == 2_000
    assert math.isclose(_value(page, "a"), sum(number % 7 for number in range(2_000)))
