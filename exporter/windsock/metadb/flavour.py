"""What statements are written for: a line of Airflow on a kind of database, and the words that differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from windsock.airflow_versions import AIRFLOW_3, since

# Of unfinished task instances: those that take slots of a pool, may take them, or want them; and the others.
SLOT_STATES: tuple[str, ...] = ("scheduled", "queued", "running", "deferred")
_WAITING_STATES = ("restarting", "up_for_retry", "up_for_reschedule")


class Index(NamedTuple):
    """An index that the database has."""

    table: str
    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """A schema as statements see it.

    Attributes:
        line: of Airflow, such as `2.10`.
        dialect: `postgresql`, `mysql` (MariaDB too) or `sqlite`. Names in double quotes are names in each.
        indexes: on MySQL, those that may be forced.
        extras: tables of providers that exist; see `windsock.metadb.extras`.
    """

    line: str
    dialect: str
    indexes: tuple[Index, ...] = ()
    extras: frozenset[str] = frozenset()

    @property
    def three(self) -> bool:
        """Whether it is Airflow 3."""
        return self.line in AIRFLOW_3

    @property
    def sqlite(self) -> bool:
        """Whether it is SQLite."""
        return self.dialect == "sqlite"

    @property
    def postgresql(self) -> bool:
        """Whether it is PostgreSQL."""
        return self.dialect == "postgresql"

    @property
    def mysql(self) -> bool:
        """Whether it is MariaDB or MySQL."""
        return self.dialect == "mysql"

    def has(self, table: str) -> bool:
        """Whether a provider has made this table."""
        return table in self.extras

    def since(self, line: str) -> bool:
        """Whether it is this line of Airflow or a later one."""
        return self.line in since(line)

    @property
    def waiting_states(self) -> tuple[str, ...]:
        """Those of unfinished task instances that neither have slots nor want them now."""
        return (*_WAITING_STATES, "awaiting_input") if self.since("3.3") else _WAITING_STATES

    @property
    def states(self) -> tuple[str, ...]:
        """The states of unfinished task instances that have one."""
        return (*SLOT_STATES, *self.waiting_states)

    @property
    def active(self) -> str:
        """The same, for IN (…)."""
        return quoted(self.states)

    @property
    def logical(self) -> str:
        """The column of a run that Airflow 2 calls execution date."""
        return "logical_date" if self.three else "execution_date"

    @property
    def due(self) -> str:
        """When a run is due."""
        return "run_after" if self.three else "COALESCE(data_interval_end, execution_date)"

    @property
    def due_columns(self) -> tuple[str, ...]:
        """The columns of `due` and `logical`."""
        return ("run_after", "logical_date") if self.three else ("data_interval_end", "execution_date")

    @property
    def stale(self) -> str:
        """Whether a DAG is gone from its file."""
        return "COALESCE(is_stale, false)" if self.three else "NOT COALESCE(is_active, false)"

    @property
    def stale_column(self) -> str:
        """The column of `stale`."""
        return "is_stale" if self.three else "is_active"

    def force(self, table: str, *columns: str) -> str:
        """What makes MySQL take the index on these columns, if it is there; other planners know it best."""
        for index in self.indexes:
            if index.table == table and index.columns == columns:
                return f' FORCE INDEX ("{index.name}")'
        return ""

    def text(self, column: str) -> str:
        """The column as text, such as a UUID."""
        return f"CAST({column} AS {'char' if self.mysql else 'text'})"


def quoted(words: Iterable[str]) -> str:
    """Words of ours for IN (…)."""
    return ", ".join(f"'{word}'" for word in words)
