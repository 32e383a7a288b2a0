"""What every statement of `windsock serve` costs on this database: planned, and run once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from windsock.collect.collector import Collector, Reader, Tier
from windsock.metadb import server
from windsock.metadb.database import Database
from windsock.metadb.flavour import Flavour
from windsock.metadb.source import Source
from windsock.metadb.statement import R, Statement, StatementError
from windsock.metadb.trouble import ReadError


@dataclass(slots=True, kw_only=True)
class Ran:
    """The runs of one statement.

    Attributes:
        parameters: those of the first run.
        seconds: of all runs, like `rows`.
    """

    parameters: dict[str, Any]
    times: int = 0
    seconds: float = 0.0
    rows: int = 0


@dataclass(slots=True, kw_only=True)
class _Recorder(Reader):
    """A reader that notes what it reads, by the statement's name."""

    ran: dict[str, Ran] = field(default_factory=dict)

    def rows(self, maker: Callable[[Flavour], Statement[R] | None], **parameters: Any) -> list[R]:
        statement = self.statements.get(maker)
        if statement is None:
            return []
        noted = self.ran.setdefault(statement.name, Ran(parameters=parameters))
        started = perf_counter()
        rows = self.database.read(statement, within=self.timeout, **parameters)
        noted.seconds += perf_counter() - started
        noted.times += 1
        noted.rows += len(rows)
        return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One statement of one collector.

    Attributes:
        replica: it is run on the replica.
        cost: the planner's own number for the whole of it; None where the planner has none.
        expected: the rows that the planner expects.
        ran: None if it was not run.
        problem: why it is not run, or why the collector's run failed.
    """

    collector: str
    tier: Tier
    statement: str
    sql: str
    replica: bool
    cost: float | None = None
    expected: int | None = None
    ran: Ran | None = None
    problem: str | None = None


def account(source: Source, collectors: Iterable[Collector[Any]], *, run: bool) -> tuple[Cost, ...]:
    """Every statement that the collectors have on this schema.

    Args:
        source: the database.
        collectors: fresh ones; each is run once, in their order, as `windsock serve` does at its start.
        run: False only plans.

    Raises:
        ReadError: the database did not answer.
    """
    (clock,) = source.database.read(server.clock(source.statements.flavour))
    found: list[Cost] = []
    shared: dict[Tier, dict[str, list[Any]]] = {tier: {} for tier in Tier}
    for collector in collectors:
        used = collector.used(source.statements)
        refused = [source.refused[each.name].message for each in used if each.name in source.refused]
        replica = source.replica if collector.tier is Tier.SLOW and not collector.of_primary else None
        database = source.database if replica is None else replica.database
        recorder = _Recorder(
            database=database,
            statements=source.statements,
            now=clock.now,
            timeout=collector.timeout,
            shared_rows=shared[collector.tier],
        )
        problem = refused[0] if refused else None
        if run and not refused and used:
            problem = _run(collector, recorder)
        found.extend(
            _cost(database, collector, each, recorder, problem, replica=replica is not None) for each in used
        )
    return tuple(found)


def _run(collector: Collector[Any], recorder: Reader) -> str | None:
    try:
        collector.read(recorder)
    except (ReadError, StatementError) as error:
        return str(error)
    return None


def _cost(
    database: Database,
    collector: Collector[Any],
    statement: Statement[Any],
    recorder: _Recorder,
    problem: str | None,
    *,
    replica: bool,
) -> Cost:
    ran = recorder.ran.get(statement.name)
    cost, expected = None, None
    try:
        plan = database.explain(statement, **(ran.parameters if ran else {}))
        cost, expected = planned(plan)
    except ReadError as error:
        problem = problem or str(error)
    return Cost(
        collector=collector.name,
        tier=collector.tier,
        statement=statement.name,
        sql=statement.sql,
        replica=replica,
        cost=cost,
        expected=expected,
        ran=ran,
        problem=problem,
    )


def planned(plan: Sequence[Any]) -> tuple[float | None, int | None]:
    """Cost and rows of PostgreSQL's JSON plan; other databases tell neither."""
    for document in plan:
        for each in document if isinstance(document, list) else ():
            if isinstance(each, dict) and "Plan" in each:
                return float(each["Plan"]["Total Cost"]), int(each["Plan"]["Plan Rows"])
    return None, None
