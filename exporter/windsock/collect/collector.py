"""What a collector is: a name, a tier, the statements it uses, and a read that returns one value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Generic, TypeVar

from windsock.metadb.database import Database
from windsock.metadb.statement import R, Statement
from windsock.metadb.statements import Statements

T = TypeVar("T")
Item = TypeVar("Item")
_BATCH = 500


class Tier(str, Enum):
    """How often a collector runs."""

    FAST = "fast"
    SLOW = "slow"


@dataclass(slots=True, kw_only=True)
class Reader:
    """What a collector reads with during one run.

    Attributes:
        now: the database's clock at the start of the cycle.
        count: rows read so far.
    """

    database: Database
    statements: Statements
    now: datetime
    count: int = 0

    def rows(self, statement: Statement[R] | None, **parameters: Any) -> list[R]:
        """Like `Database.read`, counted; no rows for a statement that this schema has not."""
        if statement is None:
            return []
        rows = self.database.read(statement, **parameters)
        self.count += len(rows)
        return rows


class Collector(ABC, Generic[T]):
    """One subject. It keeps what it must remember from run to run; only its own thread calls `read`."""

    name: ClassVar[str]
    tier: ClassVar[Tier]
    uses: ClassVar[tuple[str, ...]]

    @abstractmethod
    def read(self, reader: Reader) -> T:
        """Read everything of this subject.

        Raises:
            ReadError: a statement failed; what was read before stays as it was.
        """

    def used(self, statements: Statements) -> tuple[Statement[Any], ...]:
        """The statements that it runs on this schema; none if this Airflow has nothing of the subject."""
        return tuple(each for each in statements.all() if each.name in self.uses)


def batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The items in lists that are short enough for IN (…)."""
    for first in range(0, len(items), _BATCH):
        yield list(items[first : first + _BATCH])
