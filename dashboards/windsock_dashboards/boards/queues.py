"""Queues, pools, executors: where do tasks wait, for what, and for how long still?"""

from __future__ import annotations

from windsock.catalog import dags, tasks
from windsock_dashboards.boards import executors, pools, waits
from windsock_dashboards.shapes import marks, words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.links import QUEUES, of_dag
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Board, Panel, Query, Row, Series, Stat
from windsock_dashboards.shapes.tables import Column, Table

_DAG = ("dag_id",)
_QUEUED = 'state="queued"'


def board(scope: Scope) -> Board:
    """Waiting tasks, queues, pools, executors, runs in flight."""
    return Board(
        uid=QUEUES,
        title="Queues, pools, executors",
        description=(
            "Where tasks wait: for the scheduler, for a slot in their pool, or for a worker of their queue."
        ),
        choices=(),
        marks=marks.everywhere(scope),
        rows=(
            Row("head", "", _head(scope)),
            Row("queues", "Queues", _queues(scope)),
            Row("wait-times", "How long do tasks wait?", waits.panels(scope)),
            Row("pools", "Pools", pools.panels(scope)),
            Row("work", "Executors and runs", (executors.slots(scope), *_work(scope))),
            Row("lost-tasks", "Tasks nobody looks after", waits.leftovers(scope), collapsed=True),
            pools.details(scope),
            executors.workers(scope),
        ),
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    def in_state(state: str) -> Query:
        return Query(scope.total(tasks.TASK_INSTANCES, where=f'state="{state}"'), scope.legend)

    oldest = scope.max(tasks.QUEUE_OLDEST_AGE, "queue", where=_QUEUED)
    return (
        Stat(
            key="running-count",
            title="Running tasks?",
            about=About(
                "Task instances that run now.",
                normal="As usual at this hour.",
                bad="0 while tasks wait: nothing moves.",
                then="Is every queue still served?",
            ),
            queries=(in_state("running"),),
            neutral=True,
        ),
        Stat(
            key="scheduled-count",
            title="Waiting for slot?",
            about=About(
                "Scheduled: ready, but the scheduler has not queued them.",
                normal="Falls back to 0 after each peak.",
                bad="Stays: a pool, parallelism, or the scheduler.",
                then="Pools below; what holds back tasks, in Scheduler and parsing.",
            ),
            queries=(in_state("scheduled"),),
            neutral=True,
        ),
        Stat(
            key="queued-count",
            title="Waiting for worker?",
            about=About(
                "Queued: handed to the executor, no worker has begun.",
                normal="Falls back to 0 after each peak.",
                bad="Stays while `running` does not rise: workers or broker.",
                then="Is every queue still served?",
            ),
            queries=(in_state("queued"),),
            neutral=True,
        ),
        Stat(
            key="deferred-count",
            title="Deferred?",
            about=About(
                "Deferred tasks wait in the triggerer and need no worker.",
                normal="As your deferrable operators are used.",
                bad="Grows while triggers are not assigned: the triggerer is dead or full.",
                then="Assets and triggers.",
            ),
            queries=(in_state("deferred"),),
            neutral=True,
        ),
        Stat(
            key="oldest-queued",
            title="Oldest queued task?",
            about=About(
                "Age of the task that waits longest for a worker.",
                normal="Seconds.",
                bad="Near 10 minutes: Airflow queues it again then, and the age begins anew.",
                then="Is every queue still served?",
            ),
            queries=(Query(scope.worst(oldest), scope.legend),),
            steps=words.bad_from(scope.limits.queue_stuck),
            alerts=("AirflowQueueStuck",),
            decimals=1,
        ),
        pools.full(scope),
    )


def _queues(scope: Scope) -> tuple[Panel, ...]:
    def of_queue(state: str) -> str:
        return scope.total(tasks.TASK_INSTANCES, "queue", where=f'state="{state}"')

    oldest = scope.max(tasks.QUEUE_OLDEST_AGE, "queue", where=_QUEUED)
    return (
        Table(
            key="queue-table",
            title="Is every queue still served?",
            about=About(
                "Each queue with what waits, what runs, and when a task started last.",
                normal="Last start: seconds ago while tasks are queued.",
                bad="Queued tasks and no start for as long as the alert allows: the queue is stuck.",
                then="Workers of that queue, then the broker.",
            ),
            queries=scope.rows(
                ("queue",),
                oldest,
                scope.age(tasks.QUEUE_LAST_START, "queue"),
                of_queue("queued"),
                of_queue("running"),
            ),
            alerts=("AirflowQueueStuck", "AirflowQueueWithoutWorker"),
            columns=(
                Column(name="Queue", field="queue"),
                Column(name="Queued", field="C", unit=tasks.TASK_INSTANCES, width=80),
                Column(name="Running", field="D", unit=tasks.TASK_INSTANCES, width=80),
                Column(
                    name="Oldest queued",
                    field="A",
                    unit=tasks.QUEUE_OLDEST_AGE,
                    width=125,
                    decimals=1,
                    colored=True,
                    steps=words.bad_from(scope.limits.queue_stuck),
                ),
                Column(name="Last start ago", field="B", unit=Shown.AGE, width=125, decimals=1),
                Column(name="Airflow", field=scope.label, width=90),
            ),
            sort_by="Oldest queued",
        ),
        Series(
            key="queue-age",
            title="How long does the oldest task wait in each queue?",
            about=About(
                "Scheduled waits for a slot, queued for a worker. The dashed line is where a queue counts "
                "as stuck.",
                normal="Small teeth.",
                bad="A slope that does not end: nothing of that queue starts.",
                then="Is every queue still served? What happened when the slope began: the marks.",
            ),
            queries=(
                Query(scope.max(tasks.QUEUE_OLDEST_AGE, "queue", "state"), scope.named("queue", "state")),
            ),
            steps=words.line(scope.limits.queue_stuck),
            limit=True,
            alerts=("AirflowQueueStuck",),
        ),
        Series(
            key="states",
            title="In which state are the unfinished tasks?",
            about=About(
                "All unfinished task instances by state.",
                normal="Mostly running.",
                bad="Growing scheduled: slots. Growing queued: workers. Growing deferred: the triggerer.",
                then="The row of that part below.",
            ),
            queries=(Query(scope.total(tasks.TASK_INSTANCES, "state"), scope.named("state")),),
            stacked=True,
            colors=words.STATES[2:],
            decimals=0,
        ),
        Series(
            key="queue-running",
            title="How many tasks run on each queue?",
            about=About(
                "Running tasks by queue: has one lost its workers?",
                normal="Follows your schedule.",
                bad="One falls to zero while others do not.",
                then="The workers of that queue.",
            ),
            queries=(Query(of_queue("running"), scope.named("queue")),),
            decimals=0,
        ),
    )


def _work(scope: Scope) -> tuple[Panel, ...]:
    running = scope.max(dags.DAG_RUNS, *_DAG, where='state="running"')
    queued = scope.max(dags.DAG_RUNS, *_DAG, where=_QUEUED)
    busy = f"sum {scope.by(*_DAG)} ({scope.max(dags.DAG_RUNS, *_DAG, 'state')}) > 0"
    return (
        Series(
            key="backfills",
            title="How much do backfills take?",
            about=About(
                "Queued and running runs of backfills, over all DAGs: the usual reason for a full pool.",
                normal="0, or what you started.",
                bad="Many running at a busy hour.",
                then="Pause the backfill, or lower its max_active_runs.",
            ),
            queries=(Query(scope.max(dags.BACKFILL_DAG_RUNS, "state"), scope.named("state")),),
            colors=words.STATES,
            decimals=0,
        ),
        Table(
            key="runs",
            title="Which DAGs have runs in flight?",
            about=About(
                "DAGs by unfinished runs, those with most first.",
                normal="One or two running, none queued.",
                bad="Queued beside running: the DAG is at max_active_runs. An old run: it hangs. Ages are "
                "exported in the preset full only.",
                then="A click on the DAG: its newest run.",
            ),
            queries=scope.rows(_DAG, busy, running, queued, scope.max(dags.DAG_RUNS_OLDEST_AGE, *_DAG)),
            width=24,
            alerts=("AirflowDagRunQueuedLong",),
            empty="no run in flight",
            columns=(
                Column(name="DAG", field="dag_id", links=of_dag(scope)),
                Column(name="In flight", field="A", unit=dags.DAG_RUNS, width=120),
                Column(name="Running", field="B", unit=dags.DAG_RUNS, width=120),
                Column(name="Queued", field="C", unit=dags.DAG_RUNS, width=120),
                Column(name="Oldest since", field="D", unit=dags.DAG_RUNS_OLDEST_AGE, width=150, decimals=1),
                Column(name="Airflow", field=scope.label, width=120),
            ),
            sort_by="In flight",
        ),
    )
