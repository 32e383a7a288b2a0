"""Panels about executors and their workers."""

from __future__ import annotations

from windsock.catalog import components
from windsock.catalog.statsd import capacity
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Panel, Query, Row, Series

_EXECUTOR = "executor_class_name"


def slots(scope: Scope) -> Series:
    """Free and taken slots."""
    shown = (
        ("open", capacity.EXECUTOR_OPEN_SLOTS),
        ("queued", capacity.EXECUTOR_QUEUED_TASKS),
        ("running", capacity.EXECUTOR_RUNNING_TASKS),
    )
    return Series(
        key="slots",
        title="Does the executor have free slots?",
        about=About(
            "Slots of the executor as it says itself by StatsD: is `parallelism` the bottleneck?",
            normal="Open above 0. With LocalExecutor on 3.x it always says that all are free.",
            bad="Open at 0 while tasks are scheduled: raise parallelism, or add schedulers or workers.",
            then="Which queue is no longer served; the executor's own row below.",
        ),
        queries=tuple(
            Query(scope.max(metric, _EXECUTOR), f"{name} {scope.named(_EXECUTOR)}") for name, metric in shown
        ),
        unit=capacity.EXECUTOR_OPEN_SLOTS,
        alerts=("AirflowExecutorFull",),
        decimals=0,
    )


def workers(scope: Scope) -> Row:
    """What only some executors have; what others send over StatsD stands on the dashboard of everything."""
    return Row("workers", "Edge workers", _edge(scope), collapsed=True)


def _edge(scope: Scope) -> tuple[Panel, ...]:
    return (
        Series(
            key="edge-workers",
            title="Are the Edge workers there?",
            about=About(
                "Workers of the edge3 provider by state, from the database.",
                normal="All in the states that you expect.",
                bad="One is gone: its queues may have no worker.",
                then="The log of that worker.",
            ),
            queries=(Query(scope.total(components.EDGE_WORKERS, "state"), scope.named("state")),),
            decimals=0,
            empty="no Edge workers",
        ),
        Series(
            key="edge-wait",
            title="How long do Edge jobs wait?",
            about=About(
                "Since when the oldest job of each queue has waited for an Edge worker.",
                normal="Seconds, or no line.",
                bad="Minutes: no worker listens to that queue, or all are full.",
                then="Are the Edge workers there?",
            ),
            queries=(Query(scope.age(components.EDGE_JOB_OLDEST, "queue"), scope.named("queue")),),
            unit=Shown.AGE,
            empty="no Edge job waits",
        ),
    )
