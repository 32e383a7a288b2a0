"""Reads the past of many DAGs, some at a time, so that neither the database nor this process holds much."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from windsock.metadb import past_runs
from windsock.metadb.database import Database
from windsock.metadb.flavour import Flavour
from windsock.metadb.past_runs import MOST_ROWS, PastRow
from windsock.metadb.source import Source, Wanted
from windsock.metadb.statement import R, Statement
from windsock.metadb.statements import Maker
from windsock.sla.usual_path import MOST_RUNS as LEARNED
from windsock.sla.words import MOST_RUNS as COUNTED

_WITHIN = 60.0
_COUNT_AT_ONCE = 500
_DAGS_AT_ONCE = 100
_RUNS_AT_ONCE = 10_000
# As far as `windsock serve` looks back for runs off the schedule.
_UNDATED = timedelta(days=30)

T = TypeVar("T")

learned_from = past_runs.earlier("earlier_runs", LEARNED)
counted_from = past_runs.earlier("earlier_counted_runs", COUNTED)


def wanted(vital: Iterable[Maker[Any]], others: Iterable[Maker[Any]] = ()) -> Wanted:
    """What a replay reads, besides `vital` and what is good to have."""
    runs = (past_runs.window_counts, past_runs.window_runs, learned_from, counted_from)
    return Wanted(vital=(*vital, *runs), others=(past_runs.undated_runs, *others))


@dataclass(slots=True, kw_only=True)
class Reading:
    """Reads runs due since some time.

    Attributes:
        since: the beginning of what is replayed; older runs are read to learn from.
        now: the database's clock.
        rows: read so far.
    """

    source: Source
    database: Database
    since: datetime
    now: datetime
    rows: int = 0
    _undated: dict[str, list[PastRow]] = field(default_factory=dict)

    def undated(self, dag_ids: Collection[str]) -> None:
        """Read what is off the schedule on 3.x, which no index leads to from its DAG; `pages` hands it out.

        Raises:
            ReadError: like every read.
        """
        wanted_ids = frozenset(dag_ids)
        since, until = self.since - _UNDATED, self.now
        while since < until:
            rows = self._read(past_runs.undated_runs, since=since, until=until)
            for row in rows:
                if row.dag_id in wanted_ids:
                    self._undated.setdefault(row.dag_id, []).append(row)
            if len(rows) < MOST_ROWS:
                return
            # More than a page due at one moment cannot be told apart by it: go on after that.
            since = rows[-1].due if rows[-1].due > since else since + timedelta(microseconds=1)

    def pages(
        self, dag_ids: Sequence[str], counted: Collection[str]
    ) -> Iterator[Mapping[str, list[PastRow]]]:
        """All runs of some DAGs at a time, each DAG once.

        Args:
            dag_ids: of which DAGs.
            counted: those of which more runs are needed from before the beginning.

        Raises:
            ReadError: like every read.
        """
        for many in _batches(dag_ids, _COUNT_AT_ONCE):
            sizes = {row.dag_id: row.runs for row in self._read(past_runs.window_counts, **self._of(many))}
            for some in _groups(many, sizes):
                yield self._page(some, sum(sizes.get(dag_id, 0) for dag_id in some), counted)

    def _page(self, dag_ids: list[str], size: int, counted: Collection[str]) -> dict[str, list[PastRow]]:
        found: dict[str, dict[str, PastRow]] = {dag_id: {} for dag_id in dag_ids}
        parts = 1 + size // _RUNS_AT_ONCE
        end = self.now + timedelta(days=2)
        step = (end - self.since) / parts
        rows: list[PastRow] = []
        for part in range(parts):
            first = self.since + part * step
            last = end if part == parts - 1 else first + step
            rows += self._read(past_runs.window_runs, dag_ids=dag_ids, since=first, until=last)
        for maker, wanted_ids in (
            (counted_from, [dag_id for dag_id in dag_ids if dag_id in counted]),
            (learned_from, [dag_id for dag_id in dag_ids if dag_id not in counted]),
        ):
            if wanted_ids:
                rows += self._read(maker, **self._of(wanted_ids))
        for row in rows:
            found[row.dag_id][row.run_id] = row
        for dag_id in dag_ids:
            found[dag_id].update({row.run_id: row for row in self._undated.pop(dag_id, ())})
        return {dag_id: list(runs.values()) for dag_id, runs in found.items()}

    def _of(self, dag_ids: list[str]) -> dict[str, Any]:
        return {"dag_ids": dag_ids, "since": self.since}

    def _read(self, maker: Callable[[Flavour], Statement[R] | None], **parameters: Any) -> list[R]:
        statement = self.source.statements.get(maker)
        if statement is None or statement.name in self.source.refused:
            return []
        rows = self.database.read(statement, within=_WITHIN, **parameters)
        self.rows += len(rows)
        return rows


def _groups(dag_ids: list[str], sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """DAGs that are read together; one with many runs alone."""
    group: list[str] = []
    runs = 0
    for dag_id in dag_ids:
        size = sizes.get(dag_id, 0)
        if group and (len(group) >= _DAGS_AT_ONCE or runs + size > _RUNS_AT_ONCE):
            yield group
            group, runs = [], 0
        group.append(dag_id)
        runs += size
    if group:
        yield group


def _batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    for first in range(0, len(items), size):
        yield list(items[first : first + size])
