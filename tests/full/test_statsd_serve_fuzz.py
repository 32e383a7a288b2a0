"""Ten million lines that chance made through what `windsock statsd serve` runs on"""

from __future__ import annotations

import resource
import time

import pytest

from tests.support.fuzz import Fuzz
from tests.support.statsd import ROOT, Page
from windsock.statsd.engine.rules import Rules, load
from windsock.statsd.listener.live import Live
from windsock.statsd.listener.store import Limits
from windsock.statsd.mapping import path
from windsock.wire import Profile

_LINES, _AT_ONCE, _LOOK_EVERY = 10_000_000, 1_000, 200
_MOST_MB = 600


@pytest.mark.parametrize("mapping", ["none", "tags", "histograms"])
def test_no_line_ends_it_or_spoils_the_page(mapping: str) -> None:
    # The parser of the test takes far more memory than the series do.
    limits = Limits(series=2_000, all=20_000, families=5_000)
    live = Live(_rules(mapping), limits=limits, cache_size=20_000)
    fuzz = Fuzz({"none": 1, "tags": 2, "histograms": 3}[mapping])
    lines, rounds, started = 0, 0, time.monotonic()
    while lines < _LINES // 3:
        packets = list(fuzz.datagrams(_AT_ONCE))
        live.take_all(packets)
        lines += sum(packet.count(b"\n") + 1 for packet in packets)
        rounds += 1
        if rounds % _LOOK_EVERY == 0:
            page = _page(live)
            assert page.value("statsd_exporter_lines_total") == lines
            assert page.value("statsd_exporter_events_error_total", reason="internal") == 0
    page = _page(live)
    live.take_all([b"still.works,there=yes:1|c"])
    assert live.count().lines == lines + 1
    assert len(live.registry.live) <= limits.families
    assert max(len(family.by_labels) for family in live.registry.live.values()) <= limits.series
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tally = live.count()
    print(
        f"{mapping}: {lines:,} lines, {time.monotonic() - started:.0f} s, {len(page.families):,} families,"
        f" {sum(tally.sample_errors.values()):,} samples and {sum(tally.errors.values()):,} events refused"
        f" ({', '.join(sorted(tally.sample_errors | tally.errors))}), {memory:.0f} MB"
    )
    assert memory < _MOST_MB


def _rules(mapping: str) -> Rules:
    if mapping == "none":
        return Rules()
    if mapping == "histograms":
        return load("defaults: {observer_type: histogram}\nmappings: [{match: 'a.*', name: '${1}_x'}]")
    return load((ROOT / path("3.3", Profile.TAGS)).read_text(encoding="utf-8"))


def _page(live: Live) -> Page:
    page = live.page()
    assert page.status == 200
    return Page.parse(page.text)
