"""The exporter's own collectors on the generated data, with every read noted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from windsock.cardinality import Cardinality, Preset
from windsock.collect.collector import Collector, Context, Reader, Scene, Tier
from windsock.collect.dags.dags import DagsCollector
from windsock.collect.default import COLLECTORS, wanted
from windsock.collect.picture import draw
from windsock.collect.runs.watched import Selection
from windsock.counters import Counters
from windsock.figures import Figures
from windsock.metadb.database import Database
from windsock.metadb.source import Source
from windsock.metadb.statement import R, Statement
from windsock.metadb.url import parse
from windsock.owners import Owners
from windsock.sla import Register, load
from windsock.sla.rules import Looks
from windsock.state import State

# Thirty DAGs with an SLA.
SLAS = (
    "slas:\n"
    "  - {dag: 'sales_pipeline_000?[02468]', max_age: 26h}\n"
    "  - {dag: 'finance_pipeline_000?[13579]', finish_by: '06:30', timezone: Europe/Berlin}\n"
)
# A machine that does other things as well may read rows from a slow disk; what counts are blocks.
_TIMEOUT = 120.0


class Call(NamedTuple):
    """One read: of which collector, what, with what."""

    tier: str
    collector: str
    statement: Statement[Any]
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One cycle of one tier: what was read, and the seconds that the exporter was at it."""

    calls: tuple[Call, ...]
    seconds: float


class _Noting(Database):
    notes: list[tuple[Statement[Any], dict[str, Any]]]

    def read(self, statement: Statement[R], **parameters: Any) -> list[R]:
        rows = super().read(statement, **parameters)
        given = {name: value for name, value in parameters.items() if f":{name}" in statement.sql}
        self.notes.append((statement, given))
        return rows


class Ours:
    """All default collectors, as `windsock serve` makes them.

    Args:
        url: the database as Airflow writes it.
        folder: for the SLA file and the state.
    """

    def __init__(self, url: str, folder: Path) -> None:
        slas = folder / "slas.yaml"
        slas.write_text(SLAS, encoding="utf-8")
        self._database = _Noting(parse(url, origin="benchmark"))
        self._database.notes = []
        self._source = Source(self._database, wanted())
        self._values: dict[str, Any] = {}
        watched = Selection(Register(load(slas)), self._looks)
        state = folder / "state"
        context = Context(state=State(state), watched=watched, counters=Counters(state))
        self._collectors = tuple(kind(context) for kind in COLLECTORS)

    @property
    def refused(self) -> dict[str, str]:
        """Statements that the guard would not let run."""
        return {name: refusal.message for name, refusal in self._source.refused.items()}

    def run(self, tier: Tier, now: datetime) -> Pass:
        """One cycle as if the database's clock said `now`."""
        calls: list[Call] = []
        shared: dict[str, list[Any]] = {}
        started = perf_counter()
        for collector in self._collectors:
            if collector.tier is tier and collector.used(self._source.statements):
                self._database.notes = []
                reader = Reader(
                    database=self._database,
                    statements=self._source.statements,
                    now=now,
                    timeout=_TIMEOUT,
                    shared_rows=shared,
                )
                self._values[collector.name] = collector.read(reader)
                calls += (Call(tier.value, collector.name, *note) for note in self._database.notes)
        return Pass(calls=tuple(calls), seconds=perf_counter() - started)

    def figures(self, now: datetime, preset: Preset) -> dict[str, Figures]:
        """The figures of every collector."""
        drawn: dict[str, Figures] = {}
        cardinality = Cardinality(preset=preset)
        draw(
            Figures(cardinality),
            self._values,
            [_Apart(collector, drawn, cardinality) for collector in self._collectors],
            owners=Owners(),
            now=now,
            grace=timedelta(minutes=1),
        )
        return drawn

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    def _looks(self) -> list[Looks]:
        return [Looks(row.dag_id) for row in self._values.get(DagsCollector.name, ()) if not row.stale]


class _Apart(Collector[Any]):
    """A collector whose figures are kept by themselves."""

    def __init__(
        self, collector: Collector[Any], drawn: dict[str, Figures], cardinality: Cardinality
    ) -> None:
        self._collector = collector
        self._cardinality = cardinality
        self._drawn = drawn

    @property
    def name(self) -> str:  # type: ignore[override]
        return self._collector.name

    def read(self, reader: Reader) -> Any:
        return self._collector.read(reader)

    def add(self, _figures: Figures, value: Any, scene: Scene) -> None:
        self._drawn[self.name] = own = Figures(self._cardinality)
        self._collector.add(own, value, scene)


def series(figures: Iterable[Figures]) -> int:
    """Samples, as a scrape would count them."""
    return sum(count for each in figures for count in each.counts().values())
