"""Active runs, newly created runs, and runs off the schedule, which no per-DAG index finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from windsock.catalog import dags
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.collect.dags.schedule import overdue
from windsock.collect.runs.active import ActiveRun, ActiveRuns, active_by_id, active_marks, active_runs
from windsock.collect.runs.undated import Undated, undated, undated_by_id
from windsock.figures import Figures
from windsock.metadb.dag_runs import Run
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

_STATES = ("queued", "running")
_FIRST_IDS = 5_000
# Ids are drawn before the commit: a lower one may appear after a higher one.
_OVERLAP_IDS = 1_000
_KEEP_CREATED = timedelta(hours=2)


class NewRun(NamedTuple):
    """A run by its serial id."""

    id: int
    dag_id: str
    run_type: str
    created: datetime | None


class NewestRun(NamedTuple):
    """The highest serial id, None in an empty table."""

    newest: int | None


def newest_run(_of: Flavour) -> Statement[NewestRun]:
    """By primary key."""
    return make("newest_run", NewestRun, "SELECT max(id) AS newest FROM dag_run", reads={"dag_run": ("id",)})


def new_runs(of: Flavour) -> Statement[NewRun]:
    """By primary key."""
    columns = ("created_at", "queued_at", "start_date") if of.since("3.2") else ("queued_at", "start_date")
    return make(
        "new_runs",
        NewRun,
        f"SELECT id, dag_id, run_type, COALESCE({', '.join(columns)}) AS created"
        " FROM dag_run WHERE id > :after",
        reads={"dag_run": ("id", "dag_id", "run_type", *columns)},
        after=2**31 - 1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Runs of one moment.

    Attributes:
        created: when the newest run of a DAG was created, backfills left out, as far as that is recent.
        undated: 3.x: runs off the schedule by DAG, newest due first.
    """

    active: tuple[ActiveRun, ...]
    created: Mapping[str, datetime]
    undated: Mapping[str, tuple[Run, ...]]


class RunsCollector(Collector[Runs]):
    """Reads `dag_run`: the active ones, the newest ids, and what is off the schedule."""

    name = "runs"
    tier = Tier.FAST
    reads = (active_runs, active_marks, active_by_id, newest_run, new_runs, undated, undated_by_id)
    vital = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._active = ActiveRuns()
        self._newest_id: int | None = None
        self._created: dict[str, datetime] = {}
        self._undated = Undated()

    def read(self, reader: Reader) -> Runs:
        """Read, and remember what later reads will not return."""
        active = self._active.read(reader)
        new = self._read_new(reader)
        return Runs(
            active=active, created=dict(self._created), undated=self._undated.read(reader, active, new)
        )

    def _read_new(self, reader: Reader) -> list[NewRun]:
        if self._newest_id is None:
            self._newest_id = (reader.rows(newest_run)[0].newest or 0) - _FIRST_IDS
        new = reader.rows(new_runs, after=self._newest_id - _OVERLAP_IDS)
        for row in new:
            self._newest_id = max(self._newest_id, row.id)
            if row.created is not None and row.run_type != "backfill":
                self._created[row.dag_id] = max(row.created, self._created.get(row.dag_id, row.created))
        oldest = reader.now - _KEEP_CREATED
        self._created = {dag_id: created for dag_id, created in self._created.items() if created > oldest}
        return new

    def add(self, figures: Figures, value: Runs, scene: Scene) -> None:
        """Active runs, those of backfills in all, the oldest one's age, and which DAG is overdue."""
        _add_active(figures, value, scene)
        for state in _STATES:
            backfills = sum(row.state == state and row.run_type == "backfill" for row in value.active)
            figures.add(dags.BACKFILL_DAG_RUNS, backfills, state=state)
        late: dict[tuple[str], float] = {}
        for dag_id, dag in scene.dags.items():
            if dag.scheduled and not dag.row.paused and dag.next_due is not None:
                created = value.created.get(dag_id)
                past = overdue(dag.next_due, now=scene.now, grace=scene.grace, last_created=created)
                late[dag_id,] = past.total_seconds()
        figures.add_each(dags.OVERDUE, ("dag_id",), late.items())
        figures.add(dags.SCHEDULED, len(late))


def tried(run: ActiveRun) -> bool:
    """Whether it is a run of `airflow dags test`: nobody queued it, and its start is its logical date."""
    return run.state == "running" and run.queued_at is None and run.run_type != "backfill"


def _add_active(figures: Figures, read: Runs, scene: Scene) -> None:
    """With zeros for every DAG that is not stale."""
    counts: dict[tuple[str, str], int] = {(dag_id, state): 0 for dag_id in scene.dags for state in _STATES}
    oldest: dict[tuple[str, str], datetime] = {}
    for row in read.active:
        key = (row.dag_id, row.state)
        counts[key] = counts.get(key, 0) + 1
        since = row.queued_at if row.state == "queued" else row.start
        if since is not None and not tried(row):
            oldest[key] = min(since, oldest.get(key, since))
    names = ("dag_id", "state")
    figures.add_each(dags.DAG_RUNS, names, counts.items())
    ages = ((key, max(0.0, (scene.now - since).total_seconds())) for key, since in oldest.items())
    figures.add_each(dags.DAG_RUNS_OLDEST_AGE, names, ages)
