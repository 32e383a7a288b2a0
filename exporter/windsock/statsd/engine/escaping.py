"""Names of metrics and labels as Prometheus takes them."""

from __future__ import annotations

import re

# A run of dashes becomes one underscore; any other stranger becomes one each.
_STRANGE = re.compile(r"-+|[^a-zA-Z0-9_]")


def escape(name: str) -> str:
    """The name with `_` for every character that a metric's name cannot have; `""` stays `""`."""
    escaped = _STRANGE.sub("_", name)
    return f"_{escaped}" if name[:1] in set("0123456789") and name else escaped
