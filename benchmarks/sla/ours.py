"""Windsock's own predictor, shown what the metadata database and the monitor would show it."""

from __future__ import annotations

import math
from collections.abc import Callable

from benchmarks.sla.world import DAY, Case, Dag, Trace, Try, View
from windsock.sla.prediction import predict
from windsock.sla.progress import Progress, TaskNow
from windsock.sla.usual_path import PastRun, PastTask, learn


def begin(case: Case) -> Callable[[View], float]:
    """Learns from the history once, then looks at each view."""
    usual = learn([past(case.dag, trace) for trace in case.history])
    due = _due(case.dag, case.day)

    def chance(view: View) -> float:
        if all(tries and tries[-1].ok for tries in view.tries):
            return 0.0
        found = predict(usual, progress(case.dag, due, view), due + case.dag.deadline)
        return 0.0 if found is None else found.miss

    return chance


def past(dag: Dag, trace: Trace) -> PastRun:
    """A finished run, as rows of the database have it: the last try of each task."""
    due = _due(dag, trace.day)
    last = {
        task.name: (tries[-1], len(tries))
        for task, tries in zip(dag.tasks, trace.tries, strict=True)
        if tries
    }
    ended = max((one.end for one, _ in last.values() if one.end is not None), default=trace.start)
    return PastRun(
        due=due,
        start=due + trace.start,
        end=due + ended,
        succeeded=math.isfinite(trace.finish),
        tasks={
            name: PastTask(due + (one.start or 0.0), due + (one.end or 0.0), count)
            for name, (one, count) in last.items()
            if one.ok
        },
        failed=tuple(name for name, (one, _) in last.items() if one.ok is False),
    )


def progress(dag: Dag, due: float, view: View) -> Progress:
    """The run in flight, as rows of the database have it."""
    tasks = {
        task.name: _task(dag, due, tries) for task, tries in zip(dag.tasks, view.tries, strict=True) if tries
    }
    return Progress(
        now=due + view.now,
        due=due,
        start=None if view.start is None else due + view.start,
        failed=any(task.state == "failed" for task in tasks.values()),
        tasks=tasks,
        queue_wait=view.queue_wait,
    )


def _task(dag: Dag, due: float, tries: tuple[Try, ...]) -> TaskNow:
    last = tries[-1]
    if last.ok:
        state = "success"
    elif last.end is not None:
        state = "up_for_retry" if len(tries) % (dag.failures.retries + 1) else "failed"
    else:
        state = "queued" if last.start is None else "running"
    return TaskNow(
        state=state,
        start=None if last.start is None else due + last.start,
        end=None if last.end is None else due + last.end,
        tries=len(tries) - (last.start is None),
    )


def _due(dag: Dag, day: int) -> float:
    # The first of January 1970 was a Thursday, day 0 is a Monday.
    return (day + 4) * DAY + dag.due
