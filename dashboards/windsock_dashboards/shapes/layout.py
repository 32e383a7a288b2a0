"""A built dashboard as JSON: its bytes, and what stands where on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def text(dashboard: Mapping[str, Any]) -> str:
    """The same bytes for the same values."""
    return json.dumps(dashboard, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def every_panel(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each panel and row, those in collapsed rows too, with the title of the row that it stands in."""
    row = ""
    for panel in dashboard["panels"]:
        if panel["type"] != "row":
            yield row, panel
            continue
        row = panel.get("title", "")
        yield "", panel
        yield from ((row, nested) for nested in panel.get("panels", ()))
