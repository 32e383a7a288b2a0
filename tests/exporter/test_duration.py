from __future__ import annotations

import pytest

from windsock.duration import seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [("15s", 15.0), ("1m30s", 90.0), ("500ms", 0.5), ("0.5s", 0.5), ("2h", 7200.0), ("1d", 86400.0)],
)
def test_a_duration_is_written_as_prometheus_does(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "15", "s", "15 s", "-1s", "0s", "1x"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|no time"):
        seconds(text)
