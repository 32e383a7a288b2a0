"""Panels about executors and their workers."""

from __future__ import annotations

from windsock.catalog import components
from windsock.catalog.statsd import capacity, edge, providers
from windsock_dashboards.about import About
from windsock_dashboards.promql import Scope
from windsock_dashboards.shown import Shown
from windsock_dashboards.spec import Panel, Query, Row, Series

_EXECUTOR = "executor_class_name"
_KUBERNETES = {str(metric): metric for metric in providers.METRICS}


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
    """What only some executors have."""
    return Row(
        "workers",
        "Celery, Kubernetes and Edge workers",
        (*_celery(scope), *_kubernetes(scope), *_edge(scope)),
        collapsed=True,
    )


def _celery(scope: Scope) -> tuple[Panel, ...]:
    return (
        Series(
            key="celery",
            title="Does the Celery broker take tasks?",
            about=About(
                "Tasks that could not be handed to the broker in time, and commands that failed (2.x), "
                "per minute.",
                normal="0.",
                bad="Steady: broker overloaded or unreachable; tasks stay queued.",
                then="The broker's own monitoring: memory, connections, length of its queues.",
            ),
            queries=(
                Query(
                    scope.events(
                        handed_over_too_late=providers.CELERY_TIMEOUTS,
                        commands_failed=providers.CELERY_FAILURES,
                    ),
                    "{{event}} " + scope.legend,
                ),
            ),
            empty="no CeleryExecutor, or nothing failed",
        ),
        Series(
            key="adoption",
            title="How long does adopting tasks of a dead scheduler take?",
            about=About(
                "p95 by executor; it holds up the scheduler's pass.",
                normal="No lines.",
                bad="Seconds: many tasks were left behind.",
                then="Which component was silent, and when.",
            ),
            queries=(Query(scope.quantile(0.95, providers.ADOPTION, "executor"), scope.named("executor")),),
            empty="nothing was adopted, or no remote executor",
        ),
    )


def _kubernetes(scope: Scope) -> tuple[Panel, ...]:
    created = _KUBERNETES["airflow_kubernetes_pod_creations_total"]
    deleted = _KUBERNETES["airflow_kubernetes_pod_deletions_total"]
    return (
        Series(
            key="pods",
            title="Does Kubernetes accept pods?",
            about=About(
                "Answers of the Kubernetes API per minute, by HTTP status.",
                normal="201 for creations, 200 for deletions.",
                bad="403: quota or rights. 429 and 5xx: the API is overloaded.",
                then="Events and quota of the namespace, in your monitoring of Kubernetes.",
            ),
            queries=(
                Query(scope.per_minute(created, "status"), "created {{status}} " + scope.legend),
                Query(scope.per_minute(deleted, "status"), "deleted {{status}} " + scope.legend),
            ),
            empty="no KubernetesExecutor",
        ),
        Series(
            key="pod-time",
            title="How long does a pod's creation take?",
            about=About(
                "p95 of one call, and of a batch: the part of the start of a task that is Kubernetes'.",
                normal="Well below a second per pod.",
                bad="Seconds: the API or its admission webhooks are slow.",
                then="Raise the executor's number of creations per pass only after that.",
            ),
            queries=(
                Query(
                    scope.quantile(0.95, _KUBERNETES["airflow_kubernetes_pod_creation_seconds"]),
                    f"one pod {scope.legend}",
                ),
                Query(scope.quantile(0.95, providers.KUBERNETES_BATCH), f"batch {scope.legend}"),
                Query(
                    scope.quantile(0.95, providers.KUBERNETES_CLEARING),
                    f"clearing tasks that were not launched {scope.legend}",
                ),
            ),
            unit=providers.KUBERNETES_BATCH,
            empty="no KubernetesExecutor",
        ),
    )


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
        Series(
            key="edge-beats",
            title="Do Edge workers report?",
            about=About(
                "Heartbeats of Edge workers per minute, by worker.",
                normal="Level.",
                bad="A line ends: that worker is gone or cut off.",
                then="The network between worker and API server.",
            ),
            queries=(
                Query(
                    scope.top(20, scope.per_minute(edge.EDGE_HEARTBEATS, "worker_name")),
                    scope.named("worker_name"),
                ),
            ),
            empty="no Edge workers",
        ),
    )
