"""New rows of a table with serial ids, each once: across restarts, gaps, and ids that commit out of order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from windsock.collect.collector import Reader
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make
from windsock.metadb.statements import Maker


class NewestId(NamedTuple):
    """The highest serial id, None in an empty table."""

    newest: int | None


class HasId(Protocol):
    """A row of a feed."""

    @property
    def id(self) -> int:
        """The serial id."""


Row = TypeVar("Row", bound=HasId)
# Of `id > :after AND id <= :until`, for the guard.
EXAMPLE: dict[str, Any] = {"after": 2**31 - 2, "until": 2**31 - 1}


def newest(name: str, table: str) -> Statement[NewestId]:
    """By primary key."""
    return make(name, NewestId, f"SELECT max(id) AS newest FROM {table}", reads={table: ("id",)})


@dataclass(frozen=True, slots=True, kw_only=True)
class News(Generic[Row]):
    """What is new, and the memo to keep with what it is counted into."""

    rows: tuple[Row, ...]
    memo: Mapping[str, Any]


class IdFeed(Generic[Row]):
    """Reads page by page.

    Args:
        newest: the statement of the highest id.
        page: the statement of the rows with `:after` < id <= `:until`.
        overlap: so many ids are read again, as a lower one may be committed after a higher one.
        page_ids: ids that a page spans.
        pages: at most so many in one reading; the rest is for the next.
    """

    def __init__(
        self,
        newest: Callable[[Flavour], Statement[NewestId] | None],
        page: Maker[Any],
        *,
        overlap: int = 5_000,
        page_ids: int = 20_000,
        pages: int = 50,
    ) -> None:
        self._newest = newest
        self._page = page
        self._overlap = overlap
        self._page_ids = page_ids
        self._pages = pages

    def read(self, reader: Reader, memo: Mapping[str, Any]) -> News[Row]:
        """What came since `memo` was made; at the first time nothing, history is never counted.

        A highest id that is lower than what was read (another database took over, with fewer rows) is a
        first time, too. An empty table is not: `airflow db clean` leaves its sequence alone.
        """
        highest = reader.rows(self._newest)[0].newest or 0
        until, seen = self._position(memo)
        if until is None or 0 < highest < until:
            known = self._rows(reader, max(0, highest - self._overlap), highest)
            return News(rows=(), memo=self._memo(highest, {row.id for row in known}))
        found: dict[int, Row] = {}
        after = max(0, until - self._overlap)
        for _page in range(self._pages):
            found.update(
                (row.id, row) for row in self._rows(reader, after, min(highest, after + self._page_ids))
            )
            after = min(highest, after + self._page_ids)
            if after >= highest:
                break
        new = tuple(row for id_, row in sorted(found.items()) if id_ not in seen)
        return News(rows=new, memo=self._memo(max(until, after), seen | found.keys()))

    def _rows(self, reader: Reader, after: int, until: int) -> list[Row]:
        return reader.rows(self._page, after=after, until=until) if until > after else []

    def _position(self, memo: Mapping[str, Any]) -> tuple[int | None, set[int]]:
        """Where a memo stands; one that is none of ours is none."""
        try:
            until = int(memo["until"])
            seen: set[int] = set()
            for first, last in memo["seen"]:
                seen.update(range(max(int(first), until - self._overlap), min(int(last), until) + 1))
        except (KeyError, TypeError, ValueError):
            return None, set()
        return until, seen

    def _memo(self, until: int, seen: set[int]) -> Mapping[str, Any]:
        return {"until": until, "seen": _ranges(id_ for id_ in sorted(seen) if id_ > until - self._overlap)}


def _ranges(ids: Iterable[int]) -> list[list[int]]:
    """Neighbours as first and last, which keeps the file small."""
    found: list[list[int]] = []
    for id_ in ids:
        if found and id_ == found[-1][1] + 1:
            found[-1][1] = id_
        else:
            found.append([id_, id_])
    return found
