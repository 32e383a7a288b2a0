"""Tasks that check data: when each was green last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from windsock.catalog import practices
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier, batches
from windsock.collect.dags.choices import chosen
from windsock.collect.tasks.attempt_rows import Beat, ended_jobs
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import EXAMPLE_TIME, Statement, make
from windsock.metadb.statements import Statements
from windsock.state import State

_SECTION = "check_tasks"
_FIRST_LOOK = timedelta(hours=1)
# Heartbeats are written every few seconds; what was committed late is found by the next look.
_OVERLAP = timedelta(seconds=60)
# So many are remembered; those that came first.
_KEPT = 500
# DAG and task.
Key = tuple[str, str]


class Green(NamedTuple):
    """A task and the end of its last success in what was looked at."""

    dag_id: str
    task_id: str
    ended: datetime


_SELECT = "SELECT dag_id, task_id, max(end_date) AS ended FROM task_instance WHERE "
_GREEN = "state = 'success' AND end_date IS NOT NULL GROUP BY dag_id, task_id"
_COLUMNS = ("dag_id", "task_id", "state", "end_date")


def green_tasks(of: Flavour) -> Statement[Green] | None:
    """3.x: by heartbeat [ti_heartbeat]."""
    if not of.three:
        return None
    return make(
        "green_tasks",
        Green,
        f"{_SELECT}last_heartbeat_at > :since AND {_GREEN}",
        reads={"task_instance": (*_COLUMNS, "last_heartbeat_at")},
        since=EXAMPLE_TIME,
    )


def green_of_jobs(of: Flavour) -> Statement[Green] | None:
    """2.x: by job [ti_job_id]."""
    if of.three:
        return None
    return make(
        "green_of_jobs",
        Green,
        f"{_SELECT}job_id IN :jobs AND {_GREEN}",
        reads={"task_instance": (*_COLUMNS, "job_id")},
        jobs=[-1],
    )


class CheckTasksCollector(Collector[Mapping[Key, datetime]]):
    """Reads `task_instance` by heartbeat on 3.x, by the jobs that ended on 2.x; only if it is asked to."""

    name = "check_tasks"
    tier = Tier.SLOW
    reads = (green_tasks, green_of_jobs, ended_jobs)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._globs = context.choices.check_tasks
        self._state = context.state
        self._green = _load(context.state)
        self._until: datetime | None = None

    def used(self, statements: Statements) -> tuple[Statement[Any], ...]:
        """None without --check-tasks."""
        return super().used(statements) if self._globs else ()

    def read(self, reader: Reader) -> Mapping[Key, datetime]:
        """The last success of each ever seen; only what came since the last look is read."""
        since = reader.now - _FIRST_LOOK if self._until is None else self._until - _OVERLAP
        found = [*_since(reader, since)]
        names = set(chosen({row.task_id for row in found}, self._globs))
        for row in found:
            key = (row.dag_id, row.task_id)
            if row.task_id in names and (key in self._green or len(self._green) < _KEPT):
                self._green[key] = max(row.ended, self._green.get(key, row.ended))
        self._until = reader.now
        self._state.put(_SECTION, _dump(self._green))
        return dict(self._green)

    def add(self, figures: Figures, value: Mapping[Key, datetime], scene: Scene) -> None:
        """One timestamp per task of a DAG that is there."""
        for (dag_id, task_id), ended in value.items():
            if (not scene.dags or dag_id in scene.dags) and chosen((task_id,), self._globs):
                figures.add(
                    practices.CHECK_TASK_LAST_SUCCESS, ended.timestamp(), dag_id=dag_id, task_id=task_id
                )


def _since(reader: Reader, since: datetime) -> Iterator[Green]:
    if reader.flavour.three:
        yield from reader.rows(green_tasks, since=since)
        return
    while jobs := reader.rows(ended_jobs, since=since):
        for batch in batches([job.id for job in jobs]):
            yield from reader.rows(green_of_jobs, jobs=batch)
        since = _last(jobs)


def _last(jobs: list[Beat]) -> datetime:
    return max(job.beat for job in jobs)


def _load(state: State) -> dict[Key, datetime]:
    found: dict[Key, datetime] = {}
    for entry in state.section(_SECTION).get("green", []):
        try:
            dag_id, task_id, seconds = entry
            found[str(dag_id), str(task_id)] = datetime.fromtimestamp(float(seconds), timezone.utc)
        except (TypeError, ValueError, OverflowError, OSError):  # noqa: PERF203 (one bad entry costs itself only)
            continue
    return found


def _dump(green: Mapping[Key, datetime]) -> dict[str, object]:
    return {"green": [[dag_id, task_id, ended.timestamp()] for (dag_id, task_id), ended in green.items()]}
