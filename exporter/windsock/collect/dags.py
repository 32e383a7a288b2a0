"""DAGs: who owns them, are they paused, when are they due, are they overdue and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from windsock.catalog import dags
from windsock.collect import schedule
from windsock.collect.collector import Collector, Reader, Tier
from windsock.figures import Figures
from windsock.metadb import rows
from windsock.owners import Owners

Tags = Mapping[str, tuple[str, ...]]
_STATES = ("active", "paused", "stale", "import_error")


class DagsCollector(Collector[tuple[rows.Dag, ...]]):
    """Reads `dag`, whole: ten thousand rows are some milliseconds."""

    name = "dags"
    tier = Tier.FAST
    uses = ("dags",)

    def read(self, reader: Reader) -> tuple[rows.Dag, ...]:
        """Every row, stale ones too."""
        return tuple(reader.rows(reader.statements.dags))


class TagsCollector(Collector[Tags]):
    """Reads `dag_tag`; only owners.yaml looks at them, so the slow tier will do."""

    name = "dag_tags"
    tier = Tier.SLOW
    uses = ("tags",)

    def read(self, reader: Reader) -> Tags:
        """Sorted tags by DAG."""
        found: dict[str, list[str]] = {}
        for row in reader.rows(reader.statements.tags):
            found.setdefault(row.dag_id, []).append(row.name)
        return {dag_id: tuple(sorted(names)) for dag_id, names in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDag:
    """A DAG that is not stale, in terms that both majors share."""

    row: rows.Dag
    owners: tuple[str, ...]
    tags: tuple[str, ...]
    team: str
    schedule: str
    scheduled: bool
    next_due: datetime | None


def known(read: tuple[rows.Dag, ...], tags: Tags, owners: Owners, *, major: int) -> dict[str, KnownDag]:
    """Every DAG that is not stale."""
    found = {}
    for row in read:
        if row.stale:
            continue
        names, marks = schedule.sorted_owners(row.owners), tags.get(row.dag_id, ())
        text = schedule.schedule_text(row.schedule)
        found[row.dag_id] = KnownDag(
            row=row,
            owners=names,
            tags=marks,
            team=owners.team_for(dag_id=row.dag_id, owners=names, tags=marks, file=row.file),
            schedule=text,
            scheduled=schedule.has_time(text),
            next_due=schedule.next_due(row, major=major),
        )
    return found


def add_counts(figures: Figures, read: tuple[rows.Dag, ...]) -> None:
    """How many DAGs there are by state; each counts once."""
    counts = Counter(_state(row) for row in read)
    for state in _STATES:
        figures.add(dags.DAGS, counts[state], state=state)


def add(figures: Figures, found: Mapping[str, KnownDag]) -> None:
    """Info, pause, next due time and what blocks each DAG."""
    for dag_id, dag in found.items():
        figures.add(
            dags.DAG_INFO,
            1,
            dag_id=dag_id,
            owners=", ".join(dag.owners),
            team=dag.team,
            schedule=dag.schedule,
        )
        figures.add(dags.DAG_PAUSED, dag.row.paused, dag_id=dag_id)
        if dag.scheduled and not dag.row.paused and dag.next_due is not None:
            figures.add(dags.NEXT_RUN, dag.next_due.timestamp(), dag_id=dag_id)
        for reason in schedule.blocked(dag.row):
            figures.add(dags.BLOCKED, 1, dag_id=dag_id, reason=reason)


def add_overdue(
    figures: Figures,
    found: Mapping[str, KnownDag],
    created: Mapping[str, datetime],
    *,
    now: datetime,
    grace: timedelta,
) -> None:
    """Overdue seconds of every DAG with a time schedule that is not paused; `created` as in `Runs`."""
    for dag_id, dag in found.items():
        if dag.scheduled and not dag.row.paused and dag.next_due is not None:
            late = schedule.overdue(dag.next_due, now=now, grace=grace, last_created=created.get(dag_id))
            figures.add(dags.OVERDUE, late.total_seconds(), dag_id=dag_id)


def _state(row: rows.Dag) -> str:
    if row.stale:
        return "stale"
    if row.import_errors:
        return "import_error"
    return "paused" if row.paused else "active"
