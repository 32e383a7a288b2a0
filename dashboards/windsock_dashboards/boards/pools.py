"""Panels about pools: who is full, how much is asked of them, who holds the slots."""

from __future__ import annotations

from windsock.catalog import tasks
from windsock.catalog.statsd import capacity
from windsock_dashboards.shapes import words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.links import of_dag
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Panel, Query, Row, Series, Stat
from windsock_dashboards.shapes.tables import Column, Table


def full(scope: Scope, *, width: int = 4) -> Stat:
    """How many are full while more is asked."""
    limit, occupied = scope.max(tasks.POOL_LIMIT, "pool"), scope.max(tasks.POOL_OCCUPIED, "pool")
    wanted = scope.max(tasks.POOL_DEMANDED, "pool")
    return Stat(
        key="full-count",
        title="Full pools?",
        about=About(
            "Pools without a free slot while tasks ask for one.",
            normal="0, or pools that you keep small on purpose.",
            bad="Any other: tasks wait though workers may be idle.",
            then="Queues, pools, executors: which pool, and who holds its slots.",
        ),
        queries=(Query(scope.sum(f"({occupied} >= bool {limit}) * ({wanted} > bool 0)"), scope.legend),),
        unit=Shown.NUMBER,
        width=width,
        steps=words.WARN_FROM_ONE,
        alerts=("AirflowPoolExhausted",),
        empty="no pool with a limit",
    )


def panels(scope: Scope) -> tuple[Panel, ...]:
    """Usage, holders, backlog."""
    limit, occupied = scope.max(tasks.POOL_LIMIT, "pool"), scope.max(tasks.POOL_OCCUPIED, "pool")
    wanted = scope.max(tasks.POOL_DEMANDED, "pool")
    share = scope.share(occupied, limit)
    return (
        Table(
            key="pool-table",
            title="Which pools are full, and how much is asked of them?",
            about=About(
                "Every pool with a limit. Wanted: slots that scheduled tasks of the pool wait for.",
                normal="Not full, or nothing wanted.",
                bad="Full and wanted: this pool is the bottleneck for the tasks in it.",
                then="Who holds the slots, beside it; then pause that, or raise the pool.",
            ),
            queries=scope.rows(("pool",), share, occupied, limit, wanted),
            alerts=("AirflowPoolExhausted", "AirflowPoolTooSmall", "AirflowPoolMissing"),
            columns=(
                Column(name="Pool", field="pool"),
                Column(
                    name="Full",
                    field="A",
                    unit=Shown.RATIO,
                    width=220,
                    decimals=0,
                    bar=True,
                    steps=words.WARN_FROM_ONE,
                ),
                Column(name="Used", field="B", unit=tasks.POOL_OCCUPIED, width=70),
                Column(name="Slots", field="C", unit=tasks.POOL_LIMIT, width=70),
                Column(
                    name="Wanted",
                    field="D",
                    unit=tasks.POOL_DEMANDED,
                    width=80,
                    colored=True,
                    steps=words.WARN_FROM_ONE,
                ),
                Column(name="Airflow", field=scope.label, width=90),
            ),
            sort_by="Full",
        ),
        Table(
            key="holders",
            title="Who holds the slots of full pools?",
            about=About(
                "The five DAGs that hold most of each full pool: whom to ask, or what to pause.",
                normal="No rows: no pool is full.",
                bad="One DAG with most slots, and other DAGs waiting.",
                then="A click on the DAG: pause it there, or give it a pool of its own.",
            ),
            queries=(Query(scope.top(100, scope.max(tasks.POOL_TOP_HOLDER, "pool", "dag_id"))),),
            empty="no pool is full",
            columns=(
                Column(name="Slots", field="A", unit=tasks.POOL_TOP_HOLDER, width=80),
                Column(name="Pool", field="pool", width=160),
                Column(name="DAG", field="dag_id", links=of_dag(scope)),
                Column(name="Airflow", field=scope.label, width=90),
            ),
            sort_by="Slots",
        ),
        Series(
            key="pool-usage",
            title="How full was each pool?",
            about=About(
                "Occupied slots as a share of the limit, the ten fullest.",
                normal="Below 1 most of the day.",
                bad="At 1 for hours: raise it, or spread the schedule. Above 1: it was made smaller while "
                "full.",
                then="How many slots are wanted in vain.",
            ),
            queries=(Query(scope.top(10, share), scope.named("pool")),),
        ),
        Series(
            key="pool-backlog",
            title="How many slots are wanted in vain?",
            about=About(
                "Slots that scheduled tasks wait for, the ten pools with most.",
                normal="Back to 0 after each peak.",
                bad="A backlog that does not shrink overnight.",
                then="When will the backlog be gone, below.",
            ),
            queries=(Query(scope.top(10, wanted), scope.named("pool")),),
            decimals=0,
        ),
    )


def details(scope: Scope) -> Row:
    """Slots by state, from both halves."""
    by_state = scope.max(tasks.POOL_SLOTS, "pool", "state")
    of_statsd = (
        ("open", capacity.POOL_OPEN_SLOTS),
        ("queued", capacity.POOL_QUEUED_SLOTS),
        ("running", capacity.POOL_RUNNING_SLOTS),
        ("deferred", capacity.POOL_DEFERRED_SLOTS),
        ("scheduled", capacity.POOL_SCHEDULED_SLOTS),
    )
    return Row(
        "pools-more",
        "More about pools",
        (
            Series(
                key="pool-states",
                title="What are the slots used for?",
                about=About(
                    "Slots by the state of their tasks, the 20 largest; deferred tasks hold slots only where "
                    "the pool counts them.",
                    normal="Mostly running.",
                    bad="Mostly queued: workers are missing, not slots.",
                    then="Is every queue still served?",
                ),
                queries=(Query(scope.top(20, by_state), scope.named("pool", "state")),),
                decimals=0,
            ),
            Series(
                key="pool-statsd",
                title="What does StatsD say of the default pool?",
                about=About(
                    "Slots of default_pool as the scheduler sends them, to compare with the database.",
                    normal="As the database's figures.",
                    bad="Different: lines are lost, or several schedulers disagree.",
                    then="Monitoring itself.",
                ),
                queries=tuple(
                    Query(scope.max(metric, where='pool_name="default_pool"'), f"{name} {scope.legend}")
                    for name, metric in of_statsd
                ),
                unit=capacity.POOL_OPEN_SLOTS,
                signed=True,
                decimals=0,
            ),
            Series(
                key="pool-starving",
                title="Which pools starve tasks?",
                about=About(
                    "Tasks that found no slot in the last pass, by StatsD, the ten pools with most.",
                    normal="No lines: it is sent only while a pool has candidates.",
                    bad="A level line: the pool is too small for what runs in it.",
                    then="Who holds the slots of full pools.",
                ),
                queries=(
                    Query(
                        scope.top(10, scope.max(capacity.POOL_STARVING_TASKS, "pool_name")),
                        scope.named("pool_name"),
                    ),
                ),
                alerts=("AirflowPoolStarving",),
                decimals=0,
            ),
        ),
        collapsed=True,
    )
