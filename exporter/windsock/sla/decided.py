"""How one deadline ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A deadline that was decided; each is counted once, however often its run is cleared later.

    Attributes:
        deadline: as it was then.
        met: whether the promise was kept.
        finish: when it was done; None for a miss that nothing has made up for (yet).
    """

    deadline: datetime
    met: bool
    finish: datetime | None = None
