"""Facts for the SLA engine, from what the collectors read in one cycle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from windsock.collect.dags.known import KnownDag
from windsock.collect.runs.active import ActiveRun
from windsock.collect.runs.expected import Usual
from windsock.collect.runs.results import order
from windsock.collect.runs.runs import Runs, tried
from windsock.collect.runs.scoped import runs_of
from windsock.collect.runs.suspects import Seen
from windsock.collect.runs.watched import SLA_RUNS, Watched
from windsock.collect.tasks.tasks import STARTED, Tasks, occupancy
from windsock.facts import ActiveTasks, Dag, Facts, OwnPromise, Run
from windsock.metadb import dag_runs
from windsock.sla.flight import Flight


def build(
    *,
    dags: Mapping[str, KnownDag],
    tasks: Tasks,
    runs: Runs,
    watched: Watched,
    history: Mapping[str, tuple[dag_runs.Run, ...]],
    usual: Mapping[str, Usual],
    tags_known: bool,
    flights: Mapping[str, Flight],
    seen: Seen,
    scheduler_alive: bool,
    broken: Mapping[str, str],
    own: tuple[OwnPromise, ...] | None,
    last_failed: frozenset[str],
) -> Facts:
    """Everything that an SLA may ask; runs and tasks only of the DAGs that were read for it."""
    runs_by_dag: dict[str, dict[str, dag_runs.Run]] = {dag_id: {} for dag_id in watched.dag_ids}
    for row in watched.runs:
        runs_by_dag[row.dag_id][row.run_id] = row
    tasks_by_dag: dict[str, list[ActiveTasks]] = {}
    for each in watched.tasks:
        tasks_by_dag.setdefault(each.dag_id, []).append(
            ActiveTasks(state=each.state, pool=each.pool, queue=each.queue, count=each.tasks)
        )
    for dag_id, known in runs_by_dag.items():
        known.update({run.run_id: run for run in runs.undated.get(dag_id, ())})
    active: dict[str, list[ActiveRun]] = {dag_id: [] for dag_id in watched.dag_ids}
    for run in runs.active:
        if run.dag_id in active and run.run_type != "backfill" and not tried(run):
            active[run.dag_id].append(run)
    found = {dag_id: _runs(runs_by_dag.get(dag_id, {}), active.get(dag_id, ())) for dag_id in watched.dag_ids}
    return Facts(
        # Not the time of publishing: what ended since the read would look unfinished at a deadline.
        now=watched.now,
        dags={
            dag_id: _dag(
                dag,
                runs=found.get(dag_id, ()),
                tasks=tuple(tasks_by_dag.get(dag_id, ())),
                history=tuple(map(_run, history.get(dag_id, ()))),
                usual=usual[dag_id].p50 if dag_id in usual else None,
            )
            for dag_id, dag in dags.items()
        },
        pools=dict(occupancy(tasks)),
        watched=watched.dag_ids,
        tags_known=tags_known,
        flights=flights,
        waits=_waits(tasks, watched.now),
        scheduler_alive=scheduler_alive,
        task_runs={key: runs_of(rows, found.get(key[0], ())) for key, rows in watched.task_states.items()},
        asset_events=watched.asset_events,
        broken=broken,
        own=own,
        tasks_of_runs=seen.tasks,
        missing_assets=seen.assets,
        last_failed=last_failed,
    )


def _waits(tasks: Tasks, now: datetime) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for row in tasks.active:
        if row.since is not None and row.state not in STARTED:
            place = row.pool, row.queue
            found[place] = max(found.get(place, 0.0), (now - row.since).total_seconds())
    return found


def _dag(
    dag: KnownDag,
    *,
    runs: tuple[Run, ...],
    tasks: tuple[ActiveTasks, ...],
    history: tuple[Run, ...],
    usual: float | None,
) -> Dag:
    return replace(bare(dag), runs=runs, tasks=tasks, history=history, usual=usual)


def bare(dag: KnownDag) -> Dag:
    """What is known of a DAG without its runs."""
    return Dag(
        dag_id=dag.row.dag_id,
        paused=dag.row.paused,
        import_error=dag.row.import_errors,
        scheduled=dag.scheduled,
        next_due=dag.next_due,
        at_max_active_runs=dag.row.exceeds_max_active_runs,
        owners=dag.owners,
        tags=dag.tags,
        file=dag.row.file,
        team=dag.team,
        schedule=dag.schedule,
    )


def _runs(found: Mapping[str, dag_runs.Run], active: Iterable[ActiveRun]) -> tuple[Run, ...]:
    """The newest ones, then those that are active still although many came after them."""
    newest = sorted((run for run in found.values() if run.run_type != "backfill"), key=order, reverse=True)
    older = [_active(run) for run in active if run.run_id not in found]
    older += [_run(run) for run in newest[SLA_RUNS:] if run.end is None]
    older.sort(key=lambda run: run.due, reverse=True)
    return (*map(_run, newest[:SLA_RUNS]), *older)


class Past(Mapping[str, tuple[Run, ...]]):
    """Finished runs by DAG as facts, made when somebody asks: most are never looked at."""

    def __init__(self, read: Mapping[str, tuple[dag_runs.Run, ...]]) -> None:
        self._read = read

    def __getitem__(self, dag_id: str) -> tuple[Run, ...]:
        return tuple(map(_run, self._read[dag_id]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


def _run(run: dag_runs.Run) -> Run:
    return Run(
        run_id=run.run_id,
        run_type=run.run_type,
        state=run.state,
        due=run.due,
        start=None if run.start == run.logical else run.start,
        end=run.end,
        asked_later=run.logical is not None and run.logical > run.due,
    )


def _active(run: ActiveRun) -> Run:
    return Run(
        run_id=run.run_id,
        run_type=run.run_type,
        state=run.state,
        due=run.due,
        start=run.start,
        end=None,
    )
