"""What the linter says: a code for a class of mistakes, and one mistake at one place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(str, Enum):
    """How bad it is; errors and warnings make the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Code:
    """A class of mistakes.

    Attributes:
        id: `WS201`.
        severity: how bad it is.
        title: the mistake in a few words.
        why: what goes wrong at run time.
        fix: what to do.
    """

    id: str
    severity: Severity
    title: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake.

    Attributes:
        code: its class.
        line: where, from 1.
        message: one sentence about this place.
    """

    code: Code
    line: int
    message: str
