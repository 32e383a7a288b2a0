"""Missed SLAs of tasks, as Airflow 2 records them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple

from windsock.catalog import waiting
from windsock.collect import time_feed
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.collect.time_feed import TimeFeed
from windsock.counters import Counted, Entry
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make


class SlaMiss(NamedTuple):
    """A row by its primary key."""

    dag_id: str
    task_id: str
    logical: datetime
    recorded: datetime | None


def sla_misses(of: Flavour) -> Statement[SlaMiss] | None:
    """2.x: no index has the time, so the guard refuses it once the table is big. 3.x only leaves it there."""
    if of.three:
        return None
    return make(
        "sla_misses",
        SlaMiss,
        'SELECT dag_id, task_id, execution_date AS logical, "timestamp" AS recorded FROM sla_miss'
        f' WHERE "timestamp" > :since ORDER BY "timestamp" LIMIT {time_feed.LIMIT}',
        reads={"sla_miss": ("dag_id", "task_id", "execution_date", "timestamp")},
        since=EXAMPLE_TIME,
    )


class SlaMissesCollector(Collector[Counted]):
    """Reads `sla_miss`."""

    name = "sla_misses"
    tier = Tier.SLOW
    reads = (sla_misses,)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._book = context.counters.book(self.name, (waiting.SLA_MISSES,))
        # The time is that of the scheduler when it begins to look; it commits later.
        self._feed: TimeFeed[SlaMiss] = TimeFeed(key=_key, time=lambda row: row.recorded)

    def read(self, reader: Reader) -> Counted:
        """Each miss once; what was recorded before the first start is not counted."""
        news = self._feed.read(
            lambda since: reader.rows(sla_misses, since=since), self._book.memo, until=reader.now
        )
        entry = Entry()
        for row in news.rows:
            entry.count(waiting.SLA_MISSES, dag_id=row.dag_id)
        return self._book.commit(entry, news.memo, lazy=True)

    def add(self, figures: Figures, value: Counted, scene: Scene) -> None:
        """As counted."""
        value.add_to(figures)


def _key(row: SlaMiss) -> str:
    return json.dumps([row.dag_id, row.task_id, row.logical.isoformat()])
