"""Deadlines that were missed, of Airflow 3.1 and later."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from windsock.catalog import waiting
from windsock.collect import time_feed
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.collect.time_feed import TimeFeed
from windsock.collect.waiting.deadlines import deadline_runs
from windsock.counters import Counted, Entry
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make

# So long a pending deadline may be overdue until nobody waits for it any more.
_PATIENCE = timedelta(days=7)


class Missed(NamedTuple):
    """A missed deadline; `run` is the serial id of its run, `alert` the id of its alert."""

    deadline: str
    run: int | None
    alert: str | None
    due: datetime


class FirstPending(NamedTuple):
    """The earliest deadline that is neither met nor missed."""

    due: datetime | None


class Alert(NamedTuple):
    """The name of an alert."""

    alert: str
    name: str | None


def missed_deadlines(of: Flavour) -> Statement[Missed] | None:
    """[deadline_missed_deadline_time_idx, on 3.1 deadline_callback_state_time_idx]."""
    if not of.since("3.1"):
        return None
    newer = of.since("3.2")
    alert, missed = (
        (of.text("deadline_alert_id"), "missed = true") if newer else ("NULL", "callback_state IS NOT NULL")
    )
    return make(
        "missed_deadlines",
        Missed,
        f"SELECT {of.text('id')} AS deadline, dagrun_id AS run, {alert} AS alert, deadline_time AS due"
        f" FROM deadline WHERE {missed} AND deadline_time > :since"
        f" ORDER BY deadline_time LIMIT {time_feed.LIMIT}",
        reads={
            "deadline": (
                *("id", "dagrun_id", "deadline_time"),
                *(("missed", "deadline_alert_id") if newer else ("callback_state",)),
            )
        },
        since=EXAMPLE_TIME,
    )


def first_pending(of: Flavour) -> Statement[FirstPending] | None:
    """The first entry of the same index."""
    if not of.since("3.1"):
        return None
    column, pending = (
        ("missed", "missed = false") if of.since("3.2") else ("callback_state", "callback_state IS NULL")
    )
    return make(
        "first_pending",
        FirstPending,
        f"SELECT min(deadline_time) AS due FROM deadline WHERE {pending}",
        reads={"deadline": ("deadline_time", column)},
    )


def deadline_alerts(of: Flavour) -> Statement[Alert] | None:
    """By primary key."""
    if not of.since("3.2"):
        return None
    return make(
        "deadline_alerts",
        Alert,
        f"SELECT {of.text('id')} AS alert, name FROM deadline_alert WHERE id IN :alerts",
        reads={"deadline_alert": ("id", "name")},
        alerts=["00000000-0000-0000-0000-000000000000"],
    )


class MissedDeadlinesCollector(Collector[Counted]):
    """Reads `deadline`, and of what is new the DAG from `dag_run` and the name from `deadline_alert`."""

    name = "missed_deadlines"
    tier = Tier.SLOW
    reads = (first_pending, missed_deadlines, deadline_runs, deadline_alerts)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._book = context.counters.book(self.name, (waiting.DEADLINES_MISSED,))
        self._feed: TimeFeed[Missed] = TimeFeed(key=lambda row: row.deadline, time=lambda row: row.due)

    def read(self, reader: Reader) -> Counted:
        """Each missed deadline once; what was missed before the first start is not counted."""
        # First: one that is missed between the two reads is then in both, not in neither.
        pending = [row.due for row in reader.rows(first_pending) if row.due is not None]
        until = max(min([*pending, reader.now]), reader.now - _PATIENCE)
        news = self._feed.read(
            lambda since: reader.rows(missed_deadlines, since=since), self._book.memo, until=until
        )
        entry = Entry()
        self._count(reader, entry, news.rows)
        return self._book.commit(entry, news.memo, lazy=True)

    def _count(self, reader: Reader, entry: Entry, new: tuple[Missed, ...]) -> None:
        dag_ids: dict[int, str] = {}
        for runs in batches(sorted({row.run for row in new if row.run is not None})):
            dag_ids |= {row.run: row.dag_id for row in reader.rows(deadline_runs, runs=runs)}
        names: dict[str, str] = {}
        for alerts in batches(sorted({row.alert for row in new if row.alert is not None})):
            names |= {row.alert: row.name or "" for row in reader.rows(deadline_alerts, alerts=alerts)}
        for row in new:
            dag_id = "" if row.run is None else dag_ids.get(row.run, "")
            alert = "" if row.alert is None else names.get(row.alert, "")
            entry.count(waiting.DEADLINES_MISSED, dag_id=dag_id, alert=alert)

    def add(self, figures: Figures, value: Counted, scene: Scene) -> None:
        """As counted."""
        value.add_to(figures)
