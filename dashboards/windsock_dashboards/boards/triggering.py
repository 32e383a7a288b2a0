"""Panels of triggers, callbacks, deadlines and connection tests."""

from __future__ import annotations

from windsock.catalog import tasks, triggers, waiting
from windsock.catalog.statsd import capacity, providers
from windsock_dashboards.shapes import words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.spec import Bars, Panel, Query, Series


def running(scope: Scope) -> tuple[Panel, ...]:
    """Triggers, who runs them, and the tasks that wait in them."""
    airflow = scope.legend
    return (
        Series(
            key="triggers",
            title="How many triggers are there, and who runs them?",
            about=About(
                "Triggers by whether their triggerer is alive, dead, or nobody has taken them.",
                normal="All with a living triggerer.",
                bad="`dead` or `none` that stays: deferred tasks wait in vain.",
                then="The triggerer's heartbeat and log.",
            ),
            queries=(Query(scope.total(triggers.TRIGGERS, "triggerer"), scope.named("triggerer")),),
            stacked=True,
            colors=words.TRIGGERERS,
            alerts=("AirflowTriggersUnassigned",),
            decimals=0,
        ),
        Series(
            key="capacity",
            title="How full is each triggerer?",
            about=About(
                "Triggers that run on each, and how many more it could take (3.x), by StatsD.",
                normal="Room for more.",
                bad="No room: triggers wait although the triggerer is alive.",
                then="More triggerers, or a higher capacity.",
            ),
            queries=(
                Query(scope.max(capacity.TRIGGERS_RUNNING, "hostname"), "running " + scope.named("hostname")),
                Query(
                    scope.max(capacity.TRIGGERER_CAPACITY_LEFT, "hostname"), "room " + scope.named("hostname")
                ),
            ),
            unit=capacity.TRIGGERS_RUNNING,
            decimals=0,
        ),
        Series(
            key="trigger-events",
            title="Do triggers fire, and does one block the others?",
            about=About(
                "Triggers that fired, failed, or blocked the triggerer's loop, per minute.",
                normal="Mostly fired.",
                bad="`blocked`: a trigger does slow work without awaiting, and delays every other one.",
                then="The triggerer's log names the trigger.",
            ),
            queries=(
                Query(
                    scope.events(
                        fired=capacity.TRIGGERS_SUCCEEDED,
                        failed=capacity.TRIGGERS_FAILED,
                        blocked=capacity.TRIGGERS_BLOCKED_MAIN_THREAD,
                    ),
                    "{{event}} " + airflow,
                ),
            ),
            colors=words.FIRED,
            alerts=("AirflowTriggererBlocked",),
        ),
        Series(
            key="deferred",
            title="How many tasks are deferred?",
            about=About(
                "Task instances in state deferred: they wait in the triggerer and hold no worker.",
                normal="Follows your schedule.",
                bad="Grows without end: what they wait for does not come.",
                then="Oldest trigger, above.",
            ),
            queries=(Query(scope.total(tasks.TASK_INSTANCES, where='state="deferred"'), airflow),),
            decimals=0,
        ),
    )


def callbacks(scope: Scope) -> tuple[Panel, ...]:
    """What else triggerer, DAG processor and workers do beside tasks."""
    airflow = scope.legend
    return (
        Series(
            key="callbacks",
            title="Which callbacks wait?",
            about=About(
                "Callbacks that should run and have not finished, by type and state.",
                normal="0.",
                bad="Grows: nobody runs them, so nobody is told.",
                then="The logs of DAG processor and triggerer.",
            ),
            queries=(
                Query(scope.max(waiting.CALLBACKS_PENDING, "type", "state"), scope.named("type", "state")),
            ),
            decimals=0,
        ),
        Series(
            key="deadlines-overdue",
            title="How many of Airflow's deadlines has nobody looked at?",
            about=About(
                "Deadlines (3.1) whose time has passed and that no scheduler has called missed.",
                normal="0.",
                bad="Any number: the scheduler is behind.",
                then="SLA: Airflow's own deadlines.",
            ),
            queries=(Query(scope.max(waiting.DEADLINES_OVERDUE), airflow),),
            alerts=("AirflowDeadlinesUnhandled",),
            decimals=0,
        ),
        Bars(
            key="connection-tests",
            title="How do connection tests end?",
            about=About(
                "Tests of connections in the time shown (3.3), by result.",
                normal="success.",
                bad="reaped: no worker ever answered.",
                then="The connection itself; a worker of the queue that tests run on.",
            ),
            queries=(Query(scope.gained(providers.CONNECTION_TESTS, "result"), scope.named("result")),),
            decimals=0,
        ),
    )
