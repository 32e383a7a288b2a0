"""Which promises hold for which DAG now; the one place where `slas.yaml` and DAG tags come together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from windsock.owners import DEFAULT_TEAM
from windsock.sla.rules import Looks, Sla
from windsock.sla.slafile import Slas
from windsock.sla.tags import Declared, Mistake, looks_like, read


@dataclass(frozen=True, slots=True)
class Promise:
    """What holds for a DAG.

    Attributes:
        entry: the promise.
        place: where it stands: `file:line`, or the tag.
        order: which one of the file it is.
        hides: the places of entries that would give the DAG the same SLA, had this one not come first.
    """

    entry: Sla
    place: str
    order: int
    hides: tuple[str, ...] = ()


class Found(NamedTuple):
    """What there is for one DAG.

    Attributes:
        looks: how the DAG looked.
        promises: each `sla` once, in the order of the file; the first one counts.
        matching: every entry that speaks of the DAG, also those that another one precedes.
        wrong: tags of the DAG that look like an SLA and are none.
    """

    looks: Looks
    promises: tuple[Promise, ...] = ()
    matching: tuple[int, ...] = ()
    wrong: tuple[Mistake, ...] = ()


class _Book:
    """One state of the file, and what was found in it of each DAG."""

    def __init__(self, slas: Slas) -> None:
        self.slas = slas
        self.found: dict[str, Found] = {}
        self.by_id: dict[str, list[int]] = {}
        self.others: list[int] = []
        for index, entry in enumerate(slas.entries):
            if entry.dag is None or entry.is_pattern:
                self.others.append(index)
            else:
                self.by_id.setdefault(entry.dag, []).append(index)
        self.scoped = any(entry.scope for entry in slas.entries)
        self.by_tag = any(entry.tag for entry in slas.entries)
        self.by_team = any(entry.of_team for entry in slas.entries)


class Register:
    """Answers for a DAG from memory until its looks or the file change. Safe to use from several threads."""

    def __init__(self, slas: Slas) -> None:
        self._book = _Book(slas)

    @property
    def slas(self) -> Slas:
        """The file as it counts now."""
        return self._book.slas

    def replace(self, slas: Slas) -> None:
        """From now on this file counts."""
        self._book = _Book(slas)

    @property
    def by_team(self) -> bool:
        """Whether it matters which team owns a DAG."""
        return self._book.by_team

    @property
    def scoped(self) -> bool:
        """Whether any promise speaks of a task or an asset."""
        return self._book.scoped

    def looks(self, dag_id: str, tags: tuple[str, ...], team: str) -> Looks:
        """A DAG without what no entry asks for."""
        book = self._book
        if not book.by_tag:
            tags = tuple(filter(looks_like, tags)) if book.slas.dag_tags else ()
        return Looks(dag_id, tags, team if book.by_team else DEFAULT_TEAM)

    def of(self, looks: Looks) -> Found:
        """What there is for one DAG."""
        book = self._book
        known = book.found.get(looks.dag_id)
        if known is None or known.looks != looks:
            known = book.found[looks.dag_id] = _resolve(book, looks)
        return known


def _resolve(book: _Book, looks: Looks) -> Found:
    found: dict[str, Promise] = {}
    matching = tuple(sorted(_matching(book, looks)))
    for index in matching:
        entry, place = book.slas.entries[index], book.slas.places[index]
        first = found.setdefault(entry.sla, Promise(entry, place, index))
        if first.order != index:
            found[entry.sla] = replace(first, hides=(*first.hides, place))
    declared = read(looks.tags, book.slas.defaults) if book.slas.dag_tags and looks.tags else Declared()
    for entry in declared.entries:
        # The file is reviewed: what it says of a DAG wins over the DAG's own tags.
        found.setdefault(entry.sla, Promise(entry, entry.subject, len(book.slas.entries)))
    return Found(looks, tuple(found.values()), matching, declared.wrong)


def _matching(book: _Book, looks: Looks) -> Iterable[int]:
    entries = book.slas.entries
    return [
        *(index for index in book.by_id.get(looks.dag_id, ()) if entries[index].matches(looks)),
        *(index for index in book.others if entries[index].matches(looks)),
    ]
