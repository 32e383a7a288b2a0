"""The last results of each DAG: of finished runs other than backfills, the one with the newest due time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from windsock.catalog import dags
from windsock.collect.collector import Collector, Reader, Scene, Tier, batches
from windsock.collect.runs import ActiveRun, Runs, RunsCollector
from windsock.figures import Figures
from windsock.metadb.dag_runs import Run, newest
from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement
from windsock.view import RunIds

# How many runs of each DAG are read: the streak of failures, and the newest of one state. Manual runs of 2.x
# sort after scheduled ones of the same or a later due time, so one row would not do.
_STREAK = 10
_NEWEST = 3
_FINISHED = frozenset({"success", "failed"})


def finished(of: Flavour) -> Statement[Run]:
    """The last ones of each DAG."""
    return _of_each(of, "finished", "x.state IN ('success', 'failed')", _STREAK)


def last_success(of: Flavour) -> Statement[Run]:
    """The last ones of each DAG."""
    return _of_each(of, "last_success", "x.state = 'success'", _NEWEST)


def last_failed(of: Flavour) -> Statement[Run]:
    """The last ones of each DAG."""
    return _of_each(of, "last_failed", "x.state = 'failed'", _NEWEST)


def scheduled_success(of: Flavour) -> Statement[Run]:
    """The last one of the given DAGs."""
    return _scheduled(of, "success")


def scheduled_failed(of: Flavour) -> Statement[Run]:
    """The last one of the given DAGs."""
    return _scheduled(of, "failed")


def _of_each(of: Flavour, name: str, where: str, limit: int) -> Statement[Run]:
    return newest(of, name, where=where, limit=limit, dags=f"NOT ({of.stale})", dag_column=of.stale_column)


def _scheduled(of: Flavour, state: str) -> Statement[Run]:
    """For DAGs whose newest rows are all manual; one without a schedule would be walked to its beginning."""
    return newest(
        of,
        f"scheduled_{state}",
        where=f"x.state = '{state}' AND x.run_type = 'scheduled'",
        limit=1,
        dags="d.dag_id IN :dag_ids AND d.next_dagrun IS NOT NULL",
        dag_column="next_dagrun",
        dag_ids=["-"],
    )


class ResultsCollector(Collector[tuple[Run, ...]]):
    """Reads `dag_run`: per DAG the newest finished runs, and the newest of each result."""

    name = "results"
    tier = Tier.SLOW
    reads = (finished, last_success, last_failed, scheduled_success, scheduled_failed)

    def read(self, reader: Reader) -> tuple[Run, ...]:
        """All of them, each run once."""
        found = reader.rows(finished)
        for last_of, scheduled in ((last_success, scheduled_success), (last_failed, scheduled_failed)):
            some = reader.rows(last_of)
            found += some
            for batch in batches(_hiding(some)):
                found += reader.rows(scheduled, dag_ids=batch)
        return tuple({(row.dag_id, row.run_id): row for row in found}.values())

    def add(self, figures: Figures, value: tuple[Run, ...], scene: Scene) -> None:
        """Last success, failure and state, and failures in a row; absent where there is none."""
        for dag_id, result in scene.last.items():
            if result.success is not None and result.success.end is not None:
                figures.add(dags.LAST_SUCCESS, result.success.end.timestamp(), dag_id=dag_id)
            if result.failed is not None and result.failed.end is not None:
                figures.add(dags.LAST_FAILURE, result.failed.end.timestamp(), dag_id=dag_id)
            if result.finished is not None:
                figures.add(dags.LAST_FINISHED_SUCCESS, result.finished.state == "success", dag_id=dag_id)
                figures.add(dags.CONSECUTIVE_FAILURES, result.streak, dag_id=dag_id)


def _hiding(some: Iterable[Run]) -> list[str]:
    """DAGs whose newest rows are manual runs only: a scheduled one with a later due time may lie below.

    On 2.x a manual run's logical date is when it was triggered, while it is due with the interval before.
    """
    manual: Counter[str] = Counter()
    for row in some:
        manual[row.dag_id] += row.run_type != "scheduled"
    return sorted(dag_id for dag_id, count in manual.items() if count == _NEWEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The last runs of one DAG; `streak` counts failures in a row, backwards, up to 10."""

    success: Run | None
    failed: Run | None
    finished: Run | None
    streak: int


def last_of_each(scene: Scene) -> dict[str, Last]:
    """The last runs of every DAG that is not stale, if the results are fresh."""
    dated, runs = scene.value(ResultsCollector), scene.value(RunsCollector)
    if dated is None:
        return {}
    return {
        dag_id: last(each.values())
        for dag_id, each in by_dag(dated, runs.undated if runs else {}).items()
        if dag_id in scene.dags
    }


def by_dag(dated: Iterable[Run], undated: Mapping[str, tuple[Run, ...]]) -> dict[str, dict[str, Run]]:
    """Every run that was read, by DAG and run id; what was read by due time is fresher."""
    found: dict[str, dict[str, Run]] = {}
    for row in dated:
        found.setdefault(row.dag_id, {})[row.run_id] = row
    for dag_id, known in undated.items():
        found.setdefault(dag_id, {}).update({row.run_id: row for row in known})
    return found


def last(runs: Iterable[Run]) -> Last:
    """The last results among runs of one DAG; backfills and unfinished runs do not count."""
    ended = sorted(
        (run for run in runs if run.state in _FINISHED and run.run_type != "backfill"),
        key=order,
        reverse=True,
    )
    streak = 0
    for run in ended[:_STREAK]:
        if run.state != "failed":
            break
        streak += 1
    return Last(
        success=next((run for run in ended if run.state == "success"), None),
        failed=next((run for run in ended if run.state == "failed"), None),
        finished=next(iter(ended), None),
        streak=streak,
    )


def order(run: Run) -> tuple[datetime, datetime]:
    """By due time; a manual run of 2.x shares it with the scheduled run before it and is the newer one."""
    return run.due, run.logical or run.due


def run_ids(results: Mapping[str, Last], runs: Runs | None) -> dict[str, RunIds]:
    """What links lead to: the run with the newest due time, active or finished, and so on."""
    newest_active: dict[str, ActiveRun] = {}
    newest_running: dict[str, ActiveRun] = {}
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
        ended = result.finished if result else None
        both = [run for run in (ended, active) if run is not None]
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
