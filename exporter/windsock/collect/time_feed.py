"""New rows of a table that has a time but no serial id, each once and across restarts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")
LIMIT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class News(Generic[Row]):
    """What is new, and the memo to keep with what it is counted into."""

    rows: tuple[Row, ...]
    memo: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeFeed(Generic[Row]):
    """Reads what is later than the last reading, and again what was just before it.

    Attributes:
        key: of a row, which tells it from all others.
        time: of a row, None if it has none.
        overlap: rows are committed up to so much later than their time.
    """

    key: Callable[[Row], str]
    time: Callable[[Row], datetime | None]
    overlap: timedelta = timedelta(minutes=10)

    def read(
        self, rows: Callable[[datetime], Sequence[Row]], memo: Mapping[str, Any], *, until: datetime
    ) -> News[Row]:
        """What came since `memo` was made; at the first time nothing, history is never counted.

        Args:
            rows: those later than a moment, oldest first, at most `LIMIT`.
            memo: of the last reading.
            until: whatever comes later will have a later time than this.
        """
        since, seen = _position(memo)
        found = rows((until if since is None else since) - self.overlap)
        new = () if since is None else tuple(row for row in found if self.key(row) not in seen)
        times = [time for row in found if (time := self.time(row)) is not None]
        reached = min(until, times[-1]) if len(found) >= LIMIT else until
        reached = reached if since is None else max(reached, since)
        kept = sorted(
            self.key(row)
            for row in found
            if (time := self.time(row)) is not None and time > reached - self.overlap
        )
        return News(rows=new, memo={"since": reached.timestamp(), "seen": kept})


def _position(memo: Mapping[str, Any]) -> tuple[datetime | None, set[str]]:
    """Where a memo stands; one that is none of ours is none."""
    try:
        return datetime.fromtimestamp(float(memo["since"]), timezone.utc), set(memo["seen"])
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None, set()
