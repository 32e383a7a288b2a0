"""Queues and pools: where do tasks wait, and for what?"""

from __future__ import annotations

from windsock.catalog import dags, tasks
from windsock.catalog.statsd import capacity
from windsock.catalog.statsd import tasks as tries
from windsock_dashboards import pools, words
from windsock_dashboards.links import QUEUES, of_dag
from windsock_dashboards.promql import Scope
from windsock_dashboards.spec import Board, Column, Panel, Query, Row, Series, Shown, Stat, Table

_DAG = ("dag_id",)
_QUEUED = 'state="queued"'


def board(scope: Scope) -> Board:
    """Waiting tasks, queues, pools, executors, throughput."""
    return Board(
        uid=QUEUES,
        title="Queues and pools",
        description=(
            "Where tasks wait: for the scheduler, for a slot in their pool, or for a worker of their queue."
        ),
        choices=(),
        rows=(
            Row("head", "", _head(scope)),
            Row("queues", "Queues", _queues(scope)),
            Row("pools", "Pools", pools.panels(scope)),
            Row("work", "Executors, tasks and runs", _work(scope)),
        ),
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    limit, occupied = scope.max(tasks.POOL_LIMIT, "pool"), scope.max(tasks.POOL_OCCUPIED, "pool")
    wanted = scope.max(tasks.POOL_DEMANDED, "pool")
    full = f"({occupied} >= bool {limit}) * ({wanted} > bool 0)"

    def in_state(state: str) -> str:
        where = f'state="{state}"'
        return f"sum({scope.max(tasks.TASK_INSTANCES, 'state', 'pool', 'queue', where=where)})"

    return (
        Stat(
            key="running-count",
            title="Running tasks?",
            description="Task instances that run now.",
            queries=(Query(in_state("running")),),
            unit=tasks.TASK_INSTANCES,
            steps=words.PLAIN,
            empty="unknown",
        ),
        Stat(
            key="scheduled-count",
            title="Waiting for a slot?",
            description=(
                "Scheduled: ready, but the scheduler has not queued them; pool, parallelism or scheduler."
            ),
            queries=(Query(in_state("scheduled")),),
            unit=tasks.TASK_INSTANCES,
            steps=words.PLAIN,
            empty="unknown",
        ),
        Stat(
            key="queued-count",
            title="Waiting for a worker?",
            description="Queued: handed to the executor, no worker has begun; workers or broker.",
            queries=(Query(in_state("queued")),),
            unit=tasks.TASK_INSTANCES,
            steps=words.PLAIN,
            empty="unknown",
        ),
        Stat(
            key="upstream-count",
            title="Waiting for upstream?",
            description="Task instances without a state yet: created, their upstream tasks are not done.",
            queries=(Query(f"sum({scope.max(tasks.TASK_INSTANCES_WAITING)})"),),
            unit=tasks.TASK_INSTANCES_WAITING,
            steps=words.PLAIN,
            empty="unknown",
        ),
        Stat(
            key="oldest-queued",
            title="Oldest queued task?",
            description=(
                "Age of the task that waits longest for a worker. Airflow queues it again after 10 minutes."
            ),
            queries=(Query(f"max({scope.max(tasks.QUEUE_OLDEST_AGE, 'queue', where=_QUEUED)})"),),
            unit=tasks.QUEUE_OLDEST_AGE,
            steps=words.QUEUE_AGE,
            decimals=1,
            empty="unknown",
        ),
        Stat(
            key="full-count",
            title="Full pools with a backlog?",
            description="Pools without a free slot while tasks ask for one.",
            queries=(Query(f"sum({full})"),),
            unit=Shown.NUMBER,
            steps=words.WARN_FROM_ONE,
            empty="no pool with a limit",
        ),
    )


def _queues(scope: Scope) -> tuple[Panel, ...]:
    airflow = scope.legend

    def of_queue(state: str) -> str:
        where = f'state="{state}"'
        per_pool = scope.max(tasks.TASK_INSTANCES, "state", "pool", "queue", where=where)
        return f"sum {scope.by('queue')} ({per_pool})"

    return (
        Table(
            key="queue-table",
            title="Is every queue still served?",
            description="A queue with queued tasks and no start for 10 minutes is stuck: workers or broker.",
            queries=(
                Query(scope.max(tasks.QUEUE_OLDEST_AGE, "queue", where=_QUEUED)),
                Query(scope.age(tasks.QUEUE_LAST_START, "queue")),
                Query(of_queue("queued")),
                Query(of_queue("running")),
            ),
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
                    steps=words.QUEUE_AGE,
                ),
                Column(name="Last start ago", field="B", unit=Shown.AGE, width=125, decimals=1),
                Column(name="Airflow", field=scope.label, width=90),
            ),
            sort_by="Oldest queued",
        ),
        Series(
            key="queue-age",
            title="How long does the oldest task wait in each queue?",
            description="Scheduled waits for a slot, queued for a worker. The line is at 10 minutes.",
            queries=(
                Query(scope.max(tasks.QUEUE_OLDEST_AGE, "queue", "state"), "{{queue}} {{state}} " + airflow),
            ),
            unit=tasks.QUEUE_OLDEST_AGE,
            steps=words.QUEUE_LIMIT,
            limit=True,
        ),
        Series(
            key="states",
            title="In which state are the unfinished tasks?",
            description=(
                "All unfinished task instances by state. Growing scheduled: slots. Growing queued: workers."
            ),
            queries=(
                Query(
                    f"sum {scope.by('state')} ({scope.max(tasks.TASK_INSTANCES, 'state', 'pool', 'queue')})",
                    "{{state}} " + airflow,
                ),
            ),
            unit=tasks.TASK_INSTANCES,
            stacked=True,
            colors=words.STATES[2:],
            decimals=0,
        ),
        Series(
            key="queue-running",
            title="How many tasks run on each queue?",
            description="A queue that falls to zero while others do not has lost its workers.",
            queries=(Query(of_queue("running"), "{{queue}} " + airflow),),
            unit=tasks.TASK_INSTANCES,
            decimals=0,
        ),
    )


def _work(scope: Scope) -> tuple[Panel, ...]:
    airflow = scope.legend
    running = scope.max(dags.DAG_RUNS, *_DAG, where='state="running"')
    queued = scope.max(dags.DAG_RUNS, *_DAG, where=_QUEUED)
    oldest = scope.max(dags.DAG_RUNS_OLDEST_AGE, *_DAG)
    busy = f"{scope.on(*_DAG)} (sum {scope.by(*_DAG)} ({scope.max(dags.DAG_RUNS, *_DAG, 'state')}) > 0)"
    return (
        Series(
            key="throughput",
            title="How many tries end per minute, and how?",
            description=(
                "Tries that left a worker, by state, from StatsD. Zero with tasks queued: nothing moves."
            ),
            queries=(Query(scope.per_minute(tries.TI_FINISH, "state"), "{{state}} " + airflow),),
            unit=Shown.PER_MINUTE,
            colors=words.STATES[:3],
            stacked=True,
        ),
        Series(
            key="triggers",
            title="How many triggers does the triggerer hold?",
            description="Deferred tasks wait in the triggerer; none running with tasks deferred: it is dead.",
            queries=(Query(scope.max(capacity.TRIGGERS_RUNNING, "hostname"), "{{hostname}} " + airflow),),
            unit=capacity.TRIGGERS_RUNNING,
            decimals=0,
        ),
        Table(
            key="runs",
            title="Which DAGs have runs in flight, and how old is the oldest?",
            description=(
                "Queued runs beside running ones: the DAG is at max_active_runs. The oldest run's age is "
                "exported in the preset full only."
            ),
            queries=(
                Query(f"{oldest} and {busy}"),
                Query(f"{running} and {busy}"),
                Query(f"{queued} and {busy}"),
            ),
            width=24,
            columns=(
                Column(name="DAG", field="dag_id", links=of_dag(scope)),
                Column(name="Running", field="B", unit=dags.DAG_RUNS, width=120),
                Column(name="Queued", field="C", unit=dags.DAG_RUNS, width=120),
                Column(name="Oldest since", field="A", unit=dags.DAG_RUNS_OLDEST_AGE, width=150, decimals=1),
                Column(name="Airflow", field=scope.label, width=120),
            ),
            sort_by="Oldest since",
        ),
    )
