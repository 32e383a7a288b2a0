"""The scheduler's work: late starts, runs that wait, slow loops, tasks left behind."""

from __future__ import annotations

from windsock.catalog import dags, outcomes, tasks
from windsock.catalog.statsd import dagruns, scheduler
from windsock.metric import Metric
from windsock_alerts.dag_ticket import dag_ticket
from windsock_alerts.durations import number, prometheus
from windsock_alerts.inhibitors import NOTHING_RUNS
from windsock_alerts.links import escaped
from windsock_alerts.own import limited
from windsock_alerts.promql import newest
from windsock_alerts.rule import Alert, Group, Needs, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.shapes import HOUR, either, gained, lasting, teamed
from windsock_alerts.text import DAG, LASTS, WHERE, count, duration

QUEUED = "airflow:dag_run_queued_seconds:team"
_TICKET = (Severity.TICKET,)


def group(settings: Settings, team: str) -> Group:
    """Optional alerts about scheduling."""
    return Group(
        subject="scheduling",
        rules=(
            _start_delay(settings, team),
            *teamed(QUEUED, _queued_expr(settings)),
            _run_queued(settings),
            _loop(settings, team),
            _orphaned(settings, team),
        ),
    )


def _late(metric: Metric, settings: Settings, where: str = "") -> str:
    """The time by which nine of ten runs of the last half hour had started, if there were enough."""
    times, long = settings.thresholds, prometheus(HOUR / 2)
    buckets = f"{metric}_bucket{{{where}}}" if where else f"{metric}_bucket"
    p90 = f"histogram_quantile(0.9, sum by (airflow, le) (rate({buckets}[{long}])))"
    runs = gained(metric, HOUR / 2, where=where, suffix="_count")
    return f"({p90} > {number(times.start_delay)}) and on (airflow) ({runs} >= {times.start_delay_runs})"


def _start_delay(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowStartDelayHigh"
    return Alert(
        name=name,
        expr=lasting(
            either(
                _late(outcomes.START_DELAY, settings, 'run_type="scheduled"'),
                _late(dagruns.SCHEDULE_DELAY, settings),
            ),
            alert=name,
        ),
        severities=_TICKET,
        team=team,
        hold=HOUR / 12,
        keep=times.bridge,
        summary=f"One of ten runs starts over {LASTS} late {WHERE}",
        description="Scheduled runs of the last half hour, from due to started. Loop of the scheduler (p95): "
        + duration(
            f"histogram_quantile(0.95, sum by (le) (rate({scheduler.SCHEDULER_LOOP}_bucket{{%s}}[15m])))",
            "airflow",
        )
        + ". Runs queued and running: "
        + count(f"sum(max by (dag_id, state) ({dags.DAG_RUNS}{{%s}}))", "airflow")
        + ".\nToo many DAGs due at one minute, `max_active_runs`, or a scheduler that cannot keep up.",
        when=f"of at least {times.start_delay_runs} scheduled runs in half an hour, one of ten started "
        "more than "
        f"{prometheus(times.start_delay)} late",
        needs=Needs.EITHER,
        optional=True,
    )


def _queued_expr(settings: Settings) -> str:
    age = newest(dags.DAG_RUNS_OLDEST_AGE, "dag_id", where='state="queued"')
    return limited(settings, age, ">", "run_queued")


def _run_queued(settings: Settings) -> Alert:
    times = settings.thresholds
    return dag_ticket(
        settings,
        "AirflowDagRunQueuedLong",
        QUEUED,
        while_={NOTHING_RUNS: ("airflow",)},
        keep=times.keep_firing,
        summary=f"QUEUED {DAG}: a run has not started for {LASTS} {WHERE}",
        description="Its oldest queued run waits; running now: "
        + count(f'max({dags.DAG_RUNS}{{%s,state="running"}})', "airflow", "dag_id")
        + ".\nMost often `max_active_runs`: an older run hangs and none may start beside it.",
        extra={"run_url": f"/go/dags/{escaped('dag_id')}/running"},
        when=f"a run has been queued for {prometheus(times.run_queued)}",
        optional=True,
    )


def _loop(settings: Settings, team: str) -> Alert:
    times, long = settings.thresholds, prometheus(HOUR / 4)
    loop = scheduler.SCHEDULER_LOOP
    p95 = f"histogram_quantile(0.95, sum by (airflow, le) (rate({loop}_bucket[{long}])))"
    return Alert(
        name="AirflowSchedulerLoopSlow",
        expr=f"({p95} > {number(times.scheduler_loop)})\n"
        f"and on (airflow) ({gained(loop, HOUR / 4, suffix='_count')} >= 10)",
        severities=_TICKET,
        team=team,
        hold=HOUR / 6,
        keep=times.bridge,
        summary=f"The scheduler's loop takes {LASTS} {WHERE}",
        description="p95 of the last 15 minutes. Of it in the critical section (p95): "
        + duration(
            f"histogram_quantile(0.95, sum by (le) (rate({scheduler.CRITICAL_SECTION}_bucket{{%s}}[15m])))",
            "airflow",
        )
        + ".\nEverything starts later by as much. A slow database, very large DAGs, or too many runs at "
        "once.",
        when=f"by StatsD one of twenty loops takes more than {prometheus(times.scheduler_loop)}",
        needs=Needs.STATSD,
        optional=True,
    )


def _orphaned(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowTasksOrphaned"
    each = newest(tasks.ORPHANED, "state")
    return Alert(
        name=name,
        expr=lasting(f"sum by (airflow) ({each}) > 0", alert=name),
        severities=_TICKET,
        team=team,
        hold=times.orphans,
        keep=times.bridge,
        summary=f"{{{{ $value | humanize }}}} tasks are left by their run {WHERE}",
        description="Their run has finished or is gone, so no scheduler looks at them: they hold slots, or "
        "wait, "
        "for ever. Running: "
        + count(f'max({tasks.ORPHANED}{{%s,state="running"}})', "airflow")
        + ", queued: "
        + count(f'max({tasks.ORPHANED}{{%s,state="queued"}})', "airflow")
        + ", scheduled: "
        + count(f'max({tasks.ORPHANED}{{%s,state="scheduled"}})', "airflow")
        + ".\nDo: clear them, or mark them failed, in Browse > Task Instances.",
        dashboard="windsock-queues",
        when=f"unfinished tasks have had no unfinished run for {prometheus(times.orphans)}",
        optional=True,
    )
