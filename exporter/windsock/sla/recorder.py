"""Writes the record: append only, bounded by age and size; trouble with it is said and stops nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import monotonic

import structlog

from windsock.sla import recordfile
from windsock.sla.entries import Conditions, Entry, Outcome
from windsock.sla.recordfile import seconds

# An SLA by its name and DAG.
Key = tuple[str, str]

_KEPT = timedelta(days=90)
# With the log that SQLite keeps beside it, and what comes until it is looked at again: below 50 MB.
_MOST_BYTES = 44_000_000
# Of one SLA: a daily deadline's for as long as its entries stay.
_MOST_OUTCOMES = 100
_PRUNE_SECONDS = 3600.0
# What goes at once where the file is too big.
_SHARE = 0.1
# So many entries wait in memory while nothing can be written.
_MOST_WAITING = 50_000
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What one judgement adds.

    Attributes:
        entries: of SLAs that changed.
        outcomes: deadlines that were decided.
        ends: of breaches: what was missed was done then.
        conditions: the platform, if that changed.
    """

    entries: Sequence[Entry] = ()
    outcomes: Sequence[tuple[Key, Outcome]] = ()
    ends: Sequence[tuple[Key, datetime]] = ()
    conditions: Sequence[Conditions] = ()

    def __bool__(self) -> bool:
        return bool(self.entries or self.outcomes or self.ends or self.conditions)

    def __add__(self, other: News) -> News:
        """Both, as far as they may wait: the oldest are given up."""
        return News(
            entries=(*self.entries, *other.entries)[-_MOST_WAITING:],
            outcomes=(*self.outcomes, *other.outcomes)[-_MOST_WAITING:],
            ends=(*self.ends, *other.ends)[-_MOST_WAITING:],
            conditions=(*self.conditions, *other.conditions)[-_MOST_WAITING:],
        )


class Recorder:
    """The one writer of the file; only one thread at a time may use it.

    Args:
        folder: the state directory; None keeps no record.
        kept: how long entries stay.
        most_bytes: how big the file may become; the oldest goes first.

    Attributes:
        stopped: when the process that wrote it before was alive for the last time; None for a new record.
    """

    def __init__(
        self, folder: Path | None, *, kept: timedelta = _KEPT, most_bytes: int = _MOST_BYTES
    ) -> None:
        self._path = None if folder is None else folder / recordfile.NAME
        self._kept, self._most_bytes = kept, most_bytes
        self.stopped = None if self._path is None else recordfile.last_change(self._path)
        self._file: sqlite3.Connection | None = None
        self._trusted = False
        self._ids: dict[Key, int] = {}
        self._waiting = News()
        self._pruned: float | None = None
        self._problem: str | None = None

    @property
    def problem(self) -> str | None:
        """Why the last entries are not on disk, in one line; None if they are, or none are wanted."""
        return self._problem

    @property
    def persistent(self) -> bool:
        """Whether there is a record at all."""
        return self._path is not None

    def last(self) -> dict[Key, Entry]:
        """The newest entry of every SLA that is on disk."""
        if self._path is None:
            return {}
        try:
            rows = self._opened(self._path).execute(
                "SELECT slas.sla, dag_id, at, standing, since, cause, deadline, more FROM entries"
                " JOIN slas ON slas.id = entries.sla"
                " WHERE entries.id IN (SELECT max(id) FROM entries GROUP BY sla)"
            )
            return {(sla, dag_id): recordfile.unpack(sla, dag_id, row) for sla, dag_id, *row in rows}
        except (sqlite3.Error, OSError) as error:
            self._failed(error)
            return {}

    def write(self, news: News) -> None:
        """Add it, with what waits since an earlier write failed; never raises."""
        if self._path is None:
            return
        self._waiting += news
        if not self._waiting:
            return
        try:
            file = self._opened(self._path)
            with file:
                file.execute("BEGIN")
                self._add(file, self._waiting)
            self._waiting = News()
            self._prune(file)
        except (sqlite3.Error, OSError) as error:
            self._failed(error)
            return
        if self._problem is not None:
            _log.info("record is written again", file=str(self._path))
            self._problem = None

    def close(self) -> None:
        """Give the file back; a later write opens it again."""
        if self._file is not None:
            with suppress(sqlite3.Error):
                self._file.close()
            self._file = None
            self._ids = {}

    def _opened(self, path: Path) -> sqlite3.Connection:
        if self._file is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = recordfile.open_for_writing(path, check=not self._trusted)
            self._trusted = True
            rows = self._file.execute("SELECT id, sla, dag_id FROM slas")
            self._ids = {(sla, dag_id): id_ for id_, sla, dag_id in rows}
        return self._file

    def _failed(self, error: sqlite3.Error | OSError) -> None:
        # A full disk says nothing against the file; anything but an OperationalError does.
        self._trusted = isinstance(error, sqlite3.OperationalError)
        self.close()
        problem = f"{self._path}: cannot be written: {error}"
        if problem != self._problem:
            _log.error("what happens to SLAs is not recorded", why=problem)
            self._problem = problem

    def _add(self, file: sqlite3.Connection, news: News) -> None:
        file.executemany(
            "INSERT INTO entries (sla, at, standing, since, cause, deadline, more)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    self._id(file, (entry.sla, entry.dag_id)),
                    seconds(entry.at),
                    entry.standing.value if entry.standing else recordfile.REMOVED,
                    seconds(entry.since),
                    entry.cause.value if entry.cause else None,
                    None if entry.deadline is None else seconds(entry.deadline),
                    recordfile.pack(entry),
                )
                for entry in news.entries
            ),
        )
        for key, outcome in news.outcomes:
            finish = None if outcome.finish is None else seconds(outcome.finish)
            file.execute(
                "INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?)",
                (self._id(file, key), seconds(outcome.deadline), outcome.met, finish),
            )
        for id_ in {self._id(file, key) for key, _ in news.outcomes}:
            file.execute(
                "DELETE FROM outcomes WHERE sla = ? AND deadline < (SELECT deadline FROM outcomes"
                " WHERE sla = ? ORDER BY deadline DESC LIMIT 1 OFFSET ?)",
                (id_, id_, _MOST_OUTCOMES - 1),
            )
        for key, end in news.ends:
            file.execute(
                "UPDATE outcomes SET finish = ? WHERE sla = ? AND NOT met AND finish IS NULL",
                (seconds(end), self._id(file, key)),
            )
        file.executemany(
            "INSERT INTO conditions (at, what) VALUES (?, ?)",
            ((seconds(each.at), recordfile.pack_conditions(each)) for each in news.conditions),
        )

    def _id(self, file: sqlite3.Connection, key: Key) -> int:
        if key not in self._ids:
            found = file.execute("INSERT INTO slas (sla, dag_id) VALUES (?, ?)", key).lastrowid
            self._ids[key] = found or 0
        return self._ids[key]

    def _prune(self, file: sqlite3.Connection) -> None:
        """Now and then: what is too old, then the oldest until the rest has room."""
        if self._pruned is not None and monotonic() - self._pruned < _PRUNE_SECONDS:
            return
        self._pruned = monotonic()
        self._cut(file, seconds(datetime.now(timezone.utc) - self._kept))
        while (before := _used(file)) > self._most_bytes:
            (count,) = file.execute("SELECT count(*) FROM entries").fetchone()
            oldest = file.execute(
                "SELECT at FROM entries ORDER BY at LIMIT 1 OFFSET ?", (int(count * _SHARE),)
            ).fetchone()
            self._cut(file, oldest[0] + 1 if oldest else 0)
            if _used(file) >= before:
                return

    def _cut(self, file: sqlite3.Connection, before: int) -> None:
        """Forget what was before; of each SLA the entry that held then stays, unless it was removed then."""
        with file:
            file.execute("BEGIN")
            file.execute(
                "DELETE FROM entries WHERE at < ? AND (standing = ? OR id NOT IN"
                " (SELECT max(id) FROM entries WHERE at < ? GROUP BY sla))",
                (before, recordfile.REMOVED, before),
            )
            file.execute("DELETE FROM outcomes WHERE deadline < ?", (before,))
            file.execute(
                "DELETE FROM conditions WHERE at < ? AND id < (SELECT max(id) FROM conditions WHERE at < ?)",
                (before, before),
            )
            file.execute("DELETE FROM slas WHERE id NOT IN (SELECT sla FROM entries)")
            file.execute("DELETE FROM outcomes WHERE sla NOT IN (SELECT id FROM slas)")
            file.execute("UPDATE history SET began = max(began, ?)", (before,))
        rows = file.execute("SELECT id, sla, dag_id FROM slas")
        self._ids = {(sla, dag_id): id_ for id_, sla, dag_id in rows}


def _used(file: sqlite3.Connection) -> int:
    """Bytes that hold something; free pages are used again."""
    (pages,) = file.execute("PRAGMA page_count").fetchone()
    (free,) = file.execute("PRAGMA freelist_count").fetchone()
    (size,) = file.execute("PRAGMA page_size").fetchone()
    return int((pages - free) * size)
