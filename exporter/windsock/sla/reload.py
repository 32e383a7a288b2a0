"""`slas.yaml` while `windsock serve` runs: a changed file counts at once, a wrong one does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import structlog

from windsock.catalog import sla as catalog
from windsock.errors import BadInput
from windsock.figures import Sample
from windsock.sla.register import Register
from windsock.sla.slafile import load

_log = structlog.get_logger()


class Reloader:
    """Follows one file. Its register holds the last good state of it.

    Args:
        path: the file; what `register` holds was read from it.
        register: where to put what it says.

    Attributes:
        problem: what is wrong with the file as it is now, in one line; None if it is the one that counts.
    """

    def __init__(self, path: Path, register: Register) -> None:
        self._path = path
        self._register = register
        # Nothing was seen yet: the file may have changed since it was read.
        self._seen: tuple[int, int, int] | str | None = "nothing"
        self._loaded = datetime.now(timezone.utc)
        self.problem: str | None = None

    def check(self, *, anyway: bool = False) -> None:
        """Read the file if it has changed since the last time, or `anyway`; never raises.

        A file that is wrong, or gone, is told once and changes nothing.
        """
        stamp = _stamp(self._path)
        if stamp == self._seen and not anyway:
            return
        self._seen = stamp
        try:
            slas = load(self._path)
        except BadInput as error:
            self.problem = str(error)
            _log.error("sla file is wrong, the last good one counts", why=self.problem)
            return
        self.problem = None
        self._loaded = datetime.now(timezone.utc)
        if slas != self._register.slas:
            self._register.replace(slas)
            _log.info("sla file loaded", file=str(self._path), slas=len(slas.entries))

    def samples(self) -> Iterator[Sample]:
        """Whether the file is the one that counts, and since when that one does."""
        yield catalog.SLA_FILE_GOOD, (), float(self.problem is None)
        yield catalog.SLA_FILE_LOADED, (), self._loaded.timestamp()


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Changes with every way to replace a file, also when a link on the way to it is changed."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
