"""A hot standby that the slow tier reads: what time it shows, and how far that is behind the primary."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import NamedTuple

from windsock.metadb.database import Database
from windsock.metadb.statement import Statement
from windsock.metadb.trouble import ReadError, Trouble

# Seconds to wait for what was written a moment ago.
_PAUSES = (0.1, 0.3, 0.6)


class Standing(NamedTuple):
    """The replica's clock, and how old the data are that it shows."""

    now: datetime
    lag: timedelta


class _Written(NamedTuple):
    position: str | None


class _Replayed(NamedTuple):
    now: datetime
    recovering: bool
    caught_up: bool | None
    idle: bool | None
    replayed: datetime | None


# Where the primary has arrived; NULL if it is a standby itself.
_WRITTEN = Statement(
    name="wal_position",
    row=_Written,
    sql="SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_lsn()::text END AS position",
)
# A standby that lost its primary has replayed all that it received, so that alone does not make it current.
_REPLAYED = Statement(
    name="wal_replayed",
    row=_Replayed,
    sql="SELECT clock_timestamp() AS now, pg_is_in_recovery() AS recovering,"
    " pg_last_wal_replay_lsn() >= CAST(:position AS pg_lsn) AS caught_up,"
    " pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AS idle,"
    " pg_last_xact_replay_timestamp() AS replayed",
)


class Replica:
    """The standby of a primary; it may be promoted meanwhile, then it is not behind anything."""

    def __init__(self, database: Database, primary: Database) -> None:
        self.database = database
        self._primary = primary

    def look(self) -> Standing:
        """What it shows now.

        Raises:
            ReadError: the replica did not answer, or does not know how far it is behind.
        """
        position = self._position()
        began = monotonic()
        row = self._replayed(position)
        for pause in _PAUSES:
            if _is_current(row, position):
                break
            # What was written this moment is on its way; how old the last commit is would say nothing then.
            sleep(pause)
            row = self._replayed(position)
        if _is_current(row, position):
            return Standing(now=row.now, lag=timedelta(seconds=monotonic() - began))
        if row.replayed is None:
            raise ReadError(Trouble.OTHER, "the replica does not tell how far it is behind")
        return Standing(now=row.now, lag=max(timedelta(0), row.now - row.replayed))

    def _replayed(self, position: str | None) -> _Replayed:
        return self.database.read(_REPLAYED, position=position)[0]

    def _position(self) -> str | None:
        try:
            return self._primary.read(_WRITTEN)[0].position
        except ReadError:
            return None


def _is_current(row: _Replayed, position: str | None) -> bool:
    # Without the primary there is nothing to compare with but what was received of it.
    return not row.recovering or bool(row.idle if position is None else row.caught_up)
