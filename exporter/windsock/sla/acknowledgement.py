"""Breaches that somebody has acknowledged: who, why and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """It ends the breaches whose deadlines lie before `at`, until it expires.

    Attributes:
        by: the system user.
        reason: in their words.
        at: when it was given.
        until: when it expires.
    """

    by: str
    reason: str
    at: datetime
    until: datetime
