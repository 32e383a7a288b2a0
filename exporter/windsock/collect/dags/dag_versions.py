"""Versions of DAGs, of Airflow 3."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from windsock.catalog import changes
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.counters import Counted, Entry
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

# Newest versions that are looked at and remembered; ten and a hundred times as many if all of them are new.
_KEPT = 200


class Version(NamedTuple):
    """A version of a DAG."""

    version: str
    dag_id: str
    created: datetime


def dag_versions(of: Flavour) -> Statement[Version] | None:
    """The newest ones, by primary key: their ids rise with time."""
    if not of.three:
        return None
    return make(
        "dag_versions",
        Version,
        f"SELECT {of.text('id')} AS version, dag_id, created_at AS created FROM dag_version"
        " ORDER BY dag_version.id DESC LIMIT :count",
        reads={"dag_version": ("id", "dag_id", "created_at")},
        count=_KEPT,
    )


class Versions(NamedTuple):
    """When the newest version was made, and new ones as counted."""

    newest: datetime | None
    counted: Counted


class DagVersionsCollector(Collector[Versions]):
    """Reads the newest rows of `dag_version`."""

    name = "dag_versions"
    tier = Tier.SLOW
    reads = (dag_versions,)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._book = context.counters.book(self.name, (changes.DAG_VERSIONS_CREATED,))

    def read(self, reader: Reader) -> Versions:
        """Each new version once; those from before the first start are not counted."""
        memo = self._book.memo.get("seen")
        seen = memo if isinstance(memo, list) else None
        rows = self._newest(reader, seen or [])
        entry = Entry()
        if seen is not None:
            known, floor = set(seen), _floor(seen)
            for row in rows:
                # Below the floor are old ones that come into view when others are deleted.
                if row.version > floor and row.version not in known:
                    entry.count(changes.DAG_VERSIONS_CREATED, dag_id=row.dag_id)
        return Versions(
            newest=max((row.created for row in rows), default=None),
            counted=self._book.commit(entry, {"seen": [row.version for row in rows[:_KEPT]]}, lazy=True),
        )

    def _newest(self, reader: Reader, seen: Sequence[str]) -> list[Version]:
        """As many as it takes to get to those that were seen."""
        rows: list[Version] = []
        for count in (_KEPT, 10 * _KEPT, 100 * _KEPT):
            rows = reader.rows(dag_versions, count=count)
            if not seen or len(rows) < count or rows[-1].version in seen or rows[-1].version <= _floor(seen):
                break
        return rows

    def add(self, figures: Figures, value: Versions, scene: Scene) -> None:
        """The newest one's time, and new ones by DAG."""
        if value.newest is not None:
            figures.add(changes.DAG_VERSION_NEWEST, value.newest.timestamp())
        value.counted.add_to(figures)


def _floor(seen: Sequence[str]) -> str:
    """The oldest one that was seen, if there were older ones that were not."""
    return seen[-1] if len(seen) >= _KEPT else ""
