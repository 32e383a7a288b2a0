"""Executors, pools and triggerers: what is free, what is taken."""

from __future__ import annotations

from windsock.airflow_versions import AIRFLOW_3, VERSIONS, between, since, until
from windsock.catalog.statsd.build import counter, gauge
from windsock.metric import Metric
from windsock.wire import Form, Line, Profile

SUBJECT = "StatsD: executors, pools and triggerers"

_BOTH = (Form.PLAIN, Form.LEGACY)


def _executor(what: str, help_: str) -> Metric:
    name, legacy = f"executor.{what}", f"executor.{what}.{{executor_class_name}}"
    return gauge(
        f"airflow_executor_{what}",
        Line(name=name, versions=until("2.9"), tags=("status", "name")),
        # The legacy name with several executors, else the plain one, never both; the tag is called `name`.
        Line(
            name=name,
            legacy=legacy,
            versions=between("2.10", "3.2"),
            tags=("status", "name"),
            keep={Profile.TAGS: _BOTH, Profile.PLAIN: _BOTH},
        ),
        # The legacy name alone with several executors. With tags both forms fill one series.
        Line(
            name=name,
            legacy=legacy,
            versions=("3.3",),
            tags=("status", "executor_class_name"),
            keep={Profile.TAGS: _BOTH},
        ),
        ttl="2m",
        labels=("executor_class_name",),
        help=help_,
        subject=SUBJECT,
    )


def _pool(what: str, help_: str, versions: tuple[str, ...] = VERSIONS) -> Metric:
    return gauge(
        f"airflow_pool_{what}",
        Line(
            name=f"pool.{what}",
            legacy=f"pool.{what}.{{pool_name}}",
            versions=versions,
            tags=("pool_name",),
        ),
        ttl="1m",
        labels=("pool_name",),
        help=help_,
        subject=SUBJECT,
    )


EXECUTOR_OPEN_SLOTS = _executor(
    "open_slots",
    "Free slots of the executor; constant with LocalExecutor on 3.x. No executor name before 3.3 with one.",
)
EXECUTOR_QUEUED_TASKS = _executor(
    "queued_tasks", "Tasks waiting in the executor; each scheduler sends its own."
)
EXECUTOR_RUNNING_TASKS = _executor(
    "running_tasks", "Tasks running in the executor; always 0 with LocalExecutor on 3.x."
)
POOL_OPEN_SLOTS = _pool(
    "open_slots", "Free slots of the pool, +Inf without limit, negative when over-committed."
)
POOL_QUEUED_SLOTS = _pool("queued_slots", "Slots of the pool taken by queued tasks.")
POOL_RUNNING_SLOTS = _pool("running_slots", "Slots of the pool taken by running tasks.")
POOL_DEFERRED_SLOTS = _pool("deferred_slots", "Slots of the pool taken by deferred tasks.")
POOL_SCHEDULED_SLOTS = _pool(
    "scheduled_slots", "Slots that scheduled tasks of the pool ask for.", since("2.10")
)
POOL_STARVING_TASKS = _pool(
    "starving_tasks", "Tasks that found no slot in the pool; sent only while the pool has candidates."
)
TRIGGERS_RUNNING = gauge(
    "airflow_triggers_running",
    Line(name="triggers.running", legacy="triggers.running.{hostname}", tags=("hostname",)),
    ttl="2m",
    labels=("hostname",),
    help="Triggers running on the triggerer.",
    subject=SUBJECT,
)
TRIGGERER_CAPACITY_LEFT = gauge(
    "airflow_triggerer_capacity_left",
    Line(
        name="triggerer.capacity_left",
        legacy="triggerer.capacity_left.{hostname}",
        tags=("hostname",),
        versions=AIRFLOW_3,
    ),
    ttl="2m",
    labels=("hostname",),
    help="Triggers that the triggerer could still take.",
    subject=SUBJECT,
)
TRIGGERS_BLOCKED_MAIN_THREAD = counter(
    "airflow_triggers_blocked_main_thread_total",
    Line(name="triggers.blocked_main_thread"),
    help="Times a trigger blocked the triggerer's event loop, which delays every other trigger.",
    subject=SUBJECT,
)
TRIGGERS_FAILED = counter(
    "airflow_triggers_failed_total",
    Line(name="triggers.failed"),
    help="Triggers that ended with an error before they fired.",
    subject=SUBJECT,
)
TRIGGERS_SUCCEEDED = counter(
    "airflow_triggers_succeeded_total",
    Line(name="triggers.succeeded"),
    help="Triggers that fired; on 3.x also deadline callbacks and asset watchers.",
    subject=SUBJECT,
)

METRICS = (
    EXECUTOR_OPEN_SLOTS,
    EXECUTOR_QUEUED_TASKS,
    EXECUTOR_RUNNING_TASKS,
    POOL_OPEN_SLOTS,
    POOL_QUEUED_SLOTS,
    POOL_RUNNING_SLOTS,
    POOL_DEFERRED_SLOTS,
    POOL_SCHEDULED_SLOTS,
    POOL_STARVING_TASKS,
    TRIGGERS_RUNNING,
    TRIGGERER_CAPACITY_LEFT,
    TRIGGERS_BLOCKED_MAIN_THREAD,
    TRIGGERS_FAILED,
    TRIGGERS_SUCCEEDED,
)
