"""What a statement is: SQL and the row it returns, checked against each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cache, partial
from sys import intern
from types import NoneType
from typing import Any, Generic, NamedTuple, TypeVar, get_args, get_type_hints

from sqlalchemy import TextClause, bindparam, text

R = TypeVar("R", bound=NamedTuple)
# For the guard, in the place of a time; a TIMESTAMP of MySQL ends in January 2038.
EXAMPLE_TIME = datetime(2038, 1, 1, tzinfo=timezone.utc)


class StatementError(Exception):
    """The columns of a result are not the fields of the row; the message names both sets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Generic[R]):
    """One read.

    Attributes:
        name: for messages and the guard.
        sql: with `:name` parameters; a parameter in `lists` takes a list, after IN.
        row: a NamedTuple whose fields are exactly the columns, `datetime` and `bool` where they are meant.
        reads: table to the columns that a role must be allowed to read for it.
        example: parameters with which the guard explains it.
    """

    name: str
    sql: str
    row: type[R]
    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
    example: dict[str, Any] = field(default_factory=dict)

    def clause(self, prefix: str = "") -> TextClause:
        """The SQL for SQLAlchemy, with `prefix` (EXPLAIN …) before it."""
        clause = text(prefix + self.sql)
        return clause.bindparams(*(bindparam(name, expanding=True) for name in self.lists))

    def check(self, columns: tuple[str, ...]) -> None:
        """Compare the columns of a result with the row.

        Raises:
            StatementError: they differ.
        """
        if columns != self.row._fields:
            got, wanted = ", ".join(columns), ", ".join(self.row._fields)
            raise StatementError(f"statement {self.name}: returns {got}; its row is {wanted}")

    def build(self, batches: Iterable[Sequence[Sequence[Any]]]) -> Iterator[R]:
        """Rows from what the driver returned, some at a time; most values are what they should be already."""
        row = partial(tuple.__new__, self.row)
        for batch in batches:
            columns: list[Sequence[Any]] = list(zip(*batch, strict=True))
            for index in text_fields(self.row):
                columns[index] = _interned(columns[index])
            for index, kind, convert in converters(self.row):
                columns[index] = _converted(columns[index], kind, convert)
            yield from map(row, zip(*columns, strict=True))


def make(
    name: str, row: type[R], sql: str, *, reads: Mapping[str, tuple[str, ...]] | None = None, **example: Any
) -> Statement[R]:
    """A statement whose parameters are those of the example."""
    lists = tuple(key for key, value in example.items() if isinstance(value, list))
    return Statement(name=name, row=row, sql=sql, reads=reads or {}, lists=lists, example=example)


@cache
def converters(row: type[Any]) -> tuple[tuple[int, type, Callable[[Any], Any]], ...]:
    """For fields that drivers return in different types: position, type, and how to make it of others."""
    hints = get_type_hints(row)
    found: list[tuple[int, type, Callable[[Any], Any]]] = []
    for index, name in enumerate(row._fields):
        kinds = set(get_args(hints[name])) or {hints[name]}
        if datetime in kinds:
            found.append((index, datetime, utc))
        elif bool in kinds:
            found.append((index, bool, bool))
        elif int in kinds:
            found.append((index, int, int))
        elif float in kinds:
            found.append((index, float, float))
    return tuple(found)


@cache
def text_fields(row: type[Any]) -> tuple[int, ...]:
    """The positions of fields that are text."""
    hints = get_type_hints(row)
    return tuple(
        index for index, name in enumerate(row._fields) if str in (get_args(hints[name]) or (hints[name],))
    )


def utc(value: datetime | str) -> datetime:
    """An aware datetime in UTC; SQLite gives text, and text and naive values are UTC in Airflow."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


def _interned(column: Sequence[Any]) -> Sequence[Any]:
    """The same few states and ten thousand ids come in every row of every statement."""
    try:
        return [*map(intern, column)]
    except TypeError:  # NULL, or an id that a driver gives as something else
        return [intern(value) if type(value) is str else value for value in column]


def _converted(column: Sequence[Any], kind: type, convert: Callable[[Any], Any]) -> Sequence[Any]:
    """A column as it should be; one look at all of it is cheaper than a call for each value."""
    if set(map(type, column)) <= {kind, NoneType} and (kind is not datetime or _in_utc(column)):
        return column
    return [value if value is None else convert(value) for value in column]


def _in_utc(column: Sequence[datetime | None]) -> bool:
    """As PostgreSQL's driver makes them, by the ten thousand."""
    return {value.tzinfo for value in column if value is not None} <= {timezone.utc}
