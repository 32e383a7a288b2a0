"""A past run as its row tells it, and how that run looked at any moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from windsock.facts import Run
from windsock.metadb.past_runs import PastRow

_FINISHED = frozenset({"success", "failed"})


@dataclass(slots=True, kw_only=True)
class Past:
    """One run and when what happened to it.

    Of a cleared run only the last attempt is known: until that began it counts as started and not done.

    Attributes:
        run: as it ended, or as it is now.
        created: since when it was there; its due time where nothing else is known.
        start, end: of the last attempt; None for what has not happened.
        dated: it has a logical date, so `windsock serve` learns from it.
        cleared: somebody cleared it, so that its first attempt is not known.
    """

    run: Run
    created: datetime
    start: datetime | None
    end: datetime | None
    dated: bool
    cleared: bool

    @property
    def late(self) -> bool:
        """Whether it was due before it was there."""
        return self.created > self.run.due

    def at(self, now: datetime) -> Run | None:
        """As it looked then; None while it was not there."""
        if now < self.created:
            return None
        if self.end is not None and now >= self.end:
            return self.run
        if self.start is not None and now >= self.start:
            return self._as("running", self.start)
        return self._as("running" if self.cleared else "queued", None)

    def _as(self, state: str, start: datetime | None) -> Run:
        run = self.run
        return Run(
            run_id=run.run_id,
            run_type=run.run_type,
            state=state,
            due=run.due,
            start=start,
            end=None,
            asked_later=run.asked_later,
        )


def past(row: PastRow) -> Past | None:
    """The run of a row; None if it says nothing: `airflow dags test` under way, finished without an end."""
    finished = row.state in _FINISHED
    # `airflow dags test` writes its logical date as start, maybe one of years ago.
    tested = row.start is not None and row.start == row.logical
    if (finished and row.end is None) or (tested and not finished):
        return None
    start = None if tested or row.state == "queued" else row.start
    end = row.end if finished else None
    asked_later = row.logical is not None and row.logical > row.due
    cleared = bool(row.cleared)
    created = _created(row, start, asked_later=asked_later, cleared=cleared)
    if tested and end is not None:
        created = end
    if end is not None and start is not None and end < start:
        start = end
    return Past(
        run=Run(
            run_id=row.run_id,
            run_type=row.run_type,
            state=row.state,
            due=row.due,
            start=start,
            end=end,
            asked_later=asked_later,
        ),
        created=created,
        start=start,
        end=end,
        dated=row.logical is not None,
        cleared=cleared,
    )


def _created(row: PastRow, start: datetime | None, *, asked_later: bool, cleared: bool) -> datetime:
    earliest = row.logical if asked_later and row.logical is not None else row.due
    if row.queued_at is not None and not cleared:
        earliest = max(earliest, row.queued_at)
    known = [moment for moment in (start, row.end) if moment is not None]
    return min([earliest, *known])
