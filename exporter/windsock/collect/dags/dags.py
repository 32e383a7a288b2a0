"""DAGs: who owns them, are they paused, when are they due, and what blocks them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from windsock.catalog import dags as catalog
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.collect.dags import practices, schedule
from windsock.collect.dags.choices import chosen
from windsock.collect.dags.dag_row import Dag, Details, dag_details, dag_moves
from windsock.collect.dags.teams import TeamsCollector
from windsock.figures import Figures
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

if TYPE_CHECKING:
    from windsock.collect.dags.known import KnownDag

Tags = Mapping[str, tuple[str, ...]]
_STATES = ("active", "paused", "stale", "import_error")
_INFO = ("dag_id", "owners", "team", "airflow_team", "schedule", "tags", "bundle", "folder")
_TURNS = 4
_ALL = 1_000_000


class Tag(NamedTuple):
    """dag_tag."""

    dag_id: str
    name: str


def tags(_of: Flavour) -> Statement[Tag]:
    """The whole table."""
    return make("tags", Tag, "SELECT dag_id, name FROM dag_tag", reads={"dag_tag": ("dag_id", "name")})


class DagsCollector(Collector[tuple[Dag, ...]]):
    """Reads `dag`: what runs change each time, what files say in turn, a quarter of the DAGs after the other.

    A DAG that is new is complete at once.
    """

    name = "dags"
    tier = Tier.FAST
    reads = (dag_moves, dag_details)
    vital = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._tags = context.choices.dag_tags
        self._details: dict[str, Details] = {}
        self._after = ""

    def read(self, reader: Reader) -> tuple[Dag, ...]:
        """Every row, stale ones too."""
        rows = reader.rows(dag_moves)
        self._renew(reader, {row.dag_id for row in rows})
        known = self._details
        # One that is not among them was deleted between the two reads.
        return tuple(Dag._make((*row, *known[row.dag_id][1:])) for row in rows if row.dag_id in known)

    def _renew(self, reader: Reader, dag_ids: set[str]) -> None:
        """Details of the next ones by id, as the database orders ids; of all if there are new ones."""
        if dag_ids <= self._details.keys():
            count = -(-len(dag_ids) // _TURNS)
            some = reader.rows(dag_details, after=self._after, count=count)
            self._after = some[-1].dag_id if len(some) == count > 0 else ""
            known = {dag_id: details for dag_id, details in self._details.items() if dag_id in dag_ids}
            self._details = known | {row.dag_id: row for row in some}
        else:
            self._details = {row.dag_id: row for row in reader.rows(dag_details, after="", count=_ALL)}
            self._after = ""

    def add(self, figures: Figures, value: tuple[Dag, ...], scene: Scene) -> None:
        """DAGs by state, each once; info, pause, next due time and what blocks each DAG; practices."""
        counts = Counter(_state(row) for row in value)
        for state in _STATES:
            figures.add(catalog.DAGS, counts[state], state=state)
        _add_parses(figures, value)
        practices.add(figures, scene.dags)
        teams = scene.value(TeamsCollector)
        of_bundle = teams.of_bundle if teams else {}
        figures.add_each(
            catalog.DAG_INFO, _INFO, ((self._info(dag, of_bundle), 1) for dag in scene.dags.values())
        )
        blocked = (
            ((dag_id, reason), 1)
            for dag_id, dag in scene.dags.items()
            for reason in schedule.blocked(dag.row)
        )
        figures.add_each(catalog.BLOCKED, ("dag_id", "reason"), blocked)
        paused = (((dag_id,), dag.row.paused) for dag_id, dag in scene.dags.items())
        figures.add_each(catalog.DAG_PAUSED, ("dag_id",), paused)
        due = (
            ((dag_id,), dag.next_due.timestamp())
            for dag_id, dag in scene.dags.items()
            if dag.scheduled and not dag.row.paused and dag.next_due is not None
        )
        figures.add_each(catalog.NEXT_RUN, ("dag_id",), due)

    def _info(self, dag: KnownDag, of_bundle: Mapping[str, str]) -> tuple[str, ...]:
        tags = ",".join(chosen(dag.tags, self._tags)) if self._tags else ""
        owners, bundle = ", ".join(dag.owners), dag.row.bundle or ""
        own = of_bundle.get(bundle, "")
        return dag.row.dag_id, owners, dag.team, own, dag.schedule, tags, bundle, dag.folder


class TagsCollector(Collector[Tags]):
    """Reads `dag_tag`; they change rarely, so the slow tier will do."""

    name = "dag_tags"
    tier = Tier.SLOW
    reads = (tags,)

    def read(self, reader: Reader) -> Tags:
        """Sorted tags by DAG."""
        found: dict[str, list[str]] = {}
        for row in reader.rows(tags):
            found.setdefault(row.dag_id, []).append(row.name)
        return {dag_id: tuple(sorted(names)) for dag_id, names in found.items()}

    def add(self, figures: Figures, value: Tags, scene: Scene) -> None:
        """Nothing of their own."""


def _add_parses(figures: Figures, dags: Iterable[Dag]) -> None:
    """The oldest last parse of all, of each bundle, and every DAG's."""
    parsed = [(row, row.parsed) for row in dags if row.parsed is not None and not row.stale]
    oldest: dict[str, datetime] = {}
    for row, at in parsed:
        if row.bundle is not None:
            oldest[row.bundle] = min(at, oldest.get(row.bundle, at))
    if parsed:
        figures.add(catalog.LAST_PARSE, min(at for _, at in parsed).timestamp())
    for bundle, at in oldest.items():
        figures.add(catalog.BUNDLE_OLDEST_PARSE, at.timestamp(), bundle=bundle)
    figures.add_each(catalog.PARSED, ("dag_id",), (((row.dag_id,), at.timestamp()) for row, at in parsed))


def _state(row: Dag) -> str:
    if row.stale:
        return "stale"
    if row.import_errors:
        return "import_error"
    return "paused" if row.paused else "active"
