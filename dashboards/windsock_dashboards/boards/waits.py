"""Panels about waiting: how long, for what, and when a backlog will be gone."""

from __future__ import annotations

from windsock.catalog import outcomes, tasks
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Panel, Query, Series


def waiting(scope: Scope, *labels: str) -> str:
    """Tasks that are ready and have not begun."""
    return scope.total(tasks.TASK_INSTANCES, *labels, where='state=~"scheduled|queued"')


def panels(scope: Scope) -> tuple[Panel, ...]:
    """Waits as quantiles, and the time to clear what waits."""
    ended = scope.rate(outcomes.ATTEMPTS_FINISHED, "queue")
    clear = f"({waiting(scope, 'queue')}) / ({ended} > 0)"
    return (
        Series(
            key="clear",
            title="When will the backlog be gone?",
            about=About(
                "Waiting tasks of each queue divided by how many end per second: the time to clear the "
                "backlog, if nothing new came.",
                normal="Minutes, back to 0 after each peak.",
                bad="Rising: more comes than is done. Hours: what is due tonight will be late.",
                then="Which pool is full, which queue has too few workers.",
            ),
            queries=(Query(clear, scope.named("queue")),),
            unit=Shown.AGE,
            alerts=("AirflowQueueBacklogGrowing",),
            empty="no task ended in this time",
        ),
        Series(
            key="queue-wait",
            title="How long do tasks wait for a worker?",
            about=About(
                "p95 of the time in state queued, by queue, of attempts that ended.",
                normal="Seconds; with a pod per task, the start of the pod.",
                bad="Minutes: too few workers for this queue.",
                then="Is every queue still served?",
            ),
            queries=(Query(scope.quantile(0.95, outcomes.QUEUE_WAIT, "queue"), scope.named("queue")),),
        ),
        Series(
            key="schedule-wait",
            title="How long do tasks wait for a slot?",
            about=About(
                "p95 of the time in state scheduled, by pool, of attempts that ended (3.x).",
                normal="Seconds.",
                bad="Minutes in one pool: it is too small. In all: the scheduler, or parallelism.",
                then="Which pools are full; what holds back tasks that are ready.",
            ),
            queries=(Query(scope.quantile(0.95, outcomes.SCHEDULE_WAIT, "pool"), scope.named("pool")),),
        ),
        Series(
            key="requeues",
            title="Which tasks were queued again?",
            about=About(
                "Tasks that waited longer than Airflow allows and were queued again, per minute, by queue.",
                normal="0.",
                bad="Steady: after some times Airflow fails them, and nobody touched them.",
                then="Workers and broker of that queue.",
            ),
            queries=(Query(scope.per_minute(tasks.REQUEUES, "queue"), scope.named("queue")),),
            alerts=("AirflowTasksRequeued",),
        ),
    )


def leftovers(scope: Scope) -> tuple[Panel, ...]:
    """Tasks that nobody looks after."""
    return (
        Series(
            key="orphans",
            title="Which tasks does nobody look after?",
            about=About(
                "Unfinished tasks whose run is over, and running ones whose worker has been silent for 5 "
                "minutes.",
                normal="0.",
                bad="Any number that stays: they hold slots and never end by themselves.",
                then="Clear or fail them in Airflow's UI.",
            ),
            queries=(
                Query(scope.total(tasks.ORPHANED), f"their run is over {scope.legend}"),
                Query(scope.max(tasks.STALE_HEARTBEAT), f"no heartbeat {scope.legend}"),
            ),
            unit=tasks.ORPHANED,
            alerts=("AirflowTasksOrphaned", "AirflowTaskHeartbeatLost", "AirflowTasksKilled"),
            decimals=0,
        ),
        Series(
            key="upstream",
            title="How many tasks wait for upstream tasks?",
            about=About(
                "Task instances without a state yet: created, and their upstream tasks are not done.",
                normal="Follows the running runs.",
                bad="Grows for days: runs that never end.",
                then="Which DAGs have runs in flight.",
            ),
            queries=(Query(scope.max(tasks.TASK_INSTANCES_WAITING), scope.legend),),
            decimals=0,
        ),
    )
