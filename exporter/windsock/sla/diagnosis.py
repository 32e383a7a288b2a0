"""Why an SLA is breached or at risk: exactly one cause, the first that explains it, and what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from windsock.facts import Dag, Facts, Run
from windsock.sla import held_up
from windsock.sla.causes import Cause
from windsock.sla.evidence import Evidence


class Finding(NamedTuple):
    """A cause and what it is about."""

    cause: Cause
    evidence: Evidence = Evidence()


def gone(dag_id: str, facts: Facts) -> Finding:
    """Why a DAG is not there; Airflow takes one away a minute after its file broke."""
    file = facts.broken.get(dag_id)
    return Finding(Cause.DAG_MISSING) if file is None else Finding(Cause.IMPORT_ERROR, Evidence(detail=file))


def why(dag: Dag, floor: datetime | None, facts: Facts, *, said: Cause | None) -> Finding:
    """The same as `find`, unless the kind of SLA itself says that runs failed."""
    if said is None:
        return find(dag, floor, facts)
    run = next((run for run in dag.runs if run.state == "failed"), None)
    return Finding(said) if run is None else Finding(said, failed(dag, run, facts).evidence)


def find(dag: Dag, floor: datetime | None, facts: Facts) -> Finding:
    """Why no run due after `floor` has succeeded."""
    if dag.paused:
        return Finding(Cause.PAUSED)
    runs = [run for run in dag.runs if floor is None or run.due > floor]
    for state, why in (("running", _running), ("queued", _queued)):
        # The oldest of them is the one that the others wait for.
        last = next((run for run in reversed(runs) if run.state == state), None)
        if last is not None:
            return why(dag, last, facts)
    return _idle(dag, runs, facts)


def _idle(dag: Dag, runs: Sequence[Run], facts: Facts) -> Finding:
    about = Evidence(run_id=runs[0].run_id if runs else "", detail=dag.file or "")
    if dag.import_error:
        return Finding(Cause.IMPORT_ERROR, about)
    if runs:
        return failed(dag, runs[0], facts) if runs[0].state == "failed" else Finding(Cause.UNKNOWN)
    if not facts.scheduler_alive:
        return Finding(Cause.SCHEDULER_DOWN)
    if dag.at_max_active_runs:
        return Finding(Cause.MAX_ACTIVE_RUNS, held_up.by_other_runs(dag))
    missing = () if dag.scheduled else facts.missing_assets.get(dag.dag_id, ())
    if missing:
        broken = next((each for each in missing if each.producer in facts.last_failed), None)
        cause = Cause.UPSTREAM_FAILED if broken else Cause.WAITING_UPSTREAM
        return Finding(cause, held_up.by_assets(missing, broken))
    return Finding(Cause.NOT_SCHEDULED)


def _queued(dag: Dag, run: Run, facts: Facts) -> Finding:
    # A run waits in state queued for a free place among the DAG's runs, or for a scheduler.
    about = Evidence(run_id=run.run_id)
    if not facts.scheduler_alive:
        return Finding(Cause.SCHEDULER_DOWN, about)
    if dag.at_max_active_runs or any(each.state == "running" for each in dag.runs):
        return Finding(Cause.MAX_ACTIVE_RUNS, held_up.by_other_runs(dag, run.run_id))
    return Finding(Cause.IMPORT_ERROR if dag.import_error else Cause.NOT_SCHEDULED, about)


def _running(dag: Dag, run: Run, facts: Facts) -> Finding:
    if not facts.scheduler_alive:
        return Finding(Cause.SCHEDULER_DOWN, Evidence(run_id=run.run_id))
    for why, hold in held_up.HOLDS.items():
        task = hold(held_up.tasks_of(dag, run, facts), facts)
        if task is not None:
            return Finding(why, held_up.by_task(why, task, run, facts))
    about = Evidence(run_id=run.run_id)
    return Finding(Cause.IMPORT_ERROR if dag.import_error else Cause.UNKNOWN, about)


def of_task(task_id: str, dag: Dag, narrow: Dag, floor: datetime | None, facts: Facts) -> Finding:
    """Why a task has not succeeded in a run due after `floor`; `narrow` has its runs alone."""
    run = next((run for run in narrow.runs if floor is None or run.due > floor), None)
    if dag.paused or run is None or run.state != "failed":
        return find(dag, floor, facts)
    found = failed(dag, run, facts)
    own = found.evidence.task_id in {"", task_id} or found.evidence.task_id.startswith(f"{task_id} [")
    return found if own else Finding(Cause.UPSTREAM_FAILED, found.evidence)


def failed(dag: Dag, run: Run, facts: Facts) -> Finding:
    """Of a run that has failed: the first task that did."""
    tasks = facts.tasks_of_runs.get((dag.dag_id, run.run_id), ())
    found = [each for each in tasks if each.state == "failed"]
    if not found:
        return Finding(Cause.FAILED, Evidence(run_id=run.run_id))
    return Finding(Cause.FAILED, held_up.by_failure(found, run))
