"""The Edge executor and its workers."""

from __future__ import annotations

from windsock.airflow_versions import between, since
from windsock.catalog.statsd.build import LOOP, counter, gauge, timer
from windsock.catalog.statsd.providers import SUBJECT
from windsock.metric import Metric, Stability
from windsock.wire import Form, Line, Profile, Timing

# The provider needs Airflow 2.10; that with a worker's status, 2.11.
_VERSIONS = since("2.10")

EDGE_SYNC = timer(
    "airflow_edge_executor_sync_seconds",
    Line(name="edge_executor.sync.duration", versions=_VERSIONS, timing=Timing.TIMER),
    buckets=LOOP,
    help="Time of one synchronisation of the EdgeExecutor.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)


def _edge(what: str, help_: str, versions: tuple[str, ...] = _VERSIONS) -> Metric:
    return gauge(
        f"airflow_edge_worker_{what}",
        Line(
            name=f"edge_worker.{what}",
            legacy=f"edge_worker.{what}.{{worker_name}}",
            versions=versions,
            tags=("worker_name",),
        ),
        ttl="5m",
        labels=("worker_name",),
        help=help_,
        subject=SUBJECT,
        stability=Stability.EXPERIMENTAL,
    )


def _counted(name: str, legacy: str, tags: tuple[str, ...]) -> tuple[Line, ...]:
    """Before 3.3, newer providers send the plain name alone; older ones both, and then it is their sum."""
    return (
        Line(
            name=name,
            legacy=legacy,
            versions=between("2.10", "3.2"),
            tags=tags,
            keep={Profile.PLAIN: (Form.PLAIN,)},
        ),
        Line(name=name, legacy=legacy, versions=since("3.3"), tags=tags),
    )


EDGE_WORKERS = (
    _edge("status", "Status code that the Edge worker reported.", since("2.11")),
    _edge("connected", "1 if the Edge worker is connected."),
    _edge("maintenance", "1 if the Edge worker is in maintenance."),
    _edge("jobs_active", "Tasks running on the Edge worker."),
    _edge("concurrency", "Tasks that the Edge worker may run at a time."),
    _edge("free_concurrency", "Tasks that the Edge worker could still take."),
)
EDGE_QUEUES = gauge(
    "airflow_edge_worker_queues",
    Line(
        name="edge_worker.num_queues",
        legacy="edge_worker.num_queues.{worker_name}",
        versions=_VERSIONS,
        tags=("worker_name", "queues"),
    ),
    ttl="5m",
    labels=("worker_name",),
    help="Queues that the Edge worker listens to.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
EDGE_HEARTBEATS = counter(
    "airflow_edge_worker_heartbeats_total",
    *_counted(
        "edge_worker.heartbeat_count",
        "edge_worker.heartbeat_count.{worker_name}",
        ("worker_name",),
    ),
    labels=("worker_name",),
    help="Heartbeats of the Edge worker.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
EDGE_STARTS = counter(
    "airflow_edge_worker_ti_start_total",
    *_counted(
        "edge_worker.ti.start",
        "edge_worker.ti.start.{queue}.{dag_id}.{task_id}",
        ("queue", "dag_id", "task_id"),
    ),
    labels=("queue", "dag_id", "task_id"),
    help="Task tries that Edge workers took.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
EDGE_FINISHES = counter(
    "airflow_edge_worker_ti_finish_total",
    *_counted(
        "edge_worker.ti.finish",
        "edge_worker.ti.finish.{queue}.{state}.{dag_id}.{task_id}",
        ("queue", "state", "dag_id", "task_id"),
    ),
    labels=("queue", "dag_id", "task_id", "state"),
    help="Task tries that ended on Edge workers, by state.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)

METRICS = (
    EDGE_SYNC,
    *EDGE_WORKERS,
    EDGE_QUEUES,
    EDGE_HEARTBEATS,
    EDGE_STARTS,
    EDGE_FINISHES,
)
