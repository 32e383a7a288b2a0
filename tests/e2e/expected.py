"""Figures of the exporter as they follow from what Airflow's API says."""

from __future__ import annotations

from collections import defaultdict
from math import isclose

from tests.e2e.rest import Answer, Dag, Run, Task
from tests.support.statsd import Page
from windsock.catalog import dags, outcomes, tasks, triggers
from windsock.metric import Metric

_STREAK = 10
_RUN_ENDS = frozenset({"success", "failed"})
_TASK_ENDS = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})

# What is compared, by which labels; the values of series that differ in other labels are added up.
COMPARED: dict[str, tuple[str, ...]] = {
    str(dags.DAGS): ("state",),
    str(dags.DAG_INFO): ("dag_id", "owners", "schedule"),
    str(dags.DAG_PAUSED): ("dag_id",),
    str(dags.NEXT_RUN): ("dag_id",),
    str(dags.DAG_RUNS): ("dag_id", "state"),
    str(dags.LAST_SUCCESS): ("dag_id",),
    str(dags.LAST_FAILURE): ("dag_id",),
    str(dags.LAST_FINISHED_SUCCESS): ("dag_id",),
    str(dags.CONSECUTIVE_FAILURES): ("dag_id",),
    str(dags.IMPORT_ERRORS): (),
    str(dags.DAG_WARNINGS): ("warning_type",),
    str(tasks.TASK_INSTANCES): ("state", "pool", "queue"),
    str(tasks.TASK_INSTANCES_WAITING): (),
    str(tasks.ORPHANED): ("state",),
    str(tasks.POOL_LIMIT): ("pool",),
    str(tasks.POOL_OCCUPIED): ("pool",),
    str(tasks.POOL_DEMANDED): ("pool",),
    str(tasks.POOL_SLOTS): ("pool", "state"),
    str(triggers.TRIGGERS): (),
    str(outcomes.RUNS_FINISHED): ("state", "run_type"),
    f"{outcomes.RUN_SECONDS}_count": ("state", "run_type"),
    f"{outcomes.RUN_SECONDS}_sum": ("state", "run_type"),
    f"{outcomes.START_DELAY}_count": ("run_type",),
    f"{outcomes.START_DELAY}_sum": ("run_type",),
    str(outcomes.OUTCOMES): ("state",),
    str(outcomes.OPERATOR_OUTCOMES): ("state",),
    str(outcomes.RETRIES): (),
    str(outcomes.SUCCESSES_AFTER_RETRY): (),
    str(outcomes.SLOT_SECONDS): (),
}
# Who reads that.
COLLECTORS = (
    *("components", "dags", "runs", "results", "import_errors", "dag_warnings", "tasks", "triggers"),
    *("blocked", "run_feed"),
)

# A name and the values of the labels above.
Series = tuple[str, tuple[str, ...]]


class Figures(defaultdict[Series, float]):
    """Values by series; what is not there is 0, as it is for the exporter."""

    def __init__(self) -> None:
        super().__init__(float)

    def count(self, name: Metric | str, *values: str, amount: float = 1) -> None:
        """Add to a series, which its labels' values name in the order of `COMPARED`."""
        assert len(values) == len(COMPARED[str(name)])
        self[str(name), values] += amount


def shown(page: Page) -> Figures:
    """What is compared of the exporter's page."""
    figures = Figures()
    for sample in page.samples:
        if (labels := COMPARED.get(sample.name)) is not None:
            figures.count(sample.name, *(sample.labels[label] for label in labels), amount=sample.value)
    return figures


def differences(wanted: Figures, found: Figures, *, without: str = "") -> list[str]:
    """Where two differ, for people; `without` this name."""
    return [
        f"{name} {dict(zip(COMPARED[name], values, strict=True))}:"
        f" {wanted[name, values]} by the API, {found[name, values]} by windsock"
        for name, values in sorted({*wanted, *found})
        if name != without and not isclose(wanted[name, values], found[name, values], abs_tol=0.01)
    ]


def expected(answer: Answer, since: float) -> Figures:
    """What the exporter must show, if it began to count at `since`."""
    figures = Figures()
    for dag in answer.dags:
        _add_dag(figures, dag, [run for run in answer.runs if run.dag_id == dag.dag_id])
    figures.count(dags.IMPORT_ERRORS, amount=answer.broken_files)
    for warning in answer.warnings:
        figures.count(dags.DAG_WARNINGS, warning)
    _add_pools(figures, answer)
    states = {run.key: run.state for run in answer.runs}
    for task in answer.tasks:
        _add_task(figures, task, states[task.run])
    ended = {run.key: run for run in answer.runs if run.end is not None and run.end > since}
    for run in ended.values():
        _add_end(figures, run)
    for task in answer.tasks:
        if task.run in ended and task.state in _TASK_ENDS:
            _add_outcome(figures, task, task.state)
    return figures


def _add_dag(figures: Figures, dag: Dag, runs: list[Run]) -> None:
    if dag.stale:
        figures.count(dags.DAGS, "stale")
        return
    figures.count(dags.DAGS, "import_error" if dag.broken else "paused" if dag.paused else "active")
    figures.count(dags.DAG_INFO, dag.dag_id, ", ".join(sorted(dag.owners)), dag.schedule)
    figures.count(dags.DAG_PAUSED, dag.dag_id, amount=dag.paused)
    if dag.due is not None and not dag.paused:
        # At its limit 2.x speaks of the run that it has created: the next one is due a period later.
        held = any(run.run_type == "scheduled" and run.end is None and run.due == dag.due for run in runs)
        later = dag.period if held and dag.period is not None else 0.0
        figures.count(dags.NEXT_RUN, dag.dag_id, amount=dag.due + later)
    for run in runs:
        if run.state not in _RUN_ENDS:
            figures.count(dags.DAG_RUNS, dag.dag_id, run.state)
    ended = sorted((run for run in runs if run.state in _RUN_ENDS), key=lambda run: run.due, reverse=True)
    if not ended:
        return
    succeeded = ended[0].state == "success"
    figures.count(dags.LAST_FINISHED_SUCCESS, dag.dag_id, amount=succeeded)
    success = next((run for run in ended if run.state == "success"), None)
    if success and success.end:
        figures.count(dags.LAST_SUCCESS, dag.dag_id, amount=success.end)
    # An earlier failure is shown in the preset `full` only.
    if not succeeded and ended[0].end:
        figures.count(dags.LAST_FAILURE, dag.dag_id, amount=ended[0].end)
    streak = ended.index(success) if success else len(ended)
    figures.count(dags.CONSECUTIVE_FAILURES, dag.dag_id, amount=min(streak, _STREAK))


def _add_pools(figures: Figures, answer: Answer) -> None:
    for pool in answer.pools:
        for state, slots in pool.taken.items():
            figures.count(tasks.POOL_SLOTS, pool.name, state, amount=slots)
        if pool.slots >= 0:
            figures.count(tasks.POOL_LIMIT, pool.name, amount=pool.slots)
        figures.count(tasks.POOL_OCCUPIED, pool.name, amount=pool.occupied)
        figures.count(tasks.POOL_DEMANDED, pool.name, amount=pool.taken["scheduled"])


def _add_task(figures: Figures, task: Task, run_state: str) -> None:
    if task.triggered:
        figures.count(triggers.TRIGGERS)
    if task.state in _TASK_ENDS:
        return
    if task.state is None:
        figures.count(tasks.TASK_INSTANCES_WAITING)
        return
    figures.count(tasks.TASK_INSTANCES, task.state, task.pool, task.queue)
    if run_state in _RUN_ENDS:
        figures.count(tasks.ORPHANED, task.state)


def _add_end(figures: Figures, run: Run) -> None:
    figures.count(outcomes.RUNS_FINISHED, run.state, run.run_type)
    if run.start is None or run.end is None:
        return
    figures.count(f"{outcomes.RUN_SECONDS}_count", run.state, run.run_type)
    figures.count(f"{outcomes.RUN_SECONDS}_sum", run.state, run.run_type, amount=run.end - run.start)
    if run.on_time:
        figures.count(f"{outcomes.START_DELAY}_count", run.run_type)
        figures.count(f"{outcomes.START_DELAY}_sum", run.run_type, amount=max(0, run.start - run.due))


def _add_outcome(figures: Figures, task: Task, state: str) -> None:
    figures.count(outcomes.OUTCOMES, state)
    figures.count(outcomes.OPERATOR_OUTCOMES, state)
    figures.count(outcomes.RETRIES, amount=max(0, task.tries - 1))
    if state == "success" and task.tries > 1:
        figures.count(outcomes.SUCCESSES_AFTER_RETRY)
    figures.count(outcomes.SLOT_SECONDS, amount=task.slots * (task.seconds or 0))
