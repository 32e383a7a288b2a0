"""Runs that finished, each finish once: the active ones that are active no more, and new ids.

No version indexes a run's end. So the ids of active runs are compared from reading to reading, and a run that
came and went in between is found by its id. What escapes is a run that is cleared and finishes again within
one cycle: nobody can see the first of two ends (docs/metadb.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from windsock.catalog import outcomes
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.collect.runs.active import active_runs
from windsock.collect.runs.outcomes import STATEMENTS, Since, roll_up
from windsock.collect.runs.run_memo import OVERLAP, Finish, RunMemo, load, name_of
from windsock.collect.runs.runs import newest_run
from windsock.counters import Counted, Entry
from windsock.figures import Figures
from windsock.isolation import ISOLATED, Isolation
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make

_STATES = ("success", "failed")
_PAGE = OVERLAP
# Runs that are counted and remembered in one go.
_GO = 2_000


class SomeRun(NamedTuple):
    """A run that was active, or that has finished."""

    id: int
    dag_id: str
    run_id: str
    run_type: str
    state: str
    due: datetime | None
    queued_at: datetime | None
    start: datetime | None
    end: datetime | None
    cleared: int | None


class End(NamedTuple):
    """The end of a finished run."""

    id: int
    end: datetime


def runs_by_id(of: Flavour) -> Statement[SomeRun]:
    """By primary key."""
    cleared = "clear_number" if of.since("2.8") else "NULL"
    due = "run_after" if of.three else "data_interval_end"
    columns = ("id", "dag_id", "run_id", "run_type", "state", due, "queued_at", "start_date", "end_date")
    return make(
        "runs_by_id",
        SomeRun,
        f"SELECT id, dag_id, run_id, run_type, state, {due} AS due, queued_at, start_date AS start,"
        f' end_date AS "end", {cleared} AS cleared FROM dag_run WHERE id IN :ids',
        reads={"dag_run": (*columns, *(("clear_number",) if of.since("2.8") else ()))},
        ids=[-1],
    )


def ends(_of: Flavour) -> Statement[End]:
    """Finished runs of the newest ids, by primary key."""
    return make(
        "run_ends",
        End,
        'SELECT id, end_date AS "end" FROM dag_run WHERE id > :after AND end_date > :since'
        f" AND state IN ('success', 'failed') ORDER BY id LIMIT {_PAGE}",
        reads={"dag_run": ("id", "state", "end_date")},
        after=2**31 - 1,
        since=EXAMPLE_TIME,
    )


class RunFeedCollector(Collector[Counted]):
    """Reads `dag_run`, and `task_instance` of the runs that finished."""

    name = "run_feed"
    tier = Tier.FAST
    reads = (active_runs, newest_run, runs_by_id, ends, *STATEMENTS)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._book = context.counters.book(self.name, (*outcomes.OF_RUNS, *outcomes.OF_TASKS))
        self._memo = load(self._book.memo)
        self._isolation = Isolation((*ISOLATED, *context.choices.isolated_operators))

    def read(self, reader: Reader) -> Counted:
        """Count what has finished; on disk before it is shown."""
        active = frozenset(row.id for row in reader.shared(active_runs))
        newest = reader.rows(newest_run)[0].newest or 0
        memo = self._memo
        if memo is None or not memo.fits(newest):
            return self._start(reader, newest, active)
        try:
            appeared = self._take_inactive(reader, memo, active)
            self._take_new(reader, memo, newest)
        except BaseException:
            # Counted is what is in the book, perhaps a part of this reading.
            self._memo = load(self._book.memo)
            raise
        return self._book.commit(Entry(), memo.dump(), lazy=not appeared)

    def add(self, figures: Figures, value: Counted, scene: Scene) -> None:
        """All of them."""
        value.add_to(figures)

    def _start(self, reader: Reader, newest: int, active: frozenset[int]) -> Counted:
        """The first time, and after a restore of the database: from here on, without a look at history."""
        memo = RunMemo.start(newest, reader.now, active)
        for row in reader.rows(ends, after=memo.low, since=memo.since):
            if row.id not in active:
                memo.add(row.id, Finish(name=0, start=None, end=row.end), reader.now)
        self._memo = memo
        return self._book.commit(Entry(), memo.dump())

    def _take_inactive(self, reader: Reader, memo: RunMemo, active: frozenset[int]) -> bool:
        """Runs that were active before; True if others are active now, and that is not on disk."""
        gone = sorted(memo.active - active)
        appeared = bool(active - memo.active)
        memo.active |= active
        for first in range(0, len(gone), _GO):
            some = gone[first : first + _GO]
            rows = self._look_up(reader, some)
            # One that was cleared meanwhile is active again; one that was deleted is gone.
            memo.active = memo.active.difference(some) | {row.id for row in rows if row.state not in _STATES}
            self._count(reader, memo, [row for row in rows if _is_news(memo, row)])
        return appeared and not gone

    def _take_new(self, reader: Reader, memo: RunMemo, newest: int) -> None:
        """Runs that were never seen active, by pages; after a crash it goes on after the last page."""
        after = memo.low if memo.resume is None else memo.resume
        while True:
            page = reader.rows(ends, after=after, since=memo.since)
            unknown = [row.id for row in page if not _is_known(memo, row)]
            for first in range(0, len(unknown), _GO):
                rows = self._look_up(reader, unknown[first : first + _GO])
                self._count(reader, memo, [row for row in rows if _is_news(memo, row, never_active=True)])
            if len(page) < _PAGE:
                break
            after = memo.resume = page[-1].id
            memo.forget()
        memo.passed(max([newest, *(row.id for row in page[-1:])]))
        memo.forget()

    def _look_up(self, reader: Reader, ids: Sequence[int]) -> list[SomeRun]:
        return [row for batch in batches(ids) for row in reader.rows(runs_by_id, ids=batch)]

    def _count(self, reader: Reader, memo: RunMemo, runs: Sequence[SomeRun]) -> None:
        """Count finishes and the task instances that belong to them, and remember both."""
        entry = Entry()
        since = {(run.dag_id, run.run_id): _since(memo, run) for run in runs}
        rolled = roll_up(reader, entry, since, self._isolation)
        for run in runs:
            if run.end is None:
                continue
            name = name_of(run.dag_id, run.run_id)
            first = run.cleared == 0 if run.cleared is not None else _known(memo, run) is None
            tasks = rolled[run.dag_id, run.run_id]
            memo.add(
                run.id,
                Finish(name=name, start=run.start, end=run.end, tasks_end=tasks.end, retries=tasks.retries),
                reader.now,
            )
            _add_run(entry, run, first=first, three=reader.flavour.three)
        self._book.commit(entry, memo.dump())


def _known(memo: RunMemo, run: SomeRun) -> Finish | None:
    """The last finish of this run, if it was counted."""
    known = memo.finished.get(run.id)
    return known if known is not None and known.name == name_of(run.dag_id, run.run_id) else None


def _is_known(memo: RunMemo, row: End) -> bool:
    known = memo.finished.get(row.id)
    return known is not None and known.end == row.end


def _is_news(memo: RunMemo, run: SomeRun, *, never_active: bool = False) -> bool:
    """Whether this is a finish that has not been counted."""
    if run.state not in _STATES or run.end is None or run.end <= memo.since:
        return False
    before = memo.finished.get(run.id)
    if before is not None and before.end == run.end:
        return False
    known = _known(memo, run)
    # Marked by hand after it had finished: 2.7 writes a new end, yet it did not run.
    marked = known is not None and known.start is not None and known.start == run.start
    return not (never_active and marked)


def _since(memo: RunMemo, run: SomeRun) -> Since | None:
    """Which task instances of a finished run count: all the first time, later those that ended since."""
    known = _known(memo, run)
    if known is not None:
        # A run whose tasks all lack an end, or that had none, has nothing that could count twice.
        return None if known.tasks_end is None else Since(known.tasks_end, known.retries)
    if run.id > memo.began or run.cleared == 0 or run.queued_at is None:
        return None
    # It was there before us: what it did until it was cleared is history. Clearing writes queued_at anew.
    return Since(run.queued_at, None)


def _add_run(entry: Entry, run: SomeRun, *, first: bool, three: bool) -> None:
    for state in _STATES:
        # Both, so that the first failure is an increase.
        amount = int(state == run.state)
        entry.count(outcomes.RUNS_FINISHED, amount, dag_id=run.dag_id, state=state, run_type=run.run_type)
    # Nobody queued what `airflow dags test` runs; its start is its logical date, maybe one of years ago.
    tested = run.queued_at is None and run.run_type == "manual"
    if run.start is not None and run.end is not None and not tested:
        seconds = max(0.0, (run.end - run.start).total_seconds())
        entry.observe(outcomes.RUN_SECONDS, seconds, state=run.state, run_type=run.run_type)
    on_time = run.run_type not in {"manual", "backfill"} if three else run.run_type == "scheduled"
    if first and on_time and run.start is not None and run.due is not None:
        delay = max(0.0, (run.start - run.due).total_seconds())
        entry.observe(outcomes.START_DELAY, delay, run_type=run.run_type)
