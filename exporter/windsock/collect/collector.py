"""What a collector is: a name, a tier, statements, a read that returns one value, and its figures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from windsock.collect.dags.choices import Choices
from windsock.counters import Counters
from windsock.figures import Figures
from windsock.metadb.database import TIMEOUT, Database
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import R, Statement
from windsock.metadb.statements import Maker, Statements
from windsock.owners import Owners
from windsock.sla.scope import Scopes
from windsock.sla.suspects import Suspects
from windsock.state import State

if TYPE_CHECKING:
    from windsock.collect.dags.known import KnownDag
    from windsock.collect.runs.results import Last

T = TypeVar("T")
Item = TypeVar("Item")
_BATCH = 500


class Tier(str, Enum):
    """How often a collector runs."""

    FAST = "fast"
    SLOW = "slow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a collector may be made with.

    Attributes:
        state: what outlives the process.
        watched: tells which DAGs an SLA speaks of now.
        counted: tells of which of them it counts the last runs.
        suspects: tells what keeps SLAs from being met.
        scopes: tells of which tasks and assets an SLA speaks.
        counters: counters that outlive the process.
        choices: what the user wants to see one by one.
        full: whether everything is shown, down to labels that cost the database something.
    """

    state: State
    watched: Callable[[], Collection[str]] = list
    counted: Callable[[], Collection[str]] = list
    suspects: Callable[[], Suspects] = Suspects
    scopes: Callable[[], Scopes] = Scopes
    counters: Counters = field(default_factory=lambda: Counters(None))
    choices: Choices = field(default_factory=Choices)
    full: bool = False


@dataclass(slots=True, kw_only=True)
class Reader:
    """What a collector reads with during one run.

    Attributes:
        now: the database's clock at the start of the cycle.
        timeout: seconds that each statement may take.
        count: rows read so far.
        shared_rows: what `shared` read, for the other collectors of the same cycle.
    """

    database: Database
    statements: Statements
    now: datetime
    timeout: float = TIMEOUT
    count: int = 0
    shared_rows: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def flavour(self) -> Flavour:
        """What the statements are made for."""
        return self.statements.flavour

    def has(self, maker: Maker[Any]) -> bool:
        """Whether this schema has anything of the kind."""
        return self.statements.get(maker) is not None

    def rows(self, maker: Callable[[Flavour], Statement[R] | None], **parameters: Any) -> list[R]:
        """Like `Database.read`, counted; no rows for a statement that this schema has not."""
        statement = self.statements.get(maker)
        if statement is None:
            return []
        rows = self.database.read(statement, within=self.timeout, **parameters)
        self.count += len(rows)
        return rows

    def shared(self, maker: Callable[[Flavour], Statement[R] | None]) -> list[R]:
        """Like `rows` without parameters, read once for all collectors of a cycle."""
        statement = self.statements.get(maker)
        if statement is None:
            return []
        if statement.name not in self.shared_rows:
            self.shared_rows[statement.name] = self.rows(maker)
        return self.shared_rows[statement.name]

    def share(self, maker: Callable[[Flavour], Statement[R] | None], rows: list[R]) -> None:
        """What `shared` and `told` return for the rest of the cycle."""
        statement = self.statements.get(maker)
        if statement is not None:
            self.shared_rows[statement.name] = rows

    def told(self, maker: Callable[[Flavour], Statement[R] | None]) -> list[R]:
        """What another collector has read in this cycle; nothing where none has."""
        statement = self.statements.get(maker)
        return [] if statement is None else self.shared_rows.get(statement.name, [])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What figures are drawn from.

    Attributes:
        now: the database's clock.
        values: what is fresh, by collector.
        dags: every DAG that is not stale; empty while nothing fresh is known of them.
        last: its last results.
        grace: how long past due a run may be missing.
    """

    now: datetime
    values: Mapping[str, Any] = field(default_factory=dict)
    dags: Mapping[str, KnownDag] = field(default_factory=dict)
    last: Mapping[str, Last] = field(default_factory=dict)
    owners: Owners = field(default_factory=Owners)
    grace: timedelta = timedelta(minutes=1)

    def value(self, of: type[Collector[T]]) -> T | None:
        """What another collector read last, if that is fresh."""
        found: T | None = self.values.get(of.name)
        return found


class Collector(ABC, Generic[T]):
    """One subject. It keeps what it must remember from run to run; `read` is called by one thread at a time.

    Attributes:
        reads: the statements that it may run, each a function of the flavour.
        vital: whether a database is not worth watching without it.
        timeout: seconds that each of its statements may take.
        of_primary: it asks the primary even where the slow tier has a replica.
        lies_under_lag: what it says of a replica that is behind would be wrong, not only old.
    """

    name: ClassVar[str]
    tier: ClassVar[Tier]
    reads: ClassVar[tuple[Maker[Any], ...]]
    vital: ClassVar[bool] = False
    timeout: ClassVar[float] = TIMEOUT
    of_primary: ClassVar[bool] = False
    lies_under_lag: ClassVar[bool] = False

    def __init__(self, context: Context) -> None:
        """Make it ready for its first run."""

    @abstractmethod
    def read(self, reader: Reader) -> T:
        """Read everything of this subject.

        Raises:
            ReadError: a statement failed; what was read before stays as it was.
        """

    @abstractmethod
    def add(self, figures: Figures, value: T, scene: Scene) -> None:
        """Add the figures of what was read."""

    def used(self, statements: Statements) -> tuple[Statement[Any], ...]:
        """The statements that it runs on this schema; none if this Airflow has nothing of the subject."""
        return statements.of(self.reads)


def batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The items in lists that are short enough for IN (…)."""
    for first in range(0, len(items), _BATCH):
        yield list(items[first : first + _BATCH])
