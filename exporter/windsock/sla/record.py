"""What was: the record of every SLA, read from `record.db` in --state-dir.

    reader = Reader(state_dir)
    for entry in reader.of_dag("finance_daily", since=now - timedelta(days=30)):
        ...                                  # windsock.sla.entries.Entry, oldest first

It opens the file for each question, so that threads can share it, and it never writes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from windsock.errors import BadInput
from windsock.sla import recordfile
from windsock.sla.entries import Conditions, Entry, Outcome
from windsock.sla.recordfile import moment, seconds

_WAIT_SECONDS = 5.0


class Reader:
    """Answers from the record. All of its answers come oldest first.

    Args:
        folder: the state directory; None for a `windsock serve` without one, which remembers nothing.

    Every method raises BadInput, one line, where the file is missing or cannot be read.
    """

    def __init__(self, folder: Path | None) -> None:
        self._path = None if folder is None else folder / recordfile.NAME

    @property
    def kept(self) -> bool:
        """Whether there is a record at all; if not, every answer is empty."""
        return self._path is not None

    def of_dag(self, dag_id: str, since: datetime | None = None) -> tuple[Entry, ...]:
        """The entries of all SLAs of a DAG that held at `since` or later, by time."""
        rows = self._ask(
            "SELECT slas.sla, at, standing, since, cause, deadline, more FROM entries"
            " JOIN slas ON slas.id = entries.sla WHERE dag_id = ? ORDER BY slas.sla, entries.id",
            dag_id,
        )
        found = [each for each in _linked(dag_id, rows) if not since or not each.until or each.until > since]
        return tuple(sorted(found, key=lambda entry: (entry.at, entry.sla)))

    def outcomes(self, dag_id: str, sla: str, since: datetime | None = None) -> tuple[Outcome, ...]:
        """How the last deadlines of one SLA ended, at most a hundred of them."""
        rows = self._ask(
            "SELECT deadline, met, finish FROM outcomes JOIN slas ON slas.id = outcomes.sla"
            " WHERE dag_id = ? AND slas.sla = ? AND deadline >= ? ORDER BY deadline",
            *(dag_id, sla, seconds(since) if since else 0),
        )
        return tuple(
            Outcome(
                deadline=moment(deadline), met=bool(met), finish=None if finish is None else moment(finish)
            )
            for deadline, met, finish in rows
        )

    def conditions(self, since: datetime, until: datetime) -> tuple[Conditions, ...]:
        """What the platform was like: as it was at `since`, then every change up to `until`."""
        rows = self._ask(
            "SELECT at, what FROM conditions WHERE at <= ? AND id >= coalesce("
            "(SELECT max(id) FROM conditions WHERE at <= ?), 0) ORDER BY id",
            *(seconds(until), seconds(since)),
        )
        return tuple(recordfile.unpack_conditions(at, what) for at, what in rows)

    def dag_ids(self) -> tuple[str, ...]:
        """Every DAG that it speaks of, sorted."""
        return tuple(dag_id for (dag_id,) in self._ask("SELECT DISTINCT dag_id FROM slas ORDER BY 1"))

    def began(self) -> datetime | None:
        """How far back it goes; None where there is none."""
        rows = self._ask("SELECT began FROM history")
        return moment(rows[0][0]) if rows else None

    def changed(self) -> datetime | None:
        """When `windsock serve` was alive for the last time; None where there is no record."""
        return None if self._path is None else recordfile.last_change(self._path)

    def _ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows; none without a record."""
        path = self._path
        if path is None:
            return []
        if not path.is_file():
            raise BadInput(
                f"{path}: no such file; give the --state-dir of a `windsock serve` that has judged SLAs"
            )
        try:
            with closing(_connect(path)) as file:
                (version,) = file.execute("PRAGMA user_version").fetchone()
                if version == recordfile.VERSION:
                    return file.execute(question, values).fetchall()
        except sqlite3.Error as error:
            raise BadInput(f"{path}: cannot be read: {error}") from error
        raise BadInput(f"{path}: it has version {version}, this Windsock knows version {recordfile.VERSION}")


def _connect(path: Path) -> sqlite3.Connection:
    """Beside a writer its log is read too; without one nobody changes the file, and none is needed."""
    alone = not path.with_name(f"{path.name}-wal").exists()
    address = f"file:{quote(str(path.resolve()))}?mode=ro{'&immutable=1' if alone else ''}"
    return sqlite3.connect(address, uri=True, timeout=_WAIT_SECONDS)


def _linked(dag_id: str, rows: list[tuple[Any, ...]]) -> Iterator[Entry]:
    """Each with the time of the one that follows of the same SLA; the rows come by SLA."""
    before: Entry | None = None
    for sla, *row in rows:
        entry = recordfile.unpack(sla, dag_id, row)
        if before is not None:
            yield replace(before, until=entry.at) if before.sla == sla else before
        before = entry
    if before is not None:
        yield before
