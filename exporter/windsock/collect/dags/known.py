"""DAGs in terms that both majors share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from posixpath import dirname
from typing import NamedTuple

from windsock.collect.dags import schedule
from windsock.collect.dags.dag_row import Dag
from windsock.owners import Owners
from windsock.sla.register import Register
from windsock.sla.rules import Looks


class KnownDag(NamedTuple):
    """A DAG that is not stale, in terms that both majors share."""

    row: Dag
    owners: tuple[str, ...]
    tags: tuple[str, ...]
    team: str
    schedule: str
    scheduled: bool
    folder: str
    next_due: datetime | None


def known(read: tuple[Dag, ...], tags: Mapping[str, tuple[str, ...]], owners: Owners) -> dict[str, KnownDag]:
    """Every DAG that is not stale."""
    found = {}
    for row in read:
        if row.stale:
            continue
        names, marks = schedule.sorted_owners(row.owners), tags.get(row.dag_id, ())
        text = schedule.schedule_text(row.schedule)
        found[row.dag_id] = KnownDag(
            row=row,
            owners=names,
            tags=marks,
            team=_team(row, marks, owners),
            schedule=text,
            scheduled=schedule.has_time(text),
            folder=folder(row),
            next_due=row.due,
        )
    return found


def folder(row: Dag) -> str:
    """The folder of its file below the bundle (2.x: below the DAGs folder), empty at the top of it."""
    return _folder(row.file or "", row.root or "")


@lru_cache(maxsize=20_000)
def _folder(file: str, root: str) -> str:
    path, root = dirname(file), root.rstrip("/")
    if root and (path == root or path.startswith(f"{root}/")):
        return path[len(root) + 1 :]
    return path


def looks(
    read: tuple[Dag, ...], tags: Mapping[str, tuple[str, ...]], owners: Owners, register: Register
) -> Iterator[Looks]:
    """Every DAG that is not stale, as SLAs select them."""
    for row in read:
        if not row.stale:
            marks = tags.get(row.dag_id, ())
            yield register.looks(row.dag_id, marks, _team(row, marks, owners) if register.by_team else "")


def _team(row: Dag, tags: tuple[str, ...], owners: Owners) -> str:
    names = schedule.sorted_owners(row.owners)
    return owners.team_for(dag_id=row.dag_id, owners=names, tags=tags, file=row.file)
