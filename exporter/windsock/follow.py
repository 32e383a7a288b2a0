"""A user's file while `windsock serve` runs: a changed one counts at once, a wrong one does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from windsock.errors import BadInput

T = TypeVar("T")
_log = structlog.get_logger()


class Follower(Generic[T]):
    """Follows one file.

    Args:
        path: the file; it was read, and was good, a moment ago.
        load: reads it; raises BadInput if it is wrong.
        what: what the log calls it, e.g. `sla file`.

    Attributes:
        problem: what is wrong with the file as it is now, in one line; None if it is the one that counts.
        loaded: when the one that counts was read.
    """

    def __init__(self, path: Path, load: Callable[[Path], T], *, what: str) -> None:
        self.path = path
        self._load = load
        self._what = what
        # Nothing was seen yet: the file may have changed since it was read.
        self._seen: tuple[int, int, int] | str | None = "nothing"
        self.problem: str | None = None
        self.loaded = datetime.now(timezone.utc)

    def look(self, *, anyway: bool = False) -> T | None:
        """What the file says, if it has changed since the last look, or `anyway`; never raises.

        None if nothing is new. A file that is wrong, or gone, is told once and changes nothing.
        """
        stamp = _stamp(self.path)
        if stamp == self._seen and not anyway:
            return None
        self._seen = stamp
        try:
            found = self._load(self.path)
        except BadInput as error:
            self.problem = str(error)
            _log.error(f"{self._what} is wrong, the last good one counts", why=self.problem)
            return None
        self.problem = None
        self.loaded = datetime.now(timezone.utc)
        return found


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Changes with every way to replace a file, also when a link on the way to it is changed."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
