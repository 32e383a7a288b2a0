"""A hundred thousand generated mappings and lines through our engine and the real statsd_exporter"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.differential.run import compare, sessions

_CASES, _PARTS = 100_000, 20


@pytest.mark.parametrize("part", range(_PARTS))
def test_no_generated_case_differs(part: int, tmp_path: Path) -> None:
    each = sessions(_CASES // _PARTS)
    # Not the cases that `make test` has.
    start = 1_000_000 + part * each
    report = compare(range(start, start + each), tmp_path)
    print(report.table())
    assert report.cases >= _CASES // _PARTS
    assert not report.differences, "\n\n".join(report.differences[:3])
