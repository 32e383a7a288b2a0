"""What `windsock serve` must remember across a restart: one small file in --state-dir.

`state.json` holds a version and one section per owner (`sla`, `import_errors`, …). A section is JSON and its
owner alone knows its shape. Trouble with the file never stops the exporter: it is said once, shown by
`problem` and a metric, and the process goes on with what it has in memory.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from threading import Lock
from typing import Any

import structlog

from windsock.catalog.metadb import STATE_SAVED
from windsock.metric import Metric

_VERSION = 1
_FILE = "state.json"
_log = structlog.get_logger()

Section = dict[str, Any]


class State:
    """Sections by owner, written to disk at each change. Safe to use from several threads.

    Args:
        folder: the state directory, made if it is missing; None keeps everything in memory only.
    """

    def __init__(self, folder: Path | None) -> None:
        self._path = None if folder is None else folder / _FILE
        self._lock = Lock()
        self._unwritten = False
        self._problem: str | None = None
        self._sections: dict[str, Section] = {} if self._path is None else self._read(self._path)

    @property
    def problem(self) -> str | None:
        """Why the last change is not on disk, in one line; None if it is, or if no file is wanted."""
        return self._problem

    @property
    def persistent(self) -> bool:
        """Whether there is a state directory at all."""
        return self._path is not None

    def samples(self) -> Iterator[tuple[Metric, tuple[str, ...], float]]:
        """Whether the state is on disk, as a series; none without a state directory."""
        if self.persistent:
            yield STATE_SAVED, (), float(self._problem is None)

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
            if self._unwritten and self._path is not None:
                self._unwritten = not self._write(self._path)

    def _read(self, path: Path) -> dict[str, Section]:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._report(f"{path}: cannot be read: {error.strerror}")
            return {}
        try:
            return _decode(text)
        except ValueError as error:
            aside = path.with_name(f"{_FILE}.bad")
            try:
                path.replace(aside)
                kept = f"kept as {aside}"
            except OSError as failure:
                kept = f"it cannot be kept aside: {failure.strerror}"
            _log.warning(
                "state file not usable, starting with an empty one", file=str(path), why=str(error), kept=kept
            )
            return {}

    def _write(self, path: Path) -> bool:
        text = json.dumps(
            {"version": _VERSION, "sections": self._sections}, ensure_ascii=False, sort_keys=True
        )
        new = path.with_name(f"{_FILE}.new")
        try:
            # Whole and on disk before it takes the name, so that a crash leaves the old file or the new one.
            with new.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
            _sync_folder(path.parent)
        except OSError as error:
            self._report(f"{path}: cannot be written: {error.strerror}")
            return False
        if self._problem is not None:
            _log.info("state file is written again", file=str(path))
            self._problem = None
        return True

    def _report(self, problem: str) -> None:
        if problem != self._problem:
            _log.error("state is kept in memory only, a restart loses it", why=problem)
            self._problem = problem


def _decode(text: str) -> dict[str, Section]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON") from error
    version = data.get("version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > _VERSION:
        raise ValueError(f"it has version {version}, this Windsock knows version {_VERSION}")
    sections = data.get("sections") if isinstance(data, dict) else None
    if version != _VERSION or not isinstance(sections, dict):
        raise ValueError("it is not a state file of Windsock")
    if not all(isinstance(section, dict) for section in sections.values()):
        raise ValueError("it is not a state file of Windsock")
    return sections


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
