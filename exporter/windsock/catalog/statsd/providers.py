"""Celery, Kubernetes, Edge and Amazon executors, OpenLineage, connection tests, resumable jobs."""

from __future__ import annotations

from windsock.airflow_versions import AIRFLOW_2, since, until
from windsock.catalog.statsd.build import LOOP, WAIT, counter, gauge, timer
from windsock.metric import Metric, Stability, Unit
from windsock.wire import Form, Line, Profile, Timing

SUBJECT = "StatsD: executors of providers, OpenLineage, jobs"

CELERY_TIMEOUTS = counter(
    "airflow_celery_task_timeout_errors_total",
    Line(name="celery.task_timeout_error"),
    help="Tasks that could not be handed to the Celery broker in time.",
    subject=SUBJECT,
)
CELERY_FAILURES = counter(
    "airflow_celery_execute_command_failures_total",
    Line(name="celery.execute_command.failure", versions=AIRFLOW_2),
    help="Task commands that ended with an error on a Celery worker; not the failed tasks.",
    subject=SUBJECT,
)


def _pod(what: str) -> tuple[Metric, Metric]:
    status = counter(
        f"airflow_kubernetes_pod_{what}s_total",
        Line(name=f"kubernetes_executor.pod_{what}_status", tags=("status",)),
        labels=("status",),
        help=f"Calls for a pod's {what}, by the HTTP status of the answer.",
        subject=SUBJECT,
        stability=Stability.EXPERIMENTAL,
    )
    duration = timer(
        f"airflow_kubernetes_pod_{what}_seconds",
        Line(name=f"kubernetes_executor.pod_{what}", timing=Timing.TIMER),
        buckets=LOOP,
        help=f"Time the Kubernetes API took for a pod's {what}.",
        subject=SUBJECT,
        stability=Stability.EXPERIMENTAL,
    )
    return status, duration


KUBERNETES_PODS = (*_pod("creation"), *_pod("deletion"), *_pod("patching"))
KUBERNETES_BATCH_SIZE = gauge(
    "airflow_kubernetes_pod_creation_batch_pods",
    Line(name="kubernetes_executor.pod_creation_batch_size"),
    ttl="5m",
    help="Pods in the last batch that the KubernetesExecutor created.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
KUBERNETES_BATCH = timer(
    "airflow_kubernetes_pod_creation_batch_seconds",
    Line(name="kubernetes_executor.pod_creation_batch_duration"),
    buckets=LOOP,
    help="Time to create one batch of pods.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
ADOPTION = timer(
    "airflow_executor_adopt_tasks_seconds",
    *(
        Line(
            name=f"{executor}_executor.adopt_task_instances.duration",
            fixed={"executor": executor},
            timing=Timing.TIMER,
        )
        for executor in ("kubernetes", "batch", "ecs", "lambda")
    ),
    buckets=WAIT,
    labels=("executor",),
    help="Time a remote executor took to adopt the tasks of a dead scheduler.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
EDGE_SYNC = timer(
    "airflow_edge_executor_sync_seconds",
    Line(name="edge_executor.sync.duration", timing=Timing.TIMER),
    buckets=LOOP,
    help="Time of one synchronisation of the EdgeExecutor.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)


def _edge(what: str, help_: str) -> Metric:
    return gauge(
        f"airflow_edge_worker_{what}",
        Line(name=f"edge_worker.{what}", legacy=f"edge_worker.{what}.{{worker_name}}", tags=("worker_name",)),
        ttl="5m",
        labels=("worker_name",),
        help=help_,
        subject=SUBJECT,
        stability=Stability.EXPERIMENTAL,
    )


EDGE_WORKERS = (
    _edge("status", "Status code that the Edge worker reported."),
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
    Line(
        name="edge_worker.heartbeat_count",
        legacy="edge_worker.heartbeat_count.{worker_name}",
        tags=("worker_name",),
    ),
    labels=("worker_name",),
    help="Heartbeats of the Edge worker.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
EDGE_STARTS = counter(
    "airflow_edge_worker_ti_start_total",
    Line(
        name="edge_worker.ti.start",
        legacy="edge_worker.ti.start.{queue}.{dag_id}.{task_id}",
        tags=("queue", "dag_id", "task_id"),
    ),
    labels=("queue", "dag_id", "task_id"),
    help="Task tries that Edge workers took.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
EDGE_FINISHES = counter(
    "airflow_edge_worker_ti_finish_total",
    Line(
        name="edge_worker.ti.finish",
        legacy="edge_worker.ti.finish.{queue}.{state}.{dag_id}.{task_id}",
        tags=("queue", "state", "dag_id", "task_id"),
    ),
    labels=("queue", "dag_id", "task_id", "state"),
    help="Task tries that ended on Edge workers, by state.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)


def _lineage(name: str, ids: tuple[str, ...], timing: Timing = Timing.TIMEDELTA) -> tuple[Line, ...]:
    """Older providers send the legacy name alone, newer ones before Airflow 3.2 the plain name alone."""
    legacy = ".".join((name, *(f"{{{label}}}" for label in ids)))
    both = (Form.PLAIN, Form.LEGACY)
    return (
        Line(
            name=name,
            legacy=legacy,
            versions=until("3.1"),
            tags=ids,
            timing=timing,
            keep={Profile.TAGS: both, Profile.PLAIN: both},
        ),
        Line(name=name, legacy=legacy, versions=since("3.2"), tags=ids, timing=timing),
    )


LINEAGE_ATTEMPTS = timer(
    "airflow_ol_emit_attempt_seconds",
    # Providers for Airflow before 3.2 send the plain name in any case, older ones without tags.
    Line(
        name="ol.emit.attempts",
        legacy="ol.emit.attempts.{event_type}.{transport_type}",
        versions=until("3.1"),
        tags=("event_type", "transport_type"),
        timing=Timing.TIMER,
        keep={Profile.PLAIN: (Form.PLAIN,)},
    ),
    Line(
        name="ol.emit.attempts",
        legacy="ol.emit.attempts.{event_type}.{transport_type}",
        versions=since("3.2"),
        tags=("event_type", "transport_type"),
        timing=Timing.TIMER,
    ),
    buckets=LOOP,
    labels=("event_type", "transport_type"),
    help="Time to send one OpenLineage event.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
LINEAGE_FAILURES = counter(
    "airflow_ol_emit_failures_total",
    Line(name="ol.emit.failed"),
    help="OpenLineage events that could not be sent.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
LINEAGE_EXTRACTS = timer(
    "airflow_ol_extract_seconds",
    *_lineage("ol.extract", ("event_type", "operator_name"), Timing.TIMER),
    buckets=LOOP,
    labels=("event_type", "operator_name"),
    help="Time to extract the lineage of one task.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
LINEAGE_SIZE = gauge(
    "airflow_ol_event_bytes",
    *_lineage("ol.event.size", ("event_type", "operator_name")),
    ttl="1h",
    unit=Unit.BYTES,
    labels=("event_type", "operator_name"),
    help="Size of the last OpenLineage event of this kind.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
CONNECTION_TESTS = counter(
    "airflow_connection_tests_total",
    *(
        Line(name=f"connection_test.{result}", fixed={"result": result}, versions=("3.3",))
        for result in ("success", "failed")
    ),
    Line(name="connection_test.reaped", fixed={"result": "reaped"}, tags=("prior_state",), versions=("3.3",)),
    labels=("result",),
    help="Connection tests by result; reaped ones never came back.",
    subject=SUBJECT,
)
CONNECTION_TESTS_OPEN = gauge(
    "airflow_connection_tests_open",
    *(
        Line(name=f"connection_test.{state}", fixed={"state": state}, versions=("3.3",))
        for state in ("active", "pending")
    ),
    ttl="2m",
    labels=("state",),
    help="Connection tests that run (active) or wait for a worker (pending).",
    subject=SUBJECT,
)
CONNECTION_TEST_DISPATCH = timer(
    "airflow_connection_test_dispatch_seconds",
    Line(name="connection_test.dispatch_duration", versions=("3.3",), timing=Timing.TIMER),
    buckets=LOOP,
    help="Time the scheduler took to hand a connection test to an executor.",
    subject=SUBJECT,
)
CONNECTION_TEST_HOOK = timer(
    "airflow_connection_test_hook_seconds",
    Line(name="connection_test.hook_duration", versions=("3.3",), timing=Timing.TIMER),
    buckets=LOOP,
    help="Time the connection's hook took for its test.",
    subject=SUBJECT,
)
RESUMABLE_JOBS = counter(
    "airflow_resumable_job_events_total",
    *(
        Line(name=f"resumable_job.{event}", fixed={"event": event}, tags=("operator",), versions=("3.3",))
        for event in (
            "fresh_submit",
            "already_succeeded",
            "terminal_resubmit",
            "reconnect_attempt",
            "reconnect_success",
        )
    ),
    labels=("event", "operator"),
    help="What operators that can resume a remote job found when they started.",
    subject=SUBJECT,
)

METRICS = (
    CELERY_TIMEOUTS,
    CELERY_FAILURES,
    *KUBERNETES_PODS,
    KUBERNETES_BATCH_SIZE,
    KUBERNETES_BATCH,
    ADOPTION,
    EDGE_SYNC,
    *EDGE_WORKERS,
    EDGE_QUEUES,
    EDGE_HEARTBEATS,
    EDGE_STARTS,
    EDGE_FINISHES,
    LINEAGE_ATTEMPTS,
    LINEAGE_FAILURES,
    LINEAGE_EXTRACTS,
    LINEAGE_SIZE,
    CONNECTION_TESTS,
    CONNECTION_TESTS_OPEN,
    CONNECTION_TEST_DISPATCH,
    CONNECTION_TEST_HOOK,
    RESUMABLE_JOBS,
)
