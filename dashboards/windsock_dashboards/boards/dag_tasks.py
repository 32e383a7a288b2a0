"""Panels about the tasks of one DAG."""

from __future__ import annotations

from windsock.catalog.practices import CHECK_TASK_LAST_SUCCESS
from windsock.catalog.statsd import tasks as tries
from windsock.catalog.statsd.scheduler import TASKS_KILLED_EXTERNALLY
from windsock_dashboards.shapes import words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Bars, Panel, Query, Series
from windsock_dashboards.shapes.tables import Column, Table

_TASK = "task_id"


def panels(scope: Scope, this: str) -> tuple[Panel, ...]:
    """Which are slow, fail, are repeated.

    Args:
        scope: the Airflow.
        this: the matcher that keeps to the DAG.
    """
    slow = scope.quantile(0.95, tries.TASK_DURATION, _TASK, where=this)
    failed = scope.per_minute(tries.TI_FINISH, _TASK, where=f'{this}, state=~"failed|up_for_retry"')
    # A task that never failed has no such series: it counts as 0 while it starts.
    started = scope.per_minute(tries.TI_START, _TASK, where=this)
    repeated = scope.gained(tries.TI_FINISH, _TASK, where=f'{this}, state="up_for_retry"')
    return (
        Series(
            key="slow-tasks",
            title="Which of its tasks are slow?",
            about=About(
                "p95 of the tries that ended within each step, the ten slowest tasks.",
                normal="Level for each task.",
                bad="One rises while others do not: its source or its data.",
                then="The log of its newest try, by way of the newest run.",
            ),
            queries=(Query(scope.top(10, slow), "{{task_id}}"),),
            points=True,
        ),
        Series(
            key="failing-tasks",
            title="Which of its tasks fail?",
            about=About(
                "Failed tries per minute, the ten tasks with most; tries that are repeated count.",
                normal="0.",
                bad="One task: its own code or source. All: workers, or a common connection.",
                then="The last failed run in Airflow.",
            ),
            queries=(Query(scope.top(10, f"{failed} or {started} * 0"), "{{task_id}}"),),
            unit=Shown.PER_MINUTE,
        ),
        Bars(
            key="retries",
            title="Which tasks pass only when repeated?",
            about=About(
                "Tries in the time shown that failed and were repeated, the ten tasks with most.",
                normal="Empty, or a few.",
                bad="Many: retries hide a trouble that makes the DAG late.",
                then="The logs of the first tries; raise the limit that they hit, do not add retries.",
            ),
            queries=(Query(scope.top(10, f"{repeated} > 0"), "{{task_id}}"),),
            unit=Shown.NUMBER,
            alerts=("AirflowTaskRetriesHigh",),
            decimals=0,
            empty="no try was repeated",
        ),
        Series(
            key="waiting-tasks",
            title="How long do its tasks wait for a slot?",
            about=About(
                "p95 of the time in state scheduled, by queue; on 2.x of retries only.",
                normal="Seconds.",
                bad="Minutes: its pool is full, or parallelism is used up.",
                then="Queues, pools, executors.",
            ),
            queries=(
                Query(
                    scope.quantile(0.95, tries.TASK_SCHEDULED_DURATION, "queue", where=this), "p95 {{queue}}"
                ),
            ),
            points=True,
        ),
    )


def rare(scope: Scope, this: str) -> tuple[Panel, ...]:
    """What is looked at when the first are not enough.

    Args:
        scope: the Airflow.
        this: the matcher that keeps to the DAG.
    """
    return (
        Series(
            key="task-ends",
            title="How do tries of its tasks end?",
            about=About(
                "Tries that left the worker, per minute, by state.",
                normal="Mostly success.",
                bad="up_for_retry as much as success: it heals by luck.",
                then="Which of its tasks fail.",
            ),
            queries=(Query(scope.per_minute(tries.TI_FINISH, "state", where=this), "{{state}}"),),
            colors=words.STATES,
            stacked=True,
        ),
        Series(
            key="task-states",
            title="In which states are its tasks now?",
            about=About(
                "Task instances by task and state as the scheduler counts them (3.x), the 20 largest.",
                normal="Follows the runs.",
                bad="One task queued or scheduled for long.",
                then="How long do its tasks wait for a slot.",
            ),
            queries=(
                Query(
                    scope.top(20, scope.max(tries.TI_CURRENT, _TASK, "state", where=this)),
                    "{{task_id}} {{state}}",
                ),
            ),
            decimals=0,
        ),
        Series(
            key="task-events",
            title="What happened to its tasks?",
            about=About(
                "Tries that began, failed, were killed or lost, per minute.",
                normal="Only `began`.",
                bad="`no heartbeat`: out of memory, or an evicted worker. `killed from outside`: by hand, "
                "or by the executor.",
                then="Memory of the task; events of the worker's pod.",
            ),
            queries=(
                Query(
                    scope.events(
                        where=this,
                        began=tries.TI_START,
                        failed=tries.TI_FAILURES,
                        began_although_it_had_succeeded=tries.TI_PREVIOUSLY_SUCCEEDED,
                        no_heartbeat=tries.HEARTBEATS_LOST,
                        killed_from_outside=TASKS_KILLED_EXTERNALLY,
                        removed_from_the_DAG=tries.TASK_REMOVED,
                    ),
                    "{{event}}",
                ),
            ),
            alerts=("AirflowTasksKilled", "AirflowTasksOverrunning"),
        ),
        Series(
            key="memory",
            title="How much memory do its tasks take?",
            about=About(
                "Percent of the machine's memory (2.10 and 2.11), the ten tasks with most.",
                normal="Level.",
                bad="Rising towards the worker's limit: it will be killed.",
                then="Which of its tasks were killed.",
            ),
            queries=(
                Query(scope.top(10, scope.max(tries.TASK_MEMORY_USAGE, _TASK, where=this)), "{{task_id}}"),
            ),
        ),
        Series(
            key="cpu",
            title="How much CPU do its tasks take?",
            about=About(
                "Percent of one core (2.10 and 2.11), the ten tasks with most.",
                normal="Low: Airflow waits, others compute.",
                bad="100 for hours: heavy work inside the worker.",
                then="Practices: what runs apart from the workers.",
            ),
            queries=(
                Query(scope.top(10, scope.max(tries.TASK_CPU_USAGE, _TASK, where=this)), "{{task_id}}"),
            ),
        ),
        Table(
            key="checks",
            title="When did its data checks succeed last?",
            about=About(
                "Tasks that check data, as named by --check-tasks.",
                normal="As young as its last run.",
                bad="Old: the check fails, is skipped, or the run does not come so far.",
                then="The log of that task.",
            ),
            queries=(Query(scope.top(50, scope.age(CHECK_TASK_LAST_SUCCESS, _TASK, where=this))),),
            alerts=("AirflowDataCheckStale",),
            columns=(
                Column(
                    name="Green since",
                    field="A",
                    unit=Shown.AGE,
                    width=120,
                    decimals=1,
                    colored=True,
                    steps=words.warn_from(scope.limits.check_stale),
                ),
                Column(name="Check", field=_TASK),
            ),
            sort_by="Green since",
        ),
    )
