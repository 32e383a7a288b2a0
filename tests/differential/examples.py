"""Cases that were surprising once: what both must do, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.differential.session import CRASHED


@dataclass(frozen=True, slots=True)
class Example:
    """A mapping, lines, the status of /metrics afterwards, and one row or refusal that must be there."""

    mapping: str
    lines: Sequence[bytes]
    status: int
    has: str = ""


def _rules(*rules: str) -> str:
    return "mappings:\n" + "".join(f"- {rule}\n" for rule in rules)


_NONE = "mappings: []\n"
EXAMPLES: dict[str, Example] = {
    "a key of the original's own struct is known": Example("fsm: ~\n", [b"a:1|c"], 200, "a 1"),
    "one of two brackets is an error of tags": Example(
        _NONE, [b"c[x:1|g"], 200, "statsd_exporter_tag_errors_total 1"
    ),
    "brackets the wrong way round end the process": Example(_NONE, [b"]a[:1|c"], CRASHED),
    "a line of tags only spoils the page": Example(_NONE, [b"#a=b:1|c"], 500),
    "the same with a rule for it does not": Example(
        _rules("{match: '^$', match_type: regex, name: nameless, action: drop}"), [b"#a=b:1|c"], 200
    ),
    "a label quantile on a summary ends the process": Example(_NONE, [b"m,quantile=0.5:1|ms"], CRASHED),
    "a label le on a counter is fine": Example(_NONE, [b"m,le=1:1|c"], 200, 'm{le="1"} 1'),
    "a label with two underscores spoils the page": Example(_NONE, [b"m,__x=1:1|c"], 500),
    "a timer beside its own _count spoils the page": Example(_NONE, [b"foo:1|ms", b"foo_count:1|ms"], 500),
    "a counter beside a timer is refused as _count": Example(
        _NONE,
        [b"foo:1|ms", b"foo_count:1|c"],
        200,
        'statsd_exporter_events_conflict_total{metric_name="foo_count",type="counter"} 1',
    ),
    "a counter is refused as _count beside a gauge too": Example(
        _NONE,
        [b"foo:1|g", b"foo_count:1|c"],
        200,
        'statsd_exporter_events_conflict_total{metric_name="foo_count",type="counter"} 1',
    ),
    "a name of the exporter's own spoils the page": Example(_NONE, [b"statsd_exporter_lines_total:1|c"], 500),
    "different helps with different labels spoil the page": Example(
        _rules(
            "{match: a.*, name: one, help: first, labels: {id_: $1}}", "{match: b, name: one, help: second}"
        ),
        [b"a.x:1|c", b"b:1|c"],
        500,
    ),
    "different helps with the same labels do not": Example(
        _rules("{match: a, name: one, help: first}", "{match: b, name: one, help: second}"),
        [b"a:1|c", b"b:1|c"],
        200,
        "# HELP one first",
    ),
    "buckets that do not rise end the process": Example(
        _rules("{match: a, name: one, observer_type: histogram, histogram_options: {buckets: [5, 1]}}"),
        [b"a:1|ms"],
        CRASHED,
    ),
    "a negative max_age ends the process": Example(
        _rules("{match: a, name: one, observer_type: summary, summary_options: {max_age: -1s}}"),
        [b"a:1|ms"],
        CRASHED,
    ),
    "a glob behind a longer one is never found": Example(
        _rules("{match: a.b.c, name: long}", "{match: a.b, name: short}"), [b"a.b:1|c"], 200, "a_b 1"
    ),
    "an equal glob hands its place to the first": Example(
        _rules("{match: a.*, name: one}", "{match: a.b, name: mid}", "{match: a.*, name: two}"),
        [b"a.b:1|c"],
        200,
        "mid 1",
    ),
    "the labels of the first sample reach the second": Example(
        _rules("{match: foo, match_metric_type: counter, name: foo_c, labels: {env: prod}}"),
        [b"foo:1|c:5|g"],
        200,
        'foo{env="prod"} 5',
    ),
    "labels that are merged count as set": Example(
        _rules(
            "{match: a, name: one, labels: &l {env: x}}", "{match: b, name: two, labels: {<<: *l, env: y}}"
        ),
        [],
        200,
        'yaml: unmarshal errors:\n  line 3: key "env" already set in map',
    ),
    "NULL in capitals is a factor of zero": Example(
        _rules("{match: a, name: one, scale: NULL}", "{match: b, name: two, scale: null}"),
        [b"a:5|g", b"b:5|g"],
        200,
        "one 0",
    ),
    "a bare number is a time to live in nanoseconds": Example(
        _rules("{match: a, name: one, ttl: 9000000000000}"), [b"a:5|g"], 200, "one 5"
    ),
    "a rate that no double holds counts nothing": Example(_NONE, [b"a:5|c|@1e400"], 200, "a 0"),
    "a rate above one counts no timer and no error": Example(
        _NONE, [b"a:5|ms|@2"], 200, "statsd_exporter_samples_total 1"
    ),
    "$1 eats the beginning of $10": Example(
        _rules("{match: '*.*', name: one, labels: {both: $1-$10}}"),
        [b"a.b:1|c"],
        200,
        'one{both="a-%!s(MISSING)0"} 1',
    ),
    "a percent sign is a directive": Example(
        _rules("{match: 'a.*', name: one, labels: {pc: '100%$1'}}"),
        [b"a.b:1|c"],
        200,
        'one{pc="100%s%!(EXTRA string=b)"} 1',
    ),
    "an unknown key is refused": Example(
        _rules("{match: a, name: one, timer_type: histogram}"),
        [],
        200,
        "yaml: unmarshal errors:\n  line 2: field timer_type not found in type mapper.MetricMapping",
    ),
    "the second of two documents is not read": Example(
        "mappings: []\n---\nnonsense: [\n", [b"a:1|c"], 200, "a 1"
    ),
}
