"""`slas.yaml` while `windsock serve` runs: a changed file counts at once, a wrong one does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import structlog

from windsock.catalog import sla as catalog
from windsock.figures import Sample
from windsock.follow import Follower
from windsock.sla.register import Register
from windsock.sla.slafile import load

_log = structlog.get_logger()


class Reloader:
    """Follows one file. Its register holds the last good state of it.

    Args:
        path: the file; what `register` holds was read from it.
        register: where to put what it says.
    """

    def __init__(self, path: Path, register: Register) -> None:
        self._file = Follower(path, load, what="sla file")
        self._register = register

    @property
    def problem(self) -> str | None:
        """What is wrong with the file as it is now, in one line; None if it is the one that counts."""
        return self._file.problem

    def check(self, *, anyway: bool = False) -> None:
        """Read the file if it has changed since the last time, or `anyway`; never raises."""
        slas = self._file.look(anyway=anyway)
        if slas is not None and slas != self._register.slas:
            self._register.replace(slas)
            _log.info("sla file loaded", file=str(self._file.path), slas=len(slas.entries))

    def samples(self) -> Iterator[Sample]:
        """Whether the file is the one that counts, and since when that one does."""
        yield catalog.SLA_FILE_GOOD, (), float(self.problem is None)
        yield catalog.SLA_FILE_LOADED, (), self._file.loaded.timestamp()
