"""What holds up a run: the task that decides, and the sentence about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from windsock.facts import ActiveTasks, Dag, Facts, MissingAsset, Run, TaskSeen
from windsock.sla.causes import Cause
from windsock.sla.evidence import Evidence
from windsock.spoken import span

Tasks = Sequence[TaskSeen]

_AT_WORK = frozenset({"running", "restarting", "deferred", "up_for_reschedule", "awaiting_input"})
_WAITS = frozenset({"scheduled", "queued"})


def tasks_of(dag: Dag, run: Run, facts: Facts) -> Tasks:
    """The run's unfinished and failed tasks if they were read, else the DAG's by state and place."""
    seen = facts.tasks_of_runs.get((dag.dag_id, run.run_id))
    if seen is not None:
        return seen
    return [_any(each) for each in dag.tasks if each.count > 0]


def _any(tasks: ActiveTasks) -> TaskSeen:
    # Only sensors are rescheduled.
    sensor = tasks.state == "up_for_reschedule"
    return TaskSeen(state=tasks.state, pool=tasks.pool, queue=tasks.queue, is_sensor=sensor)


def _pool_missing(tasks: Tasks, facts: Facts) -> TaskSeen | None:
    return _oldest([each for each in tasks if each.state == "scheduled" and each.pool not in facts.pools])


def _pool_full(tasks: Tasks, facts: Facts) -> TaskSeen | None:
    return _oldest([each for each in tasks if each.state == "scheduled" and _is_full(each.pool, facts)])


def _retrying(tasks: Tasks, _facts: Facts) -> TaskSeen | None:
    """What runs for the second time, or waits for that while nothing else runs."""
    again = [each for each in tasks if each.state in _AT_WORK and each.tries > 1 and not each.is_sensor]
    if again or any(each.state in _AT_WORK | _WAITS for each in tasks):
        return _oldest(again)
    return _oldest([each for each in tasks if each.state == "up_for_retry"])


def _waiting_upstream(tasks: Tasks, _facts: Facts) -> TaskSeen | None:
    """A sensor, where only sensors are at work."""
    working = [each for each in tasks if each.state in _AT_WORK]
    return _oldest(working) if all(each.is_sensor for each in working) else None


def _running_long(tasks: Tasks, _facts: Facts) -> TaskSeen | None:
    return _oldest([each for each in tasks if each.state in _AT_WORK and not each.is_sensor])


def _queue(tasks: Tasks, _facts: Facts) -> TaskSeen | None:
    return _oldest([each for each in tasks if each.state in _WAITS])


def _failed(tasks: Tasks, _facts: Facts) -> TaskSeen | None:
    return _oldest([each for each in tasks if each.state == Cause.FAILED])


# In the order in which they are asked. Where something is at work, waiting in a queue
# explains nothing.
HOLDS: Mapping[Cause, Callable[[Tasks, Facts], TaskSeen | None]] = {
    Cause.POOL_MISSING: _pool_missing,
    Cause.POOL_FULL: _pool_full,
    Cause.RETRYING: _retrying,
    Cause.WAITING_UPSTREAM: _waiting_upstream,
    Cause.RUNNING_LONG: _running_long,
    Cause.QUEUE: _queue,
    Cause.FAILED: _failed,
}


def by_task(why: Cause, task: TaskSeen, run: Run, facts: Facts) -> Evidence:
    """The task that a hold has found."""
    at_place = why in {Cause.POOL_MISSING, Cause.POOL_FULL, Cause.QUEUE}
    return Evidence(
        run_id=run.run_id,
        task_id=task.task_id,
        pool=task.pool if at_place else "",
        queue=task.queue if why == Cause.QUEUE else "",
        detail=_sentence(why, task, facts),
    )


def by_failure(found: Tasks, run: Run) -> Evidence:
    """The first task that failed; the others may have failed because of it."""
    first = min(found, key=lambda each: (each.until is None, each.until or each.since, each.task_id))
    when = f" at {first.until:%H:%M} UTC" if first.until else ""
    more = f"; {len(found) - 1} more failed" if len(found) > 1 else ""
    return Evidence(
        run_id=run.run_id,
        task_id=first.task_id,
        detail=f"{first.task_id} failed{when}{_try(first)}{more}",
    )


def by_assets(missing: Sequence[MissingAsset], broken: MissingAsset | None) -> Evidence:
    """What an asset-scheduled DAG waits for."""
    one = broken or missing[0]
    made = f" of {one.producer}" if one.producer else ""
    why = ", whose last run failed" if broken else ""
    more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
    return Evidence(detail=f"no event of {one.asset}{made}{why}{more}")


def by_other_runs(dag: Dag, run_id: str = "") -> Evidence:
    """The oldest run that holds a place among the DAG's active ones."""
    running = [run for run in dag.runs if run.state == "running"]
    if not running:
        return Evidence(run_id=run_id)
    first = running[-1]
    count = f"{len(running)} runs are" if len(running) > 1 else "a run is"
    return Evidence(run_id=first.run_id, detail=f"{count} running, the oldest is {first.run_id}")


def _oldest(found: Tasks) -> TaskSeen | None:
    """The one that waits or works longest."""
    return min(found, key=_age, default=None)


def _age(task: TaskSeen) -> tuple[bool, datetime | None, str, str, str, str]:
    # Of several that began at once always the same one, in whatever order they were read.
    return task.since is None, task.since, task.task_id, task.pool, task.queue, task.state


def _is_full(name: str, facts: Facts) -> bool:
    pool = facts.pools.get(name)
    return pool is not None and pool.limit is not None and pool.occupied >= pool.limit


def _sentence(why: Cause, task: TaskSeen, facts: Facts) -> str:
    who = task.task_id or "a task"
    lasts = f" for {span((facts.now - task.since).total_seconds())}" if task.since else ""
    pool = facts.pools.get(task.pool)
    used = f" ({pool.occupied} of {pool.limit} slots taken)" if pool else ""
    return {
        Cause.POOL_MISSING: f"{who} has waited{lasts} for the pool {task.pool}, which does not exist",
        Cause.POOL_FULL: f"{who} has waited{lasts} for the pool {task.pool}{used}",
        Cause.RETRYING: f"{who} {_retry(task, lasts)}",
        Cause.WAITING_UPSTREAM: f"{who} has waited{lasts}",
        Cause.RUNNING_LONG: f"{who} has run{lasts}",
        Cause.QUEUE: f"{who} has been {task.state}{lasts} for the queue {task.queue or 'default'}",
        Cause.FAILED: f"{who} failed{_try(task)}",
    }[why]


def _retry(task: TaskSeen, lasts: str) -> str:
    waits = task.state == "up_for_retry"
    return ("waits for its next try" if waits else f"runs{lasts}") + _try(task)


def _try(task: TaskSeen) -> str:
    return f", try {task.tries} of {task.most_tries}" if task.most_tries > 1 else ""
