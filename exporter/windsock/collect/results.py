"""The last results of each DAG: of finished runs other than backfills, the one with the newest due time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from windsock.catalog import dags
from windsock.collect.collector import Collector, Reader, Tier, batches
from windsock.collect.runs import Runs
from windsock.figures import Figures
from windsock.metadb import rows
from windsock.metadb.statements import NEWEST, STREAK
from windsock.view import RunIds

_FINISHED = frozenset({"success", "failed"})


class ResultsCollector(Collector[tuple[rows.Run, ...]]):
    """Reads `dag_run`: per DAG the newest finished runs, and the newest of each result."""

    name = "results"
    tier = Tier.SLOW
    uses = ("finished", "last_success", "last_failed", "scheduled_success", "scheduled_failed")

    def read(self, reader: Reader) -> tuple[rows.Run, ...]:
        """All of them, each run once."""
        statements = reader.statements
        found = reader.rows(statements.finished)
        for newest, scheduled in (
            (statements.last_success, statements.scheduled_success),
            (statements.last_failed, statements.scheduled_failed),
        ):
            some = reader.rows(newest)
            found += some
            for batch in batches(_hiding(some)):
                found += reader.rows(scheduled, dag_ids=batch)
        return tuple({(row.dag_id, row.run_id): row for row in found}.values())


def _hiding(some: Iterable[rows.Run]) -> list[str]:
    """DAGs whose newest rows are manual runs only: a scheduled one with a later due time may lie below.

    On 2.x a manual run's logical date is when it was triggered, while it is due with the interval before.
    """
    manual: Counter[str] = Counter()
    for row in some:
        manual[row.dag_id] += row.run_type != "scheduled"
    return sorted(dag_id for dag_id, count in manual.items() if count == NEWEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The last runs of one DAG; `streak` counts failures in a row, backwards, up to 10."""

    success: rows.Run | None
    failed: rows.Run | None
    finished: rows.Run | None
    streak: int


def by_dag(
    dated: Iterable[rows.Run], undated: Mapping[str, tuple[rows.Run, ...]]
) -> dict[str, dict[str, rows.Run]]:
    """Every run that was read, by DAG and run id; what was read by due time is fresher."""
    found: dict[str, dict[str, rows.Run]] = {}
    for row in dated:
        found.setdefault(row.dag_id, {})[row.run_id] = row
    for dag_id, known in undated.items():
        found.setdefault(dag_id, {}).update({row.run_id: row for row in known})
    return found


def last(runs: Iterable[rows.Run]) -> Last:
    """The last results among runs of one DAG; backfills and unfinished runs do not count."""
    finished = sorted(
        (run for run in runs if run.state in _FINISHED and run.run_type != "backfill"),
        key=order,
        reverse=True,
    )
    streak = 0
    for run in finished[:STREAK]:
        if run.state != "failed":
            break
        streak += 1
    return Last(
        success=next((run for run in finished if run.state == "success"), None),
        failed=next((run for run in finished if run.state == "failed"), None),
        finished=next(iter(finished), None),
        streak=streak,
    )


def order(run: rows.Run) -> tuple[datetime, datetime]:
    """By due time; a manual run of 2.x shares it with the scheduled run before it and is the newer one."""
    return run.due, run.logical or run.due


def add(figures: Figures, results: Mapping[str, Last]) -> None:
    """Last success, failure and state, and failures in a row; absent where there is none."""
    for dag_id, result in results.items():
        if result.success is not None and result.success.end is not None:
            figures.add(dags.LAST_SUCCESS, result.success.end.timestamp(), dag_id=dag_id)
        if result.failed is not None and result.failed.end is not None:
            figures.add(dags.LAST_FAILURE, result.failed.end.timestamp(), dag_id=dag_id)
        if result.finished is not None:
            figures.add(dags.LAST_FINISHED_SUCCESS, result.finished.state == "success", dag_id=dag_id)
            figures.add(dags.CONSECUTIVE_FAILURES, result.streak, dag_id=dag_id)


def run_ids(results: Mapping[str, Last], runs: Runs | None) -> dict[str, RunIds]:
    """What links lead to: the run with the newest due time, active or finished, and so on."""
    newest_active: dict[str, rows.ActiveRun] = {}
    newest_running: dict[str, rows.ActiveRun] = {}
    for row in runs.active if runs else ():
        if row.run_type == "backfill":
            continue
        if row.dag_id not in newest_active or row.due > newest_active[row.dag_id].due:
            newest_active[row.dag_id] = row
        if row.state == "running" and (
            row.dag_id not in newest_running or row.due > newest_running[row.dag_id].due
        ):
            newest_running[row.dag_id] = row
    found = {}
    for dag_id in {*results, *newest_active}:
        result, active = results.get(dag_id), newest_active.get(dag_id)
        finished = result.finished if result else None
        both = [run for run in (finished, active) if run is not None]
        running = newest_running.get(dag_id)
        found[dag_id] = (
            RunIds(
                latest=max(both, key=lambda run: run.due).run_id,
                running=running.run_id if running else None,
                last_failed=result.failed.run_id if result and result.failed else None,
            )
            if both
            else RunIds()
        )
    return found
