"""`acknowledged.json` in --state-dir: `windsock sla ack` writes it, `windsock serve` follows it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from windsock.errors import BadInput
from windsock.sla.acknowledgement import Acknowledgement

NAME = "acknowledged.json"
_VERSION = 1
_log = structlog.get_logger()

# An SLA by its name and DAG.
Key = tuple[str, str]


class _Given(BaseModel):
    """One, as it is written."""

    model_config = ConfigDict(extra="forbid")
    sla: str
    dag_id: str
    by: str
    reason: str
    at: AwareDatetime
    until: AwareDatetime


class _File(BaseModel):
    """All of them."""

    model_config = ConfigDict(extra="forbid")
    version: int
    acknowledged: tuple[_Given, ...]


class Acknowledgements:
    """What counts now, as of the last call of `check`; only one thread uses it.

    Args:
        folder: the state directory; None for none at all.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._seen: object = None
        self._given: Mapping[Key, Acknowledgement] = {}

    def check(self) -> None:
        """Read the file if it has changed; one that is wrong is told once and changes nothing."""
        if self._folder is None:
            return
        stamp = _stamp(self._folder / NAME)
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            given = read(self._folder)
        except BadInput as error:
            _log.error("acknowledgements cannot be used, the last good ones count", why=str(error))
            return
        for (sla, dag_id), one in given.items() - self._given.items():
            _log.info("breach acknowledged", sla=sla, dag_id=dag_id, by=one.by, until=one.until.isoformat())
        self._given = given

    def of(self, key: Key, now: datetime) -> Acknowledgement | None:
        """The one that lasts still."""
        found = self._given.get(key)
        return found if found is not None and found.until > now else None


def read(folder: Path) -> dict[Key, Acknowledgement]:
    """All that were given, also those that have expired; none without a file.

    Raises:
        BadInput: one line, where the file cannot be read or is not ours.
    """
    path = folder / NAME
    try:
        found = _File.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise BadInput(f"{path}: it is not a file of `windsock sla ack`; remove it") from error
    if found.version != _VERSION:
        raise BadInput(f"{path}: it has version {found.version}, this Windsock knows version {_VERSION}")
    return {
        (one.sla, one.dag_id): Acknowledgement(by=one.by, reason=one.reason, at=one.at, until=one.until)
        for one in found.acknowledged
    }


@contextmanager
def changing(folder: Path, now: datetime) -> Iterator[dict[Key, Acknowledgement]]:
    """Read it, let the caller change it, and write it without what has expired; nobody else does meanwhile.

    Raises:
        BadInput: it cannot be read or written.
    """
    import fcntl  # noqa: PLC0415 (judging SLAs must not need what only Unix has)

    path = folder / NAME
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise BadInput(f"{folder}: cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        given = read(folder)
        yield given
        _write(path, {key: one for key, one in given.items() if one.until > now})
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        os.close(handle)


def _write(path: Path, given: Mapping[Key, Acknowledgement]) -> None:
    rows = [
        {
            "sla": sla,
            "dag_id": dag_id,
            "by": one.by,
            "reason": one.reason,
            "at": one.at.isoformat(),
            "until": one.until.isoformat(),
        }
        for (sla, dag_id), one in sorted(given.items())
    ]
    new = path.with_name(f"{NAME}.new")
    with new.open("w", encoding="utf-8") as file:
        json.dump({"version": _VERSION, "acknowledged": rows}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _stamp(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
