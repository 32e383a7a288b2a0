"""Generated mappings and lines, and old keys, through our engine and statsd_exporter 0.30"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.differential.binary import Theirs
from tests.differential.run import compare, sessions
from tests.differential.session import Case, Ours, describe, differences
from tests.support.statsd import ROOT
from windsock.statsd.engine.dialect import V0_30
from windsock.statsd.engine.line import ALL_STYLES

_PROGRAM = str(ROOT / ".bin" / "older" / "statsd_exporter")
_CASES = 5000
_QUANTILES = "[{quantile: 0.2, error: 0.1}]"
_RULES = {
    "timer_type and buckets": "{match: a, name: one, timer_type: histogram, buckets: [1, 2]}",
    "buckets at both places": "{match: a, name: one, observer_type: histogram, buckets: [1],"
    " histogram_options: {buckets: [3]}}",
    "observer_type beats timer_type": "{match: a, name: one, observer_type: summary, timer_type: histogram}",
    "quantiles": f"{{match: a, name: one, timer_type: summary, quantiles: {_QUANTILES}}}",
    "quantiles at both places": f"{{match: a, name: one, timer_type: summary, quantiles: {_QUANTILES},"
    f" summary_options: {{quantiles: {_QUANTILES}}}}}",
    "quantiles of a histogram": f"{{match: a, name: one, timer_type: histogram, quantiles: {_QUANTILES}}}",
    "the type timer": "{match: a, name: one, match_metric_type: timer}",
    "a wrong timer_type": "{match: a, name: one, timer_type: x}",
    "the last of two keys": "{match: a, name: one, name: two, labels: {aa: b, aa: c}}",
    "an unknown key": "{match: a, name: one, foo: two}",
    "$0": "{match: '*', name: one, labels: {whole: x$0}}",
}
_DEFAULTS = {
    "defaults with buckets": "{timer_type: histogram, buckets: [7, 8]}",
    "defaults with buckets at both places": "{timer_type: histogram, buckets: [7],"
    " histogram_options: {buckets: [9]}}",
    "defaults with quantiles": f"{{quantiles: {_QUANTILES}}}",
}


def test_no_generated_case_differs(tmp_path: Path) -> None:
    report = compare(range(1, 1 + sessions(_CASES)), tmp_path, program=_PROGRAM, dialect=V0_30)
    print(report.table())
    assert not report.differences, "\n\n".join(report.differences[:3])


@pytest.mark.parametrize("name", [*_RULES, *_DEFAULTS])
def test_an_old_key_does_the_same_in_both(name: str, tmp_path: Path) -> None:
    rule = _RULES.get(name, "{match: a, name: one}")
    mapping = f"defaults: {_DEFAULTS.get(name, '{}')}\nmappings:\n- {rule}\n"
    case = Case(0, mapping, (b"a:1500|ms", b"b:1|ms", b"c:1|c|T5"), frozenset())
    expected = Ours(ALL_STYLES, V0_30).run(case)
    theirs = Theirs(tmp_path, [], _PROGRAM)
    try:
        found = differences(expected, theirs.run(case, expected, 2))
    finally:
        theirs.close()
    assert not found, describe(case, found)
