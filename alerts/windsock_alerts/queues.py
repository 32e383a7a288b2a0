"""Queues and pools: tasks that wait although nothing says why they should."""

from __future__ import annotations

from windsock.catalog import tasks
from windsock_alerts import nothing_moves
from windsock_alerts.durations import number, prometheus
from windsock_alerts.inhibitors import NO_DATA, NOTHING_RUNS
from windsock_alerts.promql import frozen, newest, pattern
from windsock_alerts.rule import Alert, Group, Recording, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.text import ask, count, duration, short

QUEUED = "airflow:queue_tasks_queued:sum"


def group(settings: Settings, team: str) -> Group:
    """Alerts of the platform team about queues and pools."""
    return Group(
        subject="queues",
        rules=(
            _queued(settings),
            _stuck(settings, team),
            _exhausted(settings, team),
            _unserved(settings, team),
        ),
    )


def _queued(settings: Settings) -> Recording:
    where = 'state="queued"'
    if settings.ignore_queues:
        where += f', queue!~"{pattern(settings.ignore_queues)}"'
    each = newest(tasks.TASK_INSTANCES, "pool", "queue", where=where)
    return Recording(record=QUEUED, expr=f"sum by (airflow, queue) ({each})")


def _stuck(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowQueueStuck"
    long = prometheus(times.queue_stuck)
    # A task in state queued has its pool slots already: pools are free by definition. The age of the oldest
    # task says nothing: the scheduler resets it when it requeues a task after `task_queued_timeout`.
    waiting = f"(min_over_time({QUEUED}[{long}]) > 0 and {QUEUED} > 0 and {QUEUED} offset {long} > 0)"
    started = f"(time() - {newest(tasks.QUEUE_LAST_START, 'queue')} <= {number(times.queue_stuck)})"
    return Alert(
        name=name,
        expr=frozen(
            f"{waiting}\nunless on (airflow, queue) {started}",
            alert=name,
            labels=("airflow", "queue"),
            while_={NOTHING_RUNS: ("airflow",), **nothing_moves.held(settings)},
        ),
        severities=(Severity.PAGE,),
        team=team,
        identity=("airflow", "queue"),
        keep=times.bridge,
        summary=f"QUEUE STUCK {short('airflow', 12)}/{short('queue', 30)}: "
        f"{ask(f'{QUEUED}{{%s}}', 'airflow', 'queue')} queued, none started for "
        + duration(f"time() - max({tasks.QUEUE_LAST_START}{{%s}})", "airflow", "queue"),
        description="The scheduler is alive and the pools have room: look at workers and broker.\n"
        "Running on this queue: "
        + count(f'sum(max by (pool) ({tasks.TASK_INSTANCES}{{%s,state="running"}}))', "airflow", "queue")
        + f". Queued on all queues: {count(f'sum({QUEUED}{{%s}})', 'airflow')}.\n"
        "Airflow requeues a task after `task_queued_timeout` (10 min) and fails it after a few times.\n"
        "Do: check the workers of this queue, then the broker; restart workers.",
        dashboard="windsock-queues",
        when=f"tasks are queued on this queue for {long} and none has started",
    )


def _exhausted(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowPoolExhausted"
    full = f"({newest(tasks.POOL_OCCUPIED, 'pool')} >= {newest(tasks.POOL_LIMIT, 'pool')})"
    wanted = f"({newest(tasks.POOL_DEMANDED, 'pool')} > 0)"
    return Alert(
        name=name,
        expr=frozen(
            f"{wanted} and on (airflow, pool) {full}",
            alert=name,
            labels=("airflow", "pool"),
            while_={NO_DATA: ("airflow",)},
        ),
        severities=(Severity.TICKET,),
        team=team,
        identity=("airflow", "pool"),
        hold=times.pool_exhausted,
        keep=times.bridge,
        summary=f"Pool {short('pool', 34)} full, "
        + ask(f"max({tasks.POOL_DEMANDED}{{%s}})", "airflow", "pool")
        + f" slots wanted [{short('airflow', 12)}]",
        description="Taken: "
        + ask(f"max({tasks.POOL_OCCUPIED}{{%s}})", "airflow", "pool")
        + " of "
        + ask(f"max({tasks.POOL_LIMIT}{{%s}})", "airflow", "pool")
        + " slots. Scheduled tasks wait until one is free.\n"
        "Do: see who holds the slots, pause what can wait, or raise the pool.",
        dashboard="windsock-queues",
        when=f"all slots taken and more wanted for {prometheus(times.pool_exhausted)}",
    )


def _unserved(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowQueueWithoutWorker"
    long, day = prometheus(times.queue_unserved), min(86400.0, times.memory)
    waiting = f"(min_over_time({QUEUED}[{long}]) > 0 and {QUEUED} > 0 and {QUEUED} offset {long} > 0)"
    each = newest(tasks.TASK_INSTANCES, "pool", "queue", where='state="running"')
    served = f"(time() - {newest(tasks.QUEUE_LAST_START, 'queue')} <= {number(day)})"
    return Alert(
        name=name,
        expr=frozen(
            f"{waiting}\nunless on (airflow, queue) (sum by (airflow, queue) ({each}) > 0)"
            f"\nunless on (airflow, queue) {served}",
            alert=name,
            labels=("airflow", "queue"),
            while_={NOTHING_RUNS: ("airflow",)},
        ),
        severities=(Severity.TICKET,),
        team=team,
        identity=("airflow", "queue"),
        keep=times.bridge,
        summary=f"No worker serves queue {short('queue', 34)} [{short('airflow', 12)}]",
        description=ask(f"{QUEUED}{{%s}}", "airflow", "queue")
        + " tasks are queued, none runs, and none has started within a day: a queue that no worker listens "
        "to, "
        "or whose name is misspelt.\n"
        "Do: compare `queue=` of the tasks with the queues of the workers.",
        dashboard="windsock-queues",
        when=f"tasks are queued for {long} on a queue on which none has started within a day",
        optional=True,
    )
