"""Active runs, newly created runs, and runs off the schedule, which no per-DAG index finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from windsock.catalog import dags
from windsock.collect.collector import Collector, Reader, Tier
from windsock.figures import Figures
from windsock.metadb import rows

_STATES = ("queued", "running")
_FIRST_IDS = 5_000
# Ids are drawn before the commit: a lower one may appear after a higher one.
_OVERLAP_IDS = 1_000
_KEEP_CREATED = timedelta(hours=2)
_FIRST_LOOK = timedelta(days=30)
_LOOK_BACK = timedelta(days=1)
_KEPT_PER_DAG = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Runs of one moment.

    Attributes:
        created: when the newest run of a DAG was created, backfills left out, as far as that is recent.
        undated: 3.x: runs off the schedule by DAG, newest due first, remembered beyond the look-back.
    """

    active: tuple[rows.ActiveRun, ...]
    created: Mapping[str, datetime]
    undated: Mapping[str, tuple[rows.Run, ...]]


class RunsCollector(Collector[Runs]):
    """Reads `dag_run`: the active ones, the newest ids, and by due time what is off the schedule."""

    name = "runs"
    tier = Tier.FAST
    uses = ("active_runs", "newest_run", "new_runs", "undated")

    def __init__(self) -> None:
        self._newest_id: int | None = None
        self._created: dict[str, datetime] = {}
        self._undated: dict[str, tuple[rows.Run, ...]] = {}
        self._undated_since: datetime | None = None

    def read(self, reader: Reader) -> Runs:
        """Read, and remember what later reads will not return."""
        active = tuple(reader.rows(reader.statements.active_runs))
        self._read_created(reader)
        self._read_undated(reader, active)
        return Runs(active=active, created=dict(self._created), undated=dict(self._undated))

    def _read_created(self, reader: Reader) -> None:
        if self._newest_id is None:
            self._newest_id = (reader.rows(reader.statements.newest_run)[0].newest or 0) - _FIRST_IDS
        new = reader.rows(reader.statements.new_runs, after=self._newest_id - _OVERLAP_IDS)
        for row in new:
            self._newest_id = max(self._newest_id, row.id)
            if row.created is not None and row.run_type != "backfill":
                self._created[row.dag_id] = max(row.created, self._created.get(row.dag_id, row.created))
        oldest = reader.now - _KEEP_CREATED
        self._created = {dag_id: created for dag_id, created in self._created.items() if created > oldest}

    def _read_undated(self, reader: Reader, active: Iterable[rows.ActiveRun]) -> None:
        if reader.statements.undated is None:
            return
        since = self._undated_since or reader.now - _FIRST_LOOK
        found: dict[str, dict[str, rows.Run]] = {}
        for row in reader.rows(reader.statements.undated, since=since):
            found.setdefault(row.dag_id, {})[row.run_id] = row
        for dag_id, fresh in found.items():
            known = {run.run_id: run for run in self._undated.get(dag_id, ())} | fresh
            newest = sorted(known.values(), key=lambda run: run.due, reverse=True)
            self._undated[dag_id] = tuple(newest[:_KEPT_PER_DAG])
        # A run that is active now must be read again once it has finished, however long that takes.
        unfinished = [row.due for row in active if row.run_type not in {"scheduled", "backfill"}]
        self._undated_since = min([reader.now - _LOOK_BACK, *unfinished]) - timedelta(seconds=1)


def add(figures: Figures, read: Runs, dag_ids: Iterable[str], now: datetime) -> None:
    """Active runs and the oldest one's age, with zeros for the given DAGs; those of backfills in all."""
    counts: dict[tuple[str, str], int] = {(dag_id, state): 0 for dag_id in dag_ids for state in _STATES}
    oldest: dict[tuple[str, str], datetime] = {}
    for row in read.active:
        key = (row.dag_id, row.state)
        counts[key] = counts.get(key, 0) + 1
        since = row.queued_at if row.state == "queued" else row.start
        if since is not None:
            oldest[key] = min(since, oldest.get(key, since))
    for (dag_id, state), count in counts.items():
        figures.add(dags.DAG_RUNS, count, dag_id=dag_id, state=state)
    for state in _STATES:
        backfills = sum(row.state == state and row.run_type == "backfill" for row in read.active)
        figures.add(dags.BACKFILL_DAG_RUNS, backfills, state=state)
    for (dag_id, state), since in oldest.items():
        age = max(0.0, (now - since).total_seconds())
        figures.add(dags.DAG_RUNS_OLDEST_AGE, age, dag_id=dag_id, state=state)
