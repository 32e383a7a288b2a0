"""What of a DAG a promise speaks of: all of it, one of its tasks, or an asset that it makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from statistics import median
from typing import NamedTuple

from windsock.facts import Dag, Facts, Run
from windsock.sla.register import Register
from windsock.sla.rules import Looks, Sla


class Scopes(NamedTuple):
    """(dag_id, task) and (dag_id, asset) of which an SLA speaks."""

    tasks: frozenset[tuple[str, str]] = frozenset()
    assets: frozenset[tuple[str, str]] = frozenset()


# So many successes, and what is usual is known.
_FEWEST = 5


def scopes(register: Register, dags: Iterable[Looks]) -> Scopes:
    """Those of the DAGs that exist now."""
    found = [(looks.dag_id, promise.entry) for looks in dags for promise in register.of(looks).promises]
    return Scopes(
        frozenset((dag_id, entry.task) for dag_id, entry in found if entry.task is not None),
        frozenset((dag_id, entry.asset) for dag_id, entry in found if entry.asset is not None),
    )


def narrowed(entry: Sla, dag: Dag, facts: Facts) -> Dag | None:
    """The DAG as the promise sees it; None while what the promise speaks of was not read yet.

    Runs of a task are those of the DAG with the task's own state, start and end. Events of an asset are runs
    that succeeded at once; they have no schedule.
    """
    if entry.task is not None:
        runs = facts.task_runs.get((dag.dag_id, entry.task))
        return None if runs is None else replace(dag, runs=runs, history=(), usual=_usual(runs))
    if entry.asset is not None:
        events = facts.asset_events.get((dag.dag_id, entry.asset))
        if events is None:
            return None
        seen = tuple(
            Run(run_id=f"event {at.isoformat()}", run_type="asset", state="success", due=at, start=at, end=at)
            for at in sorted(events, reverse=True)
        )
        return replace(dag, runs=seen, history=(), usual=None, scheduled=False, next_due=None)
    return dag


def unknown(entry: Sla, dag: Dag, narrow: Dag) -> str | None:
    """Why there may be no such task or asset."""
    if entry.task is not None and not narrow.runs and any(run.end for run in dag.runs):
        return f"no run that is known has a task {entry.task}"
    if entry.asset is not None and not narrow.runs:
        return f"no event of the asset {entry.asset} by this DAG is known"
    return None


def _usual(runs: Iterable[Run]) -> float | None:
    times = [
        (run.end - run.start).total_seconds()
        for run in runs
        if run.state == "success" and run.start is not None and run.end is not None
    ]
    return median(times) if len(times) >= _FEWEST else None
