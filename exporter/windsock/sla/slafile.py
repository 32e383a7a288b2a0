"""`slas.yaml`: what is promised for which DAGs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import Field

from windsock.sla.rules import SELECTORS, Defaults, Looks, Sla
from windsock.yamlfile import Entry, Lines, load_with_lines


class File(Entry):
    """The file as it is written."""

    defaults: Defaults = Field(
        default_factory=lambda: Defaults(),  # noqa: PLW0108 (the plugin of mypy asks for the arguments else)
        description="What holds for every entry that does not say it itself, for those of DAG tags too.",
    )
    dag_tags: bool = Field(
        default=True, description="Whether DAG tags such as sla:finish_by=06:30@Europe/Berlin make SLAs."
    )
    airflow_slas: Literal["page", "ticket", "info", "off"] = Field(
        "info",
        description="What it means that a deadline of Airflow 3.1 and later, or an SLA of 2.x, is missed.",
    )
    slas: tuple[Sla, ...] = Field((), description="The promises; of two for one DAG the first one counts.")


@dataclass(frozen=True, slots=True)
class Slas:
    """The whole file, in its order.

    Attributes:
        entries: the promises, with the defaults filled in.
        places: `file:line` of each.
        defaults: for SLAs that DAG tags declare.
        dag_tags: whether these count at all.
        airflow_slas: the severity of what Airflow itself holds; `off` shows none of it.
    """

    entries: tuple[Sla, ...] = ()
    places: tuple[str, ...] = ()
    defaults: Defaults = field(default_factory=Defaults)
    dag_tags: bool = True
    airflow_slas: str = "info"


def load(path: Path) -> Slas:
    """Read `slas.yaml`.

    Raises:
        BadInput: one line `file:line: key: what is wrong and what is valid`.
    """
    file, lines = load_with_lines(path, File)
    _refuse_duplicates(file.slas, lines)
    places = tuple(f"{path}:{lines.line('slas', index)}" for index in range(len(file.slas)))
    entries = tuple(entry.with_defaults(file.defaults) for entry in file.slas)
    return Slas(entries, places, file.defaults, file.dag_tags, file.airflow_slas)


def _refuse_duplicates(entries: Iterable[Sla], lines: Lines) -> None:
    earlier: dict[str, _Earlier] = {}
    for index, entry in enumerate(entries):
        same = earlier.setdefault(entry.sla, _Earlier())
        found = same.overlapping(entry)
        if found is not None:
            other_index, other = found
            raise lines.wrong(
                "slas",
                index,
                next(key for key in SELECTORS if getattr(entry, key) is not None),
                why=f"{entry.subject} has the SLA {entry.sla} already, from {other.subject} in line "
                f"{lines.line('slas', other_index)}; give one of the two another name",
            )
        same.add(index, entry)


class _Earlier:
    """Entries of one name; five thousand of them must not be compared each with each."""

    def __init__(self) -> None:
        self._by_id: dict[str, tuple[int, Sla]] = {}
        self._patterns: list[tuple[int, Sla]] = []
        self._subjects: dict[str, tuple[int, Sla]] = {}

    def add(self, index: int, entry: Sla) -> None:
        self._subjects[entry.subject] = index, entry
        if entry.is_pattern:
            self._patterns.append((index, entry))
        elif _only_by_id(entry):
            self._by_id[entry.dag or ""] = index, entry

    def overlapping(self, entry: Sla) -> tuple[int, Sla] | None:
        """The first that surely speaks of a DAG of `entry`, whatever DAGs, tags and teams there are."""
        if (found := self._subjects.get(entry.subject)) is not None:
            return found
        if not _only_by_id(entry):
            return None
        if not entry.is_pattern:
            looks = Looks(entry.dag or "")
            return next(((i, e) for i, e in self._patterns if _only_by_id(e) and e.matches(looks)), None)
        return next((found for dag_id, found in self._by_id.items() if entry.matches(Looks(dag_id))), None)


def _only_by_id(entry: Sla) -> bool:
    return entry.tag is None and entry.of_team is None
