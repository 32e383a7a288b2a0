"""The file of the record, `record.db` in --state-dir: its tables, and how their rows are packed.

SQLite, written by one thread of `windsock serve` and read by anybody, also while nothing serves. Times are
whole epoch seconds. What most entries have no use for is packed into one small blob.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import structlog

from windsock.sla.acknowledgement import Acknowledgement
from windsock.sla.causes import Cause
from windsock.sla.entries import Conditions, Entry
from windsock.sla.evidence import Evidence
from windsock.sla.prediction import Prediction
from windsock.sla.status import Standing

NAME = "record.db"
# Of the tables and of what they hold; a file of another version is kept aside.
VERSION = 1
REMOVED = "removed"
TABLES = """
CREATE TABLE history (began INTEGER NOT NULL);
CREATE TABLE slas (id INTEGER PRIMARY KEY, dag_id TEXT NOT NULL, sla TEXT NOT NULL, UNIQUE (dag_id, sla));
CREATE TABLE entries (
  id INTEGER PRIMARY KEY, sla INTEGER NOT NULL, at INTEGER NOT NULL, standing TEXT NOT NULL,
  since INTEGER NOT NULL, cause TEXT, deadline INTEGER, more BLOB NOT NULL
);
CREATE INDEX entries_of ON entries (sla);
CREATE TABLE outcomes (
  sla INTEGER NOT NULL, deadline INTEGER NOT NULL, met INTEGER NOT NULL, finish INTEGER,
  PRIMARY KEY (sla, deadline)
) WITHOUT ROWID;
CREATE TABLE conditions (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL);
"""
_log = structlog.get_logger()
# Texts that come again in most blobs, the most frequent ones at the end.
_WORDS = (
    b" slots used minutes has run for took usually weekend success_ratio max_start_delay max_run_time"
    b" after start after due after last success of the last runs default_pool default"
    b" tasks wait in the queue now (the last 60 runs) usually takes  h  min Europe/Berlin UTC"
    b'"acknowledged": ["prediction": ["timezone": "max_age", "kind": "finish_by", "severity": "ticket",'
    b' "severity": "page", "team": "default", "evidence": ["scheduled__2026-01-01T00:00:00+00:00", "", ""'
    b'{"deadline_text": "06:30", '
)


def seconds(at: datetime) -> int:
    """As the file has it."""
    return int(at.timestamp())


def moment(at: int) -> datetime:
    """And back."""
    return datetime.fromtimestamp(at, timezone.utc)


def pack(entry: Entry) -> bytes:
    """What an entry has besides its columns."""
    data: dict[str, Any] = {
        "deadline_text": entry.deadline_text,
        "team": entry.team,
        "severity": entry.severity,
        "kind": entry.kind,
    }
    if entry.timezone != "UTC":
        data["timezone"] = entry.timezone
    seen = entry.evidence
    if seen != Evidence():
        data["evidence"] = [seen.run_id, seen.task_id, seen.pool, seen.queue, seen.detail]
    made = entry.prediction
    if made is not None:
        data["prediction"] = [int(made.p50), int(made.p90), round(made.miss, 3), made.runs, *made.words]
    if (ack := entry.acknowledged) is not None:
        data["acknowledged"] = [ack.by, ack.reason, seconds(ack.at), seconds(ack.until)]
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_WORDS)
    return packer.compress(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")) + packer.flush()


def unpack(sla: str, dag_id: str, row: Sequence[Any]) -> Entry:
    """An entry from its columns `at, standing, since, cause, deadline, more`."""
    at, standing, since, cause, deadline, more = row
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_WORDS)
    data = json.loads(unpacker.decompress(more))
    return Entry(
        sla=sla,
        dag_id=dag_id,
        at=moment(at),
        standing=None if standing == REMOVED else Standing(standing),
        since=moment(since),
        cause=None if cause is None else _cause(cause),
        deadline=None if deadline is None else moment(deadline),
        kind=data["kind"],
        team=data["team"],
        severity=data["severity"],
        deadline_text=data["deadline_text"],
        timezone=data.get("timezone", "UTC"),
        evidence=Evidence(**dict(zip(Evidence.__slots__, data.get("evidence", ()), strict=False))),
        prediction=_prediction(data),
        acknowledged=_acknowledged(data),
    )


def _cause(name: str) -> Cause:
    """A cause that a later version has and this one has not is unknown."""
    try:
        return Cause(name)
    except ValueError:
        return Cause.UNKNOWN


def _prediction(data: Mapping[str, Any]) -> Prediction | None:
    if "prediction" not in data:
        return None
    p50, p90, miss, runs, *words = data["prediction"]
    return Prediction(p50=p50, p90=p90, miss=miss, runs=runs, words=tuple(words))


def _acknowledged(data: Mapping[str, Any]) -> Acknowledgement | None:
    if "acknowledged" not in data:
        return None
    by, reason, at, until = data["acknowledged"]
    return Acknowledgement(by=by, reason=reason, at=moment(at), until=moment(until))


def pack_conditions(found: Conditions) -> str:
    """All but the time, as JSON; what is as it should be is left out."""
    plain = Conditions(at=found.at)
    names = (name for name in Conditions.__slots__ if name != "at")
    return json.dumps(
        {name: value for name in names if (value := getattr(found, name)) != getattr(plain, name)},
        ensure_ascii=False,
    )


def unpack_conditions(at: int, text: str) -> Conditions:
    """And back."""
    data = json.loads(text)
    lists = {name: tuple(value) for name, value in data.items() if isinstance(value, list)}
    return Conditions(at=moment(at), **{**data, **lists})


def last_change(path: Path) -> datetime | None:
    """Of the record and of what is kept beside it, counters for example; None without a record."""
    if not path.is_file():
        return None
    files = (path, path.with_name(f"{path.name}-wal"), *path.parent.glob("*.json"))
    newest = max(file.stat().st_mtime for file in files if file.is_file())
    return datetime.fromtimestamp(newest, timezone.utc)


def open_for_writing(path: Path, *, check: bool) -> sqlite3.Connection:
    """The file, made if it is missing; one that is not usable is kept aside, and the record begins anew.

    Args:
        path: where it stands.
        check: look through all of it.

    Raises:
        sqlite3.Error, OSError: it cannot be opened or made, e.g. for lack of room.
    """
    try:
        return _opened(path, check=check)
    except sqlite3.OperationalError:
        raise
    except (sqlite3.DatabaseError, ValueError) as error:
        _keep_aside(path, str(error))
        return _opened(path, check=False)


def _opened(path: Path, *, check: bool) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
    try:
        version = _version(file, check=check)
        # Readers and the writer do not wait for each other, and what is committed outlives kill -9.
        file.execute("PRAGMA journal_mode = WAL").fetchone()
        file.execute("PRAGMA synchronous = NORMAL")
        if version != VERSION:
            file.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
            file.execute("INSERT INTO history VALUES (?)", (seconds(datetime.now(timezone.utc)),))
    except BaseException:
        file.close()
        raise
    return file


def _version(file: sqlite3.Connection, *, check: bool) -> int:
    """Ours, or 0 for an empty file; ValueError for any other and for a damaged file."""
    version: int = file.execute("PRAGMA user_version").fetchone()[0]
    (tables,) = file.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if version != VERSION and (version or tables):
        raise ValueError(f"it has version {version}, this Windsock knows version {VERSION}")
    if check and (found := file.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise ValueError(f"it is damaged: {found}")
    return version


def _keep_aside(path: Path, why: str) -> None:
    aside = path.with_name(f"{path.name}.bad")
    for tail in ("-wal", "-shm"):
        path.with_name(f"{path.name}{tail}").unlink(missing_ok=True)
    path.replace(aside)
    _log.warning(
        "record not usable, starting with an empty one", file=str(path), why=why, kept=f"kept as {aside}"
    )
