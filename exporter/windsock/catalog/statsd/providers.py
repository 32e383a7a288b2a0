"""Celery, Kubernetes and Amazon executors, connection tests, resumable jobs."""

from __future__ import annotations

from windsock.airflow_versions import AIRFLOW_2, VERSIONS, since
from windsock.catalog.statsd.build import LOOP, WAIT, counter, gauge, timer
from windsock.metric import Metric, Stability
from windsock.wire import Line, Timing

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

# The provider that sends these needs Airflow 2.11.
_POD_VERSIONS = since("2.11")


def _pod(what: str) -> tuple[Metric, Metric]:
    status = counter(
        f"airflow_kubernetes_pod_{what}s_total",
        Line(name=f"kubernetes_executor.pod_{what}_status", versions=_POD_VERSIONS, tags=("status",)),
        labels=("status",),
        help=f"Calls for a pod's {what}, by the HTTP status of the answer.",
        subject=SUBJECT,
        stability=Stability.EXPERIMENTAL,
    )
    duration = timer(
        f"airflow_kubernetes_pod_{what}_seconds",
        Line(name=f"kubernetes_executor.pod_{what}", versions=_POD_VERSIONS, timing=Timing.TIMER),
        buckets=LOOP,
        help=f"Time the Kubernetes API took for a pod's {what}.",
        subject=SUBJECT,
        stability=Stability.EXPERIMENTAL,
    )
    return status, duration


KUBERNETES_PODS = (*_pod("creation"), *_pod("deletion"), *_pod("patching"))
KUBERNETES_BATCH_SIZE = gauge(
    "airflow_kubernetes_pod_creation_batch_pods",
    Line(name="kubernetes_executor.pod_creation_batch_size", versions=_POD_VERSIONS),
    ttl="5m",
    help="Pods in the last batch that the KubernetesExecutor created.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
KUBERNETES_BATCH = timer(
    "airflow_kubernetes_pod_creation_batch_seconds",
    Line(name="kubernetes_executor.pod_creation_batch_duration", versions=_POD_VERSIONS),
    buckets=LOOP,
    help="Time to create one batch of pods.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
KUBERNETES_CLEARING = timer(
    "airflow_kubernetes_clear_not_launched_tasks_seconds",
    # Gone with release 10.2 of the provider, which runs on 2.9 and newer.
    Line(
        name="kubernetes_executor.clear_not_launched_queued_tasks.duration",
        versions=AIRFLOW_2,
        timing=Timing.TIMER,
    ),
    buckets=LOOP,
    help="Time to find queued tasks that have no pod and to queue them again.",
    subject=SUBJECT,
    stability=Stability.EXPERIMENTAL,
)
ADOPTION = timer(
    "airflow_executor_adopt_tasks_seconds",
    *(
        Line(
            name=f"{executor}_executor.adopt_task_instances.duration",
            versions=versions,
            fixed={"executor": executor},
            timing=Timing.TIMER,
        )
        for executor, versions in (
            ("kubernetes", VERSIONS),
            ("batch", VERSIONS),
            ("ecs", VERSIONS),
            ("lambda", since("2.10")),
        )
    ),
    buckets=WAIT,
    labels=("executor",),
    help="Time a remote executor took to adopt the tasks of a dead scheduler.",
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
    KUBERNETES_CLEARING,
    ADOPTION,
    CONNECTION_TESTS,
    CONNECTION_TESTS_OPEN,
    CONNECTION_TEST_DISPATCH,
    CONNECTION_TEST_HOOK,
    RESUMABLE_JOBS,
)
