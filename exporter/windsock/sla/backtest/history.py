"""One DAG's past: how it looked at any moment, as far as its rows tell, and from nothing that came later."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate, pairwise
from typing import Any

from windsock.facts import ActiveTasks, Dag, Run
from windsock.sla.backtest.past import Past

_SCHEDULED = "scheduled"
_NEWEST = 20
_COUNTED = 100
_LEARNED = 20
_LEAST_DUES = 2
# What runs has tasks at work: more is not known of the past.
_AT_WORK = (ActiveTasks(state="running", pool="", queue="", count=1),)

# Seconds that half of the runs take at most, from run times in seconds; None of too few.
Median = Callable[[Iterable[float]], float | None]


class History:
    """Answers for one DAG.

    A due time comes from the schedule and was known before, whenever its run was created. Everything else
    counts from when it happened.

    Args:
        dag: as it is now; its tags, owners and schedule stand for the past too.
        runs: in any order.
        now: the database's clock: until when the past goes.
        median: the usual run time; None where nobody asks for it.
        counted: whether an SLA counts more runs than the newest ones.
    """

    def __init__(
        self,
        dag: Dag,
        runs: Iterable[Past],
        now: datetime,
        *,
        median: Median | None = None,
        counted: bool = False,
    ) -> None:
        self.dag = dag
        self.runs: Sequence[Past] = sorted(runs, key=lambda past: (past.run.due, past.created))
        self.now = now
        self._median = median
        self._counted = counted
        self._dues = [past.run.due for past in self.runs]
        # By position the last moment at which this run or one before it was created, and ended.
        self._created = list(accumulate((past.created for past in self.runs), max))
        self._ended = list(accumulate((past.end or now for past in self.runs), max))
        moments = {moment for past in self.runs for moment in (past.created, past.start, past.end)}
        self._changes = sorted(moment for moment in moments if moment is not None)
        self._scheduled = sorted({past.run.due for past in self.runs if past.run.run_type == _SCHEDULED})
        self._owed_now = self._still_owed()
        self._look = partial(_look, dag)

    @property
    def first(self) -> datetime | None:
        """Since when anything is known of the DAG; None if nothing ever is."""
        return self._changes[0] if self._changes else None

    @property
    def owed(self) -> tuple[datetime, ...]:
        """The due time that has passed and has no run until today, if there is one."""
        return () if self._owed_now is None else (self._owed_now,)

    def change_after(self, moment: datetime) -> datetime | None:
        """When something happened next to one of its runs."""
        index = bisect_right(self._changes, moment)
        return self._changes[index] if index < len(self._changes) else None

    def at(self, now: datetime, since: datetime) -> Dag:
        """The DAG then.

        Args:
            now: the moment.
            since: it was looked at last; what ended after that is in it whatever came later.
        """
        runs = self._visible(now, since)
        owed = self._owed(now)
        finished = self._finished(now) if self._counted or self._median is not None else []
        return self._look(
            paused=self.dag.paused and self._owed_now is not None and now >= self._owed_now,
            next_due=(owed or self._guess(now)) if self.dag.scheduled else None,
            runs=tuple(runs),
            tasks=_AT_WORK if any(run.state == "running" for run in runs) else (),
            history=tuple(past.run for past in finished[:_COUNTED]) if self._counted else (),
            usual=None if self._median is None else self._median(_seconds(finished)),
        )

    def before(self, now: datetime) -> Iterator[Past]:
        """Every run due by then, newest due first."""
        return (self.runs[index] for index in range(bisect_right(self._dues, now) - 1, -1, -1))

    def unknown_at(self, now: datetime) -> bool:
        """Whether the first attempt of a run that was cleared may have been done by then."""
        return any(
            past.cleared and past.created <= now and (past.start is None or now < past.start)
            for past in self._before(now, self._ended)
        )

    def _still_owed(self) -> datetime | None:
        """The due time that has passed and has no run until today."""
        due = self.dag.next_due
        if not self.dag.scheduled or due is None or due > self.now:
            return None
        return due if not self._scheduled or due > self._scheduled[-1] else None

    def _guess(self, now: datetime) -> datetime | None:
        """The next due time, from those that have passed: the last one and the usual distance."""
        index = bisect_right(self._scheduled, now)
        dues = self._scheduled[max(0, index - _NEWEST) : index]
        if len(dues) < _LEAST_DUES:
            return None
        gaps = sorted(later - earlier for earlier, later in pairwise(dues))
        gap = max(gaps[len(gaps) // 2], timedelta(seconds=1))
        return dues[-1] + gap * ((now - dues[-1]) // gap + 1)

    def _before(self, now: datetime, last: Sequence[datetime]) -> Iterable[Past]:
        """Runs due by then, newest first, as long as `last` of them or of one before lies ahead."""
        for index in range(bisect_right(self._dues, now) - 1, -1, -1):
            if last[index] <= now:
                return
            yield self.runs[index]

    def _owed(self, now: datetime) -> datetime | None:
        """The oldest due time that had passed without a run."""
        owed = [
            past.run.due
            for past in self._before(now, self._created)
            if past.created > now and past.run.run_type == _SCHEDULED
        ]
        if self._owed_now is not None and self._owed_now <= now:
            owed.append(self._owed_now)
        return min(owed, default=None)

    def _visible(self, now: datetime, since: datetime) -> list[Run]:
        """The newest ones, those that ended since, and older ones that were active still."""
        found: list[Run] = []
        for index in range(bisect_right(self._dues, now) - 1, -1, -1):
            enough = len(found) >= _NEWEST
            if enough and self._ended[index] <= since:
                break
            past = self.runs[index]
            end = past.end
            # What is most of it first: it had ended.
            run = past.run if end is not None and end <= now and past.created <= now else past.at(now)
            if run is not None and (not enough or run.end is None or run.end > since):
                found.append(run)
        return found

    def _finished(self, now: datetime) -> list[Past]:
        """The newest ones that had finished, newest first."""
        found: list[Past] = []
        most = _COUNTED if self._counted else _LEARNED
        for past in self.before(now):
            if past.end is not None and past.end <= now and (self._counted or past.run.state == "success"):
                found.append(past)
                if len(found) >= most:
                    break
        return found


def _seconds(finished: Iterable[Past]) -> list[float]:
    """Run times of the newest successes."""
    taken = [
        (past.end - past.start).total_seconds()
        for past in finished
        if past.run.state == "success" and past.dated and past.start is not None and past.end is not None
    ]
    return taken[:_LEARNED]


def _look(dag: Dag, **then: Any) -> Dag:
    """The DAG with what was then in the place of what is now; `replace` would take much longer."""
    return Dag(
        dag_id=dag.dag_id,
        import_error=False,
        scheduled=dag.scheduled,
        at_max_active_runs=False,
        owners=dag.owners,
        tags=dag.tags,
        file=dag.file,
        team=dag.team,
        schedule=dag.schedule,
        **then,
    )
