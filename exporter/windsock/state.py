"""What `windsock serve` must remember across a restart, by owner: SLA breaches, broken files and the like.

It lies in `state.json` in --state-dir; counters have a file of their own (`windsock.counters`), because they
change in every cycle.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from threading import Lock
from typing import Any

from windsock.statefile import Section, StateFile, encode

_FILE = "state.json"


class State:
    """Sections by owner, written to disk at each change. Safe to use from several threads.

    A section is JSON and its owner alone knows its shape.

    Args:
        folder: the state directory, made if it is missing; None keeps everything in memory only.
    """

    def __init__(self, folder: Path | None) -> None:
        self.file = StateFile(folder, _FILE)
        self._lock = Lock()
        self._unwritten = False
        self._sections: dict[str, Section] = self.file.read()

    @property
    def problem(self) -> str | None:
        """Why the last change is not on disk, in one line; None if it is, or if no file is wanted."""
        return self.file.problem

    @property
    def persistent(self) -> bool:
        """Whether there is a state directory at all."""
        return self.file.persistent

    def section(self, owner: str) -> Section:
        """A copy of the owner's section; empty if there is none."""
        with self._lock:
            return deepcopy(self._sections.get(owner, {}))

    def put(self, owner: str, data: Mapping[str, Any]) -> None:
        """Replace the owner's section; writes the file if that changes anything, and never raises OSError.

        A change that could not be written is tried again at the next call, whoever makes it.
        """
        with self._lock:
            if self._sections.get(owner, {}) != data:
                self._sections[owner] = deepcopy(dict(data))
                self._unwritten = True
            if self._unwritten:
                text = {each: encode(section) for each, section in self._sections.items()}
                self._unwritten = not self.file.write(text)
