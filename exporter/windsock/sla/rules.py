"""`slas.yaml`: what is promised for which DAGs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from windsock.duration import seconds
from windsock.sla.clock import DAYS, Clock
from windsock.yamlfile import Entry, Lines, load_with_lines

_GLOB = re.compile(r"[*?\[]")
_LONGEST = timedelta(days=366)

FINISH_BY = "finish_by"
MAX_AGE = "max_age"


def _time_of_day(value: object) -> object:
    if type(value) is int:
        # YAML 1.1 reads an unquoted 16:30 as a number in base 60.
        raise ValueError('put the time in quotes, e.g. "16:30"')
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError('expected a time of day from "00:00" to "23:59"')
    return value


def _duration(value: object) -> object:
    try:
        length = timedelta(seconds=seconds(str(value)))
    except (ValueError, OverflowError) as error:
        raise ValueError("expected a duration longer than 0s, e.g. 26h, 90m or 1d12h") from error
    if length > _LONGEST:
        raise ValueError("expected a duration of at most 366d")
    return value


def _zone(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("expected a time zone such as Europe/Berlin")  # noqa: TRY004 (pydantic wants it)
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        near = difflib.get_close_matches(value, available_timezones(), n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; names are like Europe/Berlin or UTC"
        raise ValueError(f"unknown time zone{hint}") from error
    return value


Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class Sla(Entry):
    """One entry: a DAG id or glob, and one promise."""

    dag: Annotated[str, StringConstraints(min_length=1)]
    finish_by: Annotated[str, BeforeValidator(_time_of_day)] | None = None
    timezone: Annotated[str, BeforeValidator(_zone)] = "UTC"
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] | None = Field(
        None, min_length=1
    )
    max_age: Annotated[str, BeforeValidator(_duration)] | None = None
    name: Name | None = None
    team: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$")] | None = None
    severity: Literal["page", "ticket", "info"] = "page"

    @model_validator(mode="after")
    def _one_kind(self) -> Sla:
        if (self.finish_by is None) == (self.max_age is None):
            raise ValueError("give exactly one of finish_by and max_age")
        for key in ("timezone", "days"):
            if self.max_age is not None and key in self.model_fields_set:
                raise ValueError(f"{key} belongs to finish_by, max_age is the same on every day")
        return self

    @property
    def kind(self) -> str:
        """`finish_by` or `max_age`."""
        return MAX_AGE if self.finish_by is None else FINISH_BY

    @property
    def sla(self) -> str:
        """The label `sla`: the name, else the kind."""
        return self.name or self.kind

    @property
    def is_glob(self) -> bool:
        """Whether `dag` may stand for several DAGs."""
        return _GLOB.search(self.dag) is not None

    @property
    def deadline_text(self) -> str:
        """The promise in the reader's words, e.g. `06:30 Europe/Berlin` or `26h after last success`."""
        if self.finish_by is None:
            return f"{self.max_age} after last success"
        return f"{self.finish_by} {self.timezone}"

    @property
    def clock(self) -> Clock:
        """Where `finish_by` deadlines may lie; an error for another kind."""
        if self.finish_by is None:
            raise TypeError("only finish_by has a clock")
        weekdays = frozenset(range(7)) if self.days is None else frozenset(map(DAYS.index, self.days))
        return Clock(time.fromisoformat(self.finish_by), ZoneInfo(self.timezone), weekdays)

    @property
    def limit(self) -> timedelta:
        """`max_age` as a duration; an error for another kind."""
        if self.max_age is None:
            raise TypeError("only max_age has a limit")
        return timedelta(seconds=seconds(self.max_age))

    def matches(self, dag_id: str) -> bool:
        """Whether this entry speaks of the DAG."""
        return dag_id == self.dag or fnmatchcase(dag_id, self.dag)


class _File(Entry):
    slas: tuple[Sla, ...]


@dataclass(frozen=True, slots=True)
class Slas:
    """The whole file, in its order.

    Attributes:
        entries: the promises.
        places: `file:line` of each.
    """

    entries: tuple[Sla, ...] = ()
    places: tuple[str, ...] = ()

    @property
    def patterns(self) -> tuple[str, ...]:
        """DAG ids and globs that the file names, without duplicates."""
        return tuple(dict.fromkeys(entry.dag for entry in self.entries))

    def matches(self, dag_id: str) -> bool:
        """Whether any entry speaks of the DAG."""
        return any(entry.matches(dag_id) for entry in self.entries)

    def find(self, sla: str, dag_id: str) -> Sla | None:
        """The entry that (sla, dag_id) belongs to: where globs overlap, the first of the file."""
        return next((entry for entry in self.entries if entry.sla == sla and entry.matches(dag_id)), None)


def load(path: Path) -> Slas:
    """Read `slas.yaml`.

    Raises:
        BadInput: one line `file:line: key: what is wrong and what is valid`.
    """
    file, lines = load_with_lines(path, _File)
    _refuse_duplicates(file.slas, lines)
    places = tuple(f"{path}:{lines.line('slas', index)}" for index in range(len(file.slas)))
    return Slas(file.slas, places)


def _refuse_duplicates(entries: Iterable[Sla], lines: Lines) -> None:
    earlier: list[tuple[int, Sla]] = []
    for index, entry in enumerate(entries):
        for other_index, other in earlier:
            if entry.sla == other.sla and _surely_overlap(entry, other):
                line = lines.line("slas", other_index)
                raise lines.wrong(
                    "slas",
                    index,
                    "dag",
                    why=f"{entry.dag} has the SLA {entry.sla} already, from {other.dag} in line {line}; "
                    "give one of the two another name",
                )
        earlier.append((index, entry))


def _surely_overlap(one: Sla, other: Sla) -> bool:
    """Whether both speak of one DAG whatever DAGs exist; two different globs may or may not."""
    if one.dag == other.dag:
        return True
    if one.is_glob and other.is_glob:
        return False
    return one.matches(other.dag) or other.matches(one.dag)
