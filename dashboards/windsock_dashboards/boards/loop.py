"""Panels about the scheduler's work: its loop, its delay, what it cannot place, what it loses."""

from __future__ import annotations

from windsock.catalog import outcomes, tasks
from windsock.catalog.statsd import dagruns, scheduler
from windsock.catalog.statsd import tasks as tries
from windsock_dashboards.shapes import words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Panel, Query, Series


def panels(scope: Scope) -> tuple[Panel, ...]:
    """What is looked at first."""
    return _passes(scope), _delay(scope), _candidates(scope), _critical(scope), _blocked(scope), _lost(scope)


def rare(scope: Scope) -> tuple[Panel, ...]:
    """What is looked at when the first are not enough."""
    airflow = scope.legend
    return (
        Series(
            key="heartbeats",
            title="Do heartbeats reach StatsD?",
            about=About(
                "Heartbeats per second by component, as StatsD lines.",
                normal="A level line per component.",
                bad="Missing here but fresh in the database: the way of StatsD lines is broken.",
                then="Monitoring itself: lines per second.",
            ),
            queries=(Query(scope.rate(scheduler.HEARTBEATS, "component"), scope.named("component")),),
            alerts=("AirflowSchedulerHeartbeatLost",),
        ),
        Series(
            key="dependencies",
            title="How long is one run examined?",
            about=About(
                "Time to check the dependencies of one running DAG run; it grows with tasks per run.",
                normal="Milliseconds.",
                bad="A second: one giant run holds up all others in each pass.",
                then="Split the DAG, or map its tasks in groups.",
            ),
            queries=scope.quantiles(dagruns.DEPENDENCY_CHECK),
            colors=words.QUANTILES,
        ),
        Series(
            key="executor-heartbeat",
            title="What does the executor cost the scheduler?",
            about=About(
                "p95 of the time that the scheduler spends in one heartbeat of an executor, inside its pass.",
                normal="Well below a second.",
                bad="Seconds: the broker or the Kubernetes API is slow, and every pass with it.",
                then="The executor's own row in Queues, pools, executors.",
            ),
            queries=(
                Query(
                    scope.quantile(0.95, scheduler.EXECUTOR_HEARTBEAT, "executor"), scope.named("executor")
                ),
            ),
        ),
        Series(
            key="runs-running",
            title="How many runs does the scheduler look after?",
            about=About(
                "Running DAG runs as the scheduler counts them: each pass examines some of them.",
                normal="Follows your schedule.",
                bad="Grows without end: runs do not finish.",
                then="Queues, pools, executors: runs in flight.",
            ),
            queries=(Query(scope.max(scheduler.DAG_RUNS_RUNNING), airflow),),
            decimals=0,
        ),
        Series(
            key="jobs",
            title="Do jobs end in order, do schedulers wait for each other?",
            about=About(
                "Job processes that start and end (on 2.x one per try, on 3.x only daemons), heartbeats that "
                "could not be written, and passes that skipped the critical section as another scheduler "
                "held it, per minute.",
                normal="As many ends as starts; no heartbeat missing.",
                bad="More starts than ends: processes are killed. Skipped as often as there are passes: more "
                "schedulers do not help.",
                then="What got lost between scheduler and workers; the critical section.",
            ),
            queries=(
                Query(
                    scope.events(
                        started=scheduler.JOBS_STARTED,
                        ended=scheduler.JOBS_ENDED,
                        heartbeat_not_written=scheduler.JOB_HEARTBEAT_FAILURES,
                        critical_section_skipped=scheduler.CRITICAL_SECTION_BUSY,
                    ),
                    "{{event}} " + airflow,
                ),
            ),
            alerts=("AirflowHeartbeatsNotWritten",),
        ),
        Series(
            key="dag-cache",
            title="Are DAGs found in the scheduler's cache?",
            about=About(
                "Lookups of serialized DAGs per minute, by result; a miss loads the DAG from the database.",
                normal="Nearly all are hits.",
                bad="Many misses: the cache is too small for the number of DAGs.",
                then="Raise the size of the DAG cache.",
            ),
            queries=(
                Query(
                    scope.per_minute(scheduler.DAG_BAG_LOOKUPS, "component", "result"),
                    scope.named("component", "result"),
                ),
            ),
        ),
        Series(
            key="load-dags",
            title="How long does loading all DAGs take?",
            about=About(
                "p95 of loading every serialized DAG from the database (2.x and 3.0).",
                normal="Below a second per thousand DAGs.",
                bad="Seconds: large DAGs, or a slow database.",
                then="Metadata database: table sizes.",
            ),
            queries=(Query(scope.quantile(0.95, scheduler.DB_DAGS_COLLECTED), airflow),),
        ),
    )


def _passes(scope: Scope) -> Series:
    return Series(
        key="loop",
        title="How long does one pass of the scheduler take?",
        about=About(
            "Everything waits for this loop: new runs, tasks to queue, timeouts. All schedulers together.",
            normal="p95 below a second or two.",
            bad="The dashed line is where the alert begins. Too many active runs, slow top-level code of a "
            "timetable, a slow database.",
            then="The critical section beside it, then Metadata database.",
        ),
        queries=scope.quantiles(scheduler.SCHEDULER_LOOP),
        steps=words.line(scope.limits.scheduler_loop),
        limit=True,
        alerts=("AirflowSchedulerLoopSlow",),
        colors=words.QUANTILES,
    )


def _delay(scope: Scope) -> Series:
    return Series(
        key="delay",
        title="How late do scheduled runs begin?",
        about=About(
            "From the time a run was due to its start, over all DAGs: what users feel of the scheduler.",
            normal="Seconds.",
            bad="Minutes for p95: the scheduler is behind, or runs wait at max_active_runs.",
            then="One DAG shows the same for a single DAG; a pass of the scheduler shows the reason.",
        ),
        queries=(
            Query(scope.quantile(0.5, outcomes.START_DELAY), f"p50 {scope.legend}"),
            Query(scope.quantile(0.95, outcomes.START_DELAY), f"p95 {scope.legend}"),
        ),
        unit=outcomes.START_DELAY,
        steps=words.line(scope.limits.start_delay),
        limit=True,
        alerts=("AirflowStartDelayHigh",),
    )


def _candidates(scope: Scope) -> Series:
    return Series(
        key="candidates",
        title="Does the scheduler find tasks that it cannot place?",
        about=About(
            "Tasks ready for the queue in the last pass, and of these those without a slot in their pool.",
            normal="Starving is 0.",
            bad="Starving stays above 0: a pool is too small, or something holds its slots.",
            then="Queues, pools, executors: which pool, and who holds it.",
        ),
        queries=(
            Query(scope.max(scheduler.TASKS_EXECUTABLE), f"ready {scope.legend}"),
            Query(scope.max(scheduler.TASKS_STARVING), f"starving {scope.legend}"),
        ),
        alerts=("AirflowPoolStarving",),
        decimals=0,
    )


def _critical(scope: Scope) -> Series:
    return Series(
        key="critical-section",
        title="How long is the scheduler's critical section?",
        about=About(
            "Where tasks are queued; only one scheduler at a time may be in it. Query: its slowest part.",
            normal="A small part of the pass.",
            bad="Near the time of the pass: more schedulers do not help; the database is slow, or too many "
            "tasks wait.",
            then="Metadata database; fewer waiting tasks by smaller backfills.",
        ),
        queries=(
            *scope.quantiles(scheduler.CRITICAL_SECTION),
            Query(scope.quantile(0.95, scheduler.CRITICAL_SECTION_QUERY), f"query p95 {scope.legend}"),
        ),
        unit=scheduler.CRITICAL_SECTION,
    )


def _blocked(scope: Scope) -> Series:
    return Series(
        key="blocked",
        title="What holds back tasks that are ready?",
        about=About(
            "Scheduled tasks by what holds them first, the reason that only the database knows.",
            normal="`ready` for seconds; others as your limits ask for.",
            bad="`ready` that stays: nothing but scheduler and executor is missing, so these are slow or "
            "stuck. Other reasons: a limit that you set.",
            then="Queues, pools, executors.",
        ),
        queries=(Query(scope.total(tasks.SCHEDULED_BLOCKED, "reason"), scope.named("reason")),),
        stacked=True,
        alerts=("AirflowNothingMoves",),
        decimals=0,
    )


def _lost(scope: Scope) -> Series:
    lost = scope.events(
        orphans_adopted_or_cleared=scheduler.ORPHANED_TASKS,
        killed_from_outside=scheduler.TASKS_KILLED_EXTERNALLY,
        lost_their_heartbeat=tries.HEARTBEATS_LOST,
        schedulers_found_dead=scheduler.SCHEDULERS_FOUND_DEAD,
    )
    return Series(
        key="lost",
        title="What got lost between scheduler and workers?",
        about=About(
            "Tasks taken over from dead schedulers, killed from outside, or without heartbeat, per minute.",
            normal="0.",
            bad="Steady: workers are evicted or run out of memory. A burst: a scheduler or node died.",
            then="Events of the workers' pods; How many of each component are alive.",
        ),
        queries=(Query(lost, "{{event}} " + scope.legend),),
        unit=Shown.PER_MINUTE,
        alerts=("AirflowTasksKilled",),
    )
