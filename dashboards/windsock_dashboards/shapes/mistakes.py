"""A mistake in the code of a dashboard; `located` adds the module and the line that made it."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

# So many choices are told in full; of more, only the nearest.
_FEW = 12


class DashboardError(ValueError):
    """Code of a dashboard names what does not exist, or shows what nobody should read that way."""


def no_such(what: str, name: str, known: Collection[str]) -> DashboardError:
    """`name` is no `what`; tells the nearest ones that are, or all if they are few."""
    near = list(known) if len(known) <= _FEW else get_close_matches(name, known, n=3, cutoff=0.5)
    choices = f"; choose from {', '.join(near)}" if near else ""
    return DashboardError(f"{name!r} is no {what}{choices}")
