"""One small file of JSON in --state-dir, written whole; trouble with it never stops anything.

It holds a version and one section per owner. Trouble is said once, shown by `problem` and a metric, and the
owner goes on with what is in memory.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import structlog

from windsock.catalog.metadb import STATE_SAVED
from windsock.metric import Metric

_VERSION = 1
_log = structlog.get_logger()

Section = dict[str, Any]


class StateFile:
    """Reads once, writes often. One thread at a time may write.

    Args:
        folder: the state directory, made if it is missing; None means that nothing is ever on disk.
        name: the file in it.
    """

    def __init__(self, folder: Path | None, name: str) -> None:
        self._path = None if folder is None else folder / name
        self._problem: str | None = None

    @property
    def problem(self) -> str | None:
        """Why the last change is not on disk, in one line; None if it is, or if no file is wanted."""
        return self._problem

    @property
    def persistent(self) -> bool:
        """Whether there is a state directory at all."""
        return self._path is not None

    def read(self) -> dict[str, Section]:
        """What was written last; a file that is not usable is kept aside, and the state begins empty."""
        if self._path is None:
            return {}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._report(f"{self._path}: cannot be read: {error.strerror}")
            return {}
        try:
            return _decode(text)
        except ValueError as error:
            self._keep_aside(self._path, str(error))
            return {}

    def write(self, sections: Mapping[str, str]) -> bool:
        """Replace the file, given each section as JSON text; True once it is on disk, or none is wanted."""
        if self._path is None:
            return True
        body = ", ".join(f"{json.dumps(owner)}: {text}" for owner, text in sorted(sections.items()))
        new = self._path.with_name(f"{self._path.name}.new")
        try:
            # Whole and on disk before it takes the name, so that a crash leaves the old file or the new one.
            with new.open("w", encoding="utf-8") as file:
                file.write(f'{{"version": {_VERSION}, "sections": {{{body}}}}}')
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
            _sync_folder(self._path.parent)
        except OSError as error:
            self._report(f"{self._path}: cannot be written: {error.strerror}")
            return False
        if self._problem is not None:
            _log.info("state file is written again", file=str(self._path))
            self._problem = None
        return True

    def _keep_aside(self, path: Path, why: str) -> None:
        aside = path.with_name(f"{path.name}.bad")
        try:
            path.replace(aside)
            kept = f"kept as {aside}"
        except OSError as failure:
            kept = f"it cannot be kept aside: {failure.strerror}"
        _log.warning("state file not usable, starting with an empty one", file=str(path), why=why, kept=kept)

    def _report(self, problem: str) -> None:
        if problem != self._problem:
            _log.error("state is kept in memory only, a restart loses it", why=problem)
            self._problem = problem


class Kept(Protocol):
    """A file that should outlive the process."""

    @property
    def persistent(self) -> bool:
        """Whether it is wanted at all."""

    @property
    def problem(self) -> str | None:
        """Why it is not on disk as it should be."""


def samples(files: Iterable[Kept]) -> Iterator[tuple[Metric, tuple[str, ...], float]]:
    """Whether all of the files are on disk, as one series; none without a state directory."""
    persistent = [file for file in files if file.persistent]
    if persistent:
        yield STATE_SAVED, (), float(all(file.problem is None for file in persistent))


def encode(data: Any) -> str:
    """A section, or a part of one, as the file holds it."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True)


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
