"""What stands in for missing data does not count as data, and each exception is told."""

from __future__ import annotations

import re
from pathlib import Path

import promql_parser as promql
import pytest

from tests.support.dashboard_data import EXCUSES, unpadded

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("expr", "bare"),
    [
        ("a", "a"),
        ("a or vector(0)", "a"),
        ("a or on () vector(0)", "a"),
        ("max by (x) (a) or 0 * max by (x) (b)", "max by (x) (a)"),
        ("topk(5, a or b * 0)", "topk(5, a)"),
        ("(a or (0 * b)) > 0", "(a)"),
        ("a or b", "a or b"),
        ("topk(5, a > 0)", "topk(5, a)"),
        ("a and on (x) (b == 1)", "a and on (x) (b)"),
        ("sum(a > bool 0)", "sum(a > bool 0)"),
        ('(a or label_replace(vector(0), "x", "y", "", ""))', "(a)"),
        ("sum(rate(a[5m]) or 0 * b) / sum(c or vector(1))", "sum(rate(a[5m])) / sum(c)"),
    ],
)
def test_padding_is_taken_out(expr: str, bare: str) -> None:
    assert unpadded(expr) == promql.parse(bare).prettify()


def test_absent_is_refused() -> None:
    with pytest.raises(ValueError, match=r"absent\(\) has data where there is none"):
        unpadded("absent(a) or b")


def test_the_page_of_exceptions_has_each_with_its_reason() -> None:
    page = (DOCS / "dashboards-exceptions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", page, re.MULTILINE)
    assert rows == [(name, excuse.why, excuse.airflow) for name, excuse in EXCUSES.items()]
