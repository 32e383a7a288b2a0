"""Panels about the runs of one DAG."""

from __future__ import annotations

from windsock.catalog import dags
from windsock.catalog.statsd import dagruns
from windsock_dashboards.shapes import words
from windsock_dashboards.shapes.about import About
from windsock_dashboards.shapes.promql import Scope
from windsock_dashboards.shapes.shown import Shown
from windsock_dashboards.shapes.spec import Panel, Query, Series

_LEVELS = (0.5, 0.95)


def panels(scope: Scope, this: str) -> tuple[Panel, ...]:
    """Durations against the usual, age of data, delays, runs in flight.

    Args:
        scope: the Airflow.
        this: the matcher that keeps to the DAG.
    """
    duration = dagruns.DAGRUN_DURATION
    return (
        Series(
            key="duration",
            title="How long do its runs take?",
            about=About(
                "By result, among the runs that ended within each step. Gaps: none ended.",
                normal="Around the usual values beside it.",
                bad="Success takes longer and longer: more data, or a slower source. Failed ones that end at "
                "once: a broken start.",
                then="Which of its tasks are slow.",
            ),
            queries=(
                *(
                    Query(
                        scope.quantile(level, duration, "state", where=this),
                        f"p{level * 100:.0f} {{{{state}}}}",
                    )
                    for level in _LEVELS
                ),
                Query(scope.max(dags.EXPECTED_RUN, "statistic", where=this), "usual {{statistic}}"),
            ),
            colors=(
                ("p50 success", words.SKY),
                ("p95 success", words.GREEN),
                ("p50 failed", words.ORANGE),
                ("p95 failed", words.BAD),
                ("usual p50", words.GREY),
                ("usual p95", words.VIOLET),
            ),
            unit=duration,
            points=True,
        ),
        Series(
            key="overrun",
            title="How does the running run compare with the usual?",
            about=About(
                "The longest running run divided by the p95 of its last successes.",
                normal="No line, or below 1.",
                bad="At the dashed line the alert begins: it hangs, waits, or has more to do.",
                then="A click on Last run above, then `The running run`.",
            ),
            queries=(Query(scope.max(dags.RUN_OVERRUN, where=this), scope.legend),),
            steps=words.line(scope.limits.overrun_factor),
            limit=True,
            alerts=("AirflowDagRunLong",),
            empty="no run takes longer than its p95",
        ),
        Series(
            key="age",
            title="How old did its data get?",
            about=About(
                "Time since the last success; each drop is a success.",
                normal="Even teeth.",
                bad="Teeth that grow: runs slow down or fail. A missing drop: a missing run.",
                then="When was it failed, overdue or in breach.",
            ),
            queries=(Query(scope.age(dags.LAST_SUCCESS, where=this), "since the last success"),),
        ),
        Series(
            key="schedule",
            title="When was it due, and when did it run?",
            about=About(
                "Time until the next due run, and how far past due it was without one.",
                normal="Teeth above 0 that begin anew at each due time.",
                bad="Overdue above 0: the run was not created.",
                then="What blocks it, on the overview; Scheduler and parsing.",
            ),
            queries=(
                Query(scope.until(dags.NEXT_RUN, where=this), "until the next is due"),
                Query(scope.filled(dags.OVERDUE, dags.NEXT_RUN, where=this), "overdue"),
            ),
            unit=Shown.AGE,
            colors=(("overdue", words.BAD), ("until the next is due", words.SKY)),
            signed=True,
        ),
        Series(
            key="start-delay",
            title="How late do its scheduled runs begin?",
            about=About(
                "From the due time to the start of the run, by StatsD.",
                normal="Seconds.",
                bad="Growing: max_active_runs of this DAG; on all DAGs at once, the scheduler.",
                then="How many of its runs are in flight.",
            ),
            queries=tuple(
                Query(scope.quantile(level, dagruns.SCHEDULE_DELAY, where=this), f"p{level * 100:.0f}")
                for level in _LEVELS
            ),
            colors=words.QUANTILES,
            points=True,
        ),
        Series(
            key="first-task",
            title="When does the first task begin?",
            about=About(
                "p95 from the due time of a run to the start of its first task, by kind of run.",
                normal="Seconds more than the delay of the run.",
                bad="Minutes more: its first task waits for a slot or a worker. Backfills count their age.",
                then="Queues, pools, executors.",
            ),
            queries=(
                Query(
                    scope.quantile(0.95, dagruns.FIRST_TASK_SCHEDULING_DELAY, "run_type", where=this),
                    "p95 {{run_type}}",
                ),
            ),
            points=True,
        ),
        Series(
            key="active",
            title="How many of its runs are in flight?",
            about=About(
                "Queued and running runs of this DAG, with active backfills.",
                normal="One running.",
                bad="Queued beside running: the DAG is at max_active_runs.",
                then="The oldest running run: why does it not end?",
            ),
            queries=(
                *(
                    Query(
                        scope.filled(dags.DAG_RUNS, dags.DAG_INFO, where=this, only=f'state="{state}"'), state
                    )
                    for state in ("queued", "running")
                ),
                Query(scope.max(dags.BACKFILLS_ACTIVE, where=this), "active backfills"),
            ),
            alerts=("AirflowDagRunQueuedLong",),
            unit=dags.DAG_RUNS,
            colors=words.STATES[3:5],
            decimals=0,
        ),
        Series(
            key="callbacks",
            title="Do its callbacks work, does it keep Airflow's own deadlines?",
            about=About(
                "Exceptions in callbacks of the DAG, and Airflow's own deadlines (3.2), per minute.",
                normal="No lines but for deadlines that were met.",
                bad="A callback that fails tells nobody: whoever relies on it heard nothing.",
                then="The DAG processor's log has the traceback.",
            ),
            queries=(
                Query(
                    scope.events(
                        where=this,
                        callback_exceptions=dagruns.CALLBACK_EXCEPTIONS,
                        deadlines_set=dagruns.DEADLINES_CREATED,
                        deadlines_met=dagruns.DEADLINES_MET,
                        deadlines_missed=dagruns.DEADLINES_MISSED,
                    ),
                    "{{event}}",
                ),
            ),
            alerts=("AirflowCallbackErrors", "AirflowDeadlineMissed"),
            empty="no callback failed, no deadline was set",
        ),
    )
