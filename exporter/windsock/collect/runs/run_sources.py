"""Runs by what created them."""

from __future__ import annotations

from typing import NamedTuple

from windsock.catalog import practices
from windsock.collect import id_feed
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.collect.id_feed import IdFeed, NewestId
from windsock.counters import Counted, Entry
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make


class CreatedRun(NamedTuple):
    """A run, and on 3.x who or what asked for it."""

    id: int
    run_type: str
    triggered_by: str | None


def newest_created(_of: Flavour) -> Statement[NewestId]:
    """By primary key."""
    return id_feed.newest("newest_created", "dag_run")


def created_runs(of: Flavour) -> Statement[CreatedRun]:
    """By primary key."""
    by = "triggered_by" if of.three else "NULL"
    return make(
        "created_runs",
        CreatedRun,
        f"SELECT id, run_type, {by} AS triggered_by FROM dag_run WHERE id > :after AND id <= :until",
        reads={"dag_run": ("id", "run_type", *(("triggered_by",) if of.three else ()))},
        **id_feed.EXAMPLE,
    )


class RunSourcesCollector(Collector[Counted]):
    """Reads the newest ids of `dag_run`."""

    name = "run_sources"
    tier = Tier.SLOW
    reads = (newest_created, created_runs)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._book = context.counters.book(self.name, (practices.RUNS_CREATED,))
        self._feed: IdFeed[CreatedRun] = IdFeed(newest_created, created_runs)

    def read(self, reader: Reader) -> Counted:
        """Each new run once."""
        news = self._feed.read(reader, self._book.memo)
        entry = Entry()
        for row in news.rows:
            # SQLAlchemy stores the name of the enum's member, in capitals.
            by = (row.triggered_by or "").lower()
            entry.count(practices.RUNS_CREATED, run_type=row.run_type, triggered_by=by)
        return self._book.commit(entry, news.memo, lazy=True)

    def add(self, figures: Figures, value: Counted, scene: Scene) -> None:
        """As counted."""
        value.add_to(figures)
