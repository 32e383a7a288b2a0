"""How the task instances of finished runs ended: complete, because it does not matter who ended them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from windsock.catalog import outcomes
from windsock.collect.collector import Reader
from windsock.counters import Entry
from windsock.isolation import Isolation
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make

_BATCH = 200
_FINISHED = "'success', 'failed', 'skipped', 'upstream_failed', 'removed'"
_COLUMNS = (
    *("dag_id", "run_id", "state", "operator", "custom_operator_name", "pool_slots", "duration"),
    *("try_number", "end_date"),
)
_OPERATOR = "COALESCE(custom_operator_name, operator, 'unknown')"

# Of a run: its DAG's id and its own.
Key = tuple[str, str]


class Outcome(NamedTuple):
    """Task instances of one run that ended alike.

    Attributes:
        retries: attempts after the first.
        retried: how many had such attempts.
        end: the latest.
    """

    dag_id: str
    run_id: str
    state: str
    operator: str
    tasks: int
    retries: int
    retried: int
    slot_seconds: float
    end: datetime | None


def run_outcomes(_of: Flavour) -> Statement[Outcome]:
    """Everything in the given runs [ti_dag_run]."""
    return make(
        "run_outcomes",
        Outcome,
        f"SELECT dag_id, run_id, state, {_OPERATOR} AS operator, count(*) AS tasks,"
        " sum(CASE WHEN try_number > 1 THEN try_number - 1 ELSE 0 END) AS retries,"
        " sum(CASE WHEN try_number > 1 THEN 1 ELSE 0 END) AS retried,"
        ' COALESCE(sum(pool_slots * duration), 0) AS slot_seconds, max(end_date) AS "end"'
        f" FROM task_instance WHERE (dag_id, run_id) IN :runs AND state IN ({_FINISHED})"
        f" GROUP BY dag_id, run_id, state, {_OPERATOR}",
        reads={"task_instance": _COLUMNS},
        runs=[("-", "-")],
    )


def task_outcomes(_of: Flavour) -> Statement[Outcome]:
    """The same, one by one."""
    return make(
        "task_outcomes",
        Outcome,
        f"SELECT dag_id, run_id, state, {_OPERATOR} AS operator, 1 AS tasks,"
        " CASE WHEN try_number > 1 THEN try_number - 1 ELSE 0 END AS retries,"
        " CASE WHEN try_number > 1 THEN 1 ELSE 0 END AS retried,"
        ' COALESCE(pool_slots * duration, 0) AS slot_seconds, end_date AS "end"'
        f" FROM task_instance WHERE (dag_id, run_id) IN :runs AND state IN ({_FINISHED})",
        reads={"task_instance": _COLUMNS},
        runs=[("-", "-")],
    )


STATEMENTS = (run_outcomes, task_outcomes)


@dataclass(frozen=True, slots=True)
class Rolled:
    """What a roll-up leaves to the next one of the same run.

    Attributes:
        end: the latest end of a task instance; what the run's next finish counts ended after it.
        retries: attempts after the first, of all task instances.
    """

    end: datetime | None
    retries: int


@dataclass(frozen=True, slots=True)
class Since:
    """Which task instances of a run count, and what was counted of it before.

    Attributes:
        after: those that ended after this, at it not.
        retries: of the run's last roll-up; None if that is not known.
    """

    after: datetime
    retries: int | None


def roll_up(
    reader: Reader, entry: Entry, runs: Mapping[Key, Since | None], isolation: Isolation
) -> dict[Key, Rolled]:
    """Count the task instances of finished runs, all of them or those since the last roll-up."""
    whole = [key for key, since in runs.items() if since is None]
    again = [key for key, since in runs.items() if since is not None]
    found: dict[Key, list[Outcome]] = {key: [] for key in runs}
    for keys, statement in ((whole, run_outcomes), (again, task_outcomes)):
        for batch in _batches(keys):
            for row in reader.rows(statement, runs=batch):
                found[row.dag_id, row.run_id].append(row)
    return {key: _count(entry, key, found[key], since, isolation) for key, since in runs.items()}


def _count(
    entry: Entry, key: Key, rows: Sequence[Outcome], since: Since | None, isolation: Isolation
) -> Rolled:
    dag_id = key[0]
    counting = [row for row in rows if since is None or (row.end is not None and row.end > since.after)]
    for row in counting:
        place = {"operator": row.operator, "isolation": isolation.of(row.operator)}
        entry.count(outcomes.OUTCOMES, row.tasks, dag_id=dag_id, state=row.state)
        entry.count(outcomes.OPERATOR_OUTCOMES, row.tasks, state=row.state, **place)
        if row.state == "success":
            entry.count(outcomes.SUCCESSES_AFTER_RETRY, row.retried, dag_id=dag_id)
        # A worker whose clock was set back reports a negative duration.
        seconds = max(0.0, row.slot_seconds)
        entry.count(outcomes.SLOT_SECONDS, seconds, dag_id=dag_id)
        entry.count(outcomes.OPERATOR_SLOT_SECONDS, seconds, **place)
    retries = _retries(rows)
    more = _retries(counting) if since is None or since.retries is None else retries - since.retries
    entry.count(outcomes.RETRIES, max(0, more), dag_id=dag_id)
    return Rolled(max((row.end for row in rows if row.end is not None), default=None), retries)


def _retries(rows: Iterable[Outcome]) -> int:
    return sum(row.retries for row in rows)


def _batches(keys: Sequence[Key]) -> Iterator[list[Key]]:
    for first in range(0, len(keys), _BATCH):
        yield list(keys[first : first + _BATCH])
