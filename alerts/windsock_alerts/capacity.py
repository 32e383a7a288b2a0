"""Queues, pools and executors: work that nobody will ever take, and too little room for what is wanted."""

from __future__ import annotations

from windsock.catalog import metadb, tasks
from windsock.catalog.statsd import capacity
from windsock_alerts.durations import prometheus
from windsock_alerts.promql import newest
from windsock_alerts.rule import Alert, Group, Needs, Recording, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.shapes import HOUR, gained, lasting
from windsock_alerts.text import WHERE, ask, count, short

WAITING = "airflow:queue_tasks_waiting:sum"
_TICKET = (Severity.TICKET,)
_POOL = ("airflow", "pool")
_QUEUE = ("airflow", "queue")


def group(settings: Settings, team: str) -> Group:
    """Optional alerts of the platform team about room for tasks."""
    return Group(
        subject="capacity",
        rules=(
            _pool_missing(settings, team),
            _pool_too_small(settings, team),
            _waiting(),
            _backlog(settings, team),
            _requeued(settings, team),
            _executor_full(settings, team),
            _pool_starving(settings, team),
        ),
    )


def _blocked(reason: str) -> str:
    return newest(tasks.SCHEDULED_BLOCKED, "pool", where=f'reason="{reason}"')


def _pool_missing(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowPoolMissing"
    return Alert(
        name=name,
        expr=lasting(f"{_blocked('pool_missing')} > 0", alert=name, labels=_POOL),
        severities=_TICKET,
        team=team,
        identity=_POOL,
        hold=times.pool_missing,
        keep=times.bridge,
        summary=f"Pool {short('pool', 34)} does not exist {WHERE}",
        description=count(
            f'max({tasks.SCHEDULED_BLOCKED}{{%s,reason="pool_missing"}})',
            *_POOL,
        )
        + " tasks ask for it and will never start; Airflow only writes that into the scheduler's log.\n"
        f"Do: airflow pools set '{short('pool', 34)}' <slots> 'made again', or correct `pool=` of the tasks.",
        dashboard="windsock-queues",
        when=f"tasks have asked for a pool that does not exist for {prometheus(times.pool_missing)}",
        optional=True,
    )


def _pool_too_small(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowPoolTooSmall"
    empty = f"({newest(tasks.POOL_OCCUPIED, 'pool')} == 0)"
    return Alert(
        name=name,
        expr=lasting(
            f"({_blocked('pool_full')} > 0) and on (airflow, pool) {empty}", alert=name, labels=_POOL
        ),
        severities=_TICKET,
        team=team,
        identity=_POOL,
        hold=times.pool_too_small,
        keep=times.bridge,
        summary=f"Pool {short('pool', 34)} is smaller than its tasks {WHERE}",
        description=count(
            f'max({tasks.SCHEDULED_BLOCKED}{{%s,reason="pool_full"}})',
            *_POOL,
        )
        + " tasks want more slots (`pool_slots`) than the pool has: "
        + ask(f"max({tasks.POOL_LIMIT}{{%s}})", *_POOL)
        + ", none of them taken. They will never start.\n"
        "Do: raise the pool, or lower `pool_slots` of the tasks.",
        dashboard="windsock-queues",
        when=f"tasks wait for slots of a pool of which none is taken, for {prometheus(times.pool_too_small)}",
        optional=True,
    )


def _waiting() -> Recording:
    each = newest(tasks.TASK_INSTANCES, "pool", "queue", "state", where='state=~"scheduled|queued"')
    return Recording(record=WAITING, expr=f"sum by (airflow, queue) ({each})")


def _backlog(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowQueueBacklogGrowing"
    long, third = prometheus(times.backlog), prometheus(times.backlog / 3)
    grown = f"({WAITING} > {times.backlog_growth:g} * ({WAITING} offset {long}))"
    # At its peak: a burst that is being worked off is no problem any more.
    peak = f"({WAITING} >= max_over_time({WAITING}[{third}]))"
    return Alert(
        name=name,
        expr=lasting(
            f"({WAITING} >= {times.backlog_tasks}) and {grown} and {peak}", alert=name, labels=_QUEUE
        ),
        severities=_TICKET,
        team=team,
        identity=_QUEUE,
        hold=times.backlog / 3,
        keep=times.bridge,
        summary=f"Backlog of queue {short('queue', 34)} grows {WHERE}",
        description="Waiting: "
        + count(f"{WAITING}{{%s}}", *_QUEUE)
        + f" tasks, {long} ago: "
        + count(f"{WAITING}{{%s}} offset {long}", *_QUEUE)
        + ". Running: "
        + count(f'sum(max by (pool) ({tasks.TASK_INSTANCES}{{%s,state="running"}}))', *_QUEUE)
        + ", usual at this hour: "
        + ask(f"max({tasks.USUAL_RUNNING}{{%s}})", *_QUEUE)
        + ".\nMore comes in than workers take: later deadlines are in danger first.",
        dashboard="windsock-queues",
        when=f"at least {times.backlog_tasks} tasks wait, {times.backlog_growth:g} times as many as {long} "
        "ago, "
        f"and it still grows after {third}",
        optional=True,
    )


def _requeued(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowTasksRequeued"
    return Alert(
        name=name,
        expr=lasting(
            f"{gained(tasks.REQUEUES, HOUR, 'queue')} >= {times.requeues}", alert=name, labels=_QUEUE
        ),
        severities=_TICKET,
        team=team,
        identity=_QUEUE,
        keep=times.bridge,
        summary=f"Tasks of queue {short('queue', 34)} are queued again {WHERE}",
        description="{{ $value | humanize }} tasks in the last hour were queued for longer than "
        "`task_queued_timeout` and scheduled anew; after a few times Airflow fails them.\n"
        "Running on this queue: "
        + count(f'sum(max by (pool) ({tasks.TASK_INSTANCES}{{%s,state="running"}}))', *_QUEUE)
        + ". Too few workers, or messages that the broker loses.",
        dashboard="windsock-queues",
        when=f"at least {times.requeues} tasks of a queue in an hour were queued for too long",
        optional=True,
    )


def _executor_full(settings: Settings, team: str) -> Alert:
    times = settings.thresholds
    kind = "executor_class_name"
    free = f"max by (airflow, {kind}) ({capacity.EXECUTOR_OPEN_SLOTS})"
    queued = f"sum by (airflow, {kind}) ({capacity.EXECUTOR_QUEUED_TASKS})"
    return Alert(
        name="AirflowExecutorFull",
        expr=f"({free} <= 0) and on (airflow, {kind}) ({queued} > 0)",
        severities=_TICKET,
        team=team,
        identity=("airflow", kind),
        hold=times.executor_full,
        keep=times.bridge,
        summary=f"All slots of the executor are taken {WHERE}",
        description=f"{short(kind, 40)}: queued in it: "
        + count(f"sum({capacity.EXECUTOR_QUEUED_TASKS}{{%s}})", "airflow", kind)
        + ", running: "
        + count(f"sum({capacity.EXECUTOR_RUNNING_TASKS}{{%s}})", "airflow", kind)
        + ".\n`[core] parallelism` is the limit of each scheduler, whatever pools and workers could take.",
        dashboard="windsock-queues",
        when=f"by StatsD an executor has no open slot and tasks are queued for "
        f"{prometheus(times.executor_full)}",
        needs=Needs.STATSD,
        optional=True,
    )


def _pool_starving(settings: Settings, team: str) -> Alert:
    times = settings.thresholds
    starving = f"max by (airflow, pool_name) ({capacity.POOL_STARVING_TASKS}) > 0"
    return Alert(
        name="AirflowPoolStarving",
        # Where the database half is there, AirflowPoolExhausted knows more.
        expr=f"({starving}) unless on (airflow) {newest(metadb.METADB_UP)}",
        severities=_TICKET,
        team=team,
        identity=("airflow", "pool_name"),
        hold=times.pool_starving,
        keep=times.bridge,
        summary=f"Tasks starve in pool {short('pool_name', 34)} {WHERE}",
        description="Without a slot: "
        + count(f"max({capacity.POOL_STARVING_TASKS}{{%s}})", "airflow", "pool_name")
        + " tasks. Running: "
        + count(f"max({capacity.POOL_RUNNING_SLOTS}{{%s}})", "airflow", "pool_name")
        + " slots.\nDo: see who holds them in Airflow (Admin > Pools), pause what can wait, or raise the "
        "pool.",
        dashboard="windsock-queues",
        when="without the database half: by StatsD tasks found no slot in a pool for "
        f"{prometheus(times.pool_starving)}",
        needs=Needs.STATSD,
        optional=True,
    )
