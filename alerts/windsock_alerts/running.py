"""Tasks and runs while they run: without a heartbeat, killed, far longer than usual, again and again."""

from __future__ import annotations

from windsock.catalog import dags, outcomes, tasks
from windsock.catalog.statsd import scheduler
from windsock.catalog.statsd import tasks as told
from windsock_alerts.dag_ticket import dag_ticket
from windsock_alerts.durations import prometheus
from windsock_alerts.inhibitors import NOTHING_RUNS
from windsock_alerts.links import escaped
from windsock_alerts.own import limited, severed
from windsock_alerts.promql import frozen, newest
from windsock_alerts.rule import Alert, Group, Needs, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.shapes import HOUR, gained, lasting, share, teamed
from windsock_alerts.text import DAG, WHERE, ask, count, duration

RUN_LONG = "airflow:dag_run_overrun_ratio:team"
TASKS_LONG = "airflow:dag_tasks_overrunning:team"
_TICKET = (Severity.TICKET,)
_LABELS = ("airflow", "dag_id", "team")


def group(settings: Settings, team: str) -> Group:
    """Optional alerts about what runs."""
    return Group(
        subject="running",
        rules=(
            _no_heartbeat(settings, team),
            _killed(settings, team),
            *teamed(RUN_LONG, _run_long_expr(settings)),
            _run_long(settings),
            *teamed(TASKS_LONG, _tasks_long_expr(settings)),
            _tasks_long(settings),
            _retries(settings, team),
        ),
    )


def _no_heartbeat(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowTaskHeartbeatLost"
    return Alert(
        name=name,
        expr=lasting(f"{newest(tasks.STALE_HEARTBEAT)} > 0", alert=name),
        severities=_TICKET,
        team=team,
        hold=times.heartbeat_lost,
        keep=times.bridge,
        summary=f"{{{{ $value | humanize }}}} running tasks send no heartbeat {WHERE}",
        description="By the database they run; their worker has been silent for over 5 minutes. Running in "
        "all: "
        + count(f'sum(max by (pool, queue) ({tasks.TASK_INSTANCES}{{%s,state="running"}}))', "airflow")
        + ".\nThe scheduler should have failed or retried them by now. Until it does they hold slots.\n"
        "Do: is their worker or pod gone (out of memory, node lost)? Clear the tasks.",
        dashboard="windsock-queues",
        when="tasks that run by the database have sent no heartbeat for 5m, and nobody has ended them for "
        f"{prometheus(times.heartbeat_lost)} more",
        optional=True,
    )


def _killed(settings: Settings, team: str) -> Alert:
    times = settings.thresholds
    lost = gained(told.HEARTBEATS_LOST, HOUR)
    killed = gained(scheduler.TASKS_KILLED_EXTERNALLY, HOUR)
    both = f"({lost} + on (airflow) {killed}) or {lost} or {killed}"
    return Alert(
        name="AirflowTasksKilled",
        expr=f"({both}) >= {times.tasks_killed}",
        severities=_TICKET,
        team=team,
        keep=times.bridge,
        summary=f"{{{{ $value | humanize }}}} tasks were killed or lost in an hour {WHERE}",
        description="Lost their heartbeat: "
        + count(_filled(lost), "airflow")
        + ", killed from outside: "
        + count(_filled(killed), "airflow")
        + ".\nWorkers or pods die under their tasks: memory, node maintenance, autoscaling, spot instances.",
        dashboard="windsock-queues",
        when=f"by StatsD at least {times.tasks_killed} tasks were killed or lost their heartbeat in an hour",
        needs=Needs.STATSD,
        optional=True,
    )


def _filled(expr: str) -> str:
    """The expression for a text, with a place for the matchers in every selector."""
    for name in (
        str(told.HEARTBEATS_LOST),
        str(scheduler.TASKS_KILLED_EXTERNALLY),
        "statsd_exporter_lines_total",
    ):
        expr = expr.replace(name, f"{name}{{%s}}")
    return expr


def _run_long_expr(settings: Settings) -> str:
    long = prometheus(settings.thresholds.overrunning)
    over = limited(settings, newest(dags.RUN_OVERRUN, "dag_id"), ">", "overrun_factor")
    # Over its factor all the time, by a series that was there all the time.
    least = f"max by (airflow, dag_id) (min_over_time({dags.RUN_OVERRUN}[{long}]))"
    lasting_ = limited(settings, least, ">", "overrun_factor")
    known = f"max by (airflow, dag_id) ({dags.RUN_OVERRUN} offset {long})"
    return f"({over}) and on (airflow, dag_id) ({lasting_}) and on (airflow, dag_id) {known}"


def _run_long(settings: Settings) -> Alert:
    times = settings.thresholds
    return dag_ticket(
        settings,
        "AirflowDagRunLong",
        RUN_LONG,
        while_={NOTHING_RUNS: ("airflow",)},
        keep=times.keep_firing,
        summary=f"RUNS LONG {DAG}: {{{{ $value | humanize }}}} times its p95 {WHERE}",
        description="It usually takes "
        + duration(f'max({dags.EXPECTED_RUN}{{%s,statistic="p95"}})', "airflow", "dag_id")
        + " at most (p95 of its last successes). Tasks far over their own p95: "
        + count(f"max({tasks.OVERRUNNING}{{%s}})", "airflow", "dag_id")
        + ".\nDo: look at its slowest task; compare input and waiting times with yesterday's run.",
        extra={"run_url": f"/go/dags/{escaped('dag_id')}/running"},
        when=f"a run has taken more than {times.overrun_factor:g} times the p95 of its DAG for "
        f"{prometheus(times.overrunning)}",
        optional=True,
    )


def _tasks_long_expr(settings: Settings) -> str:
    long = prometheus(settings.thresholds.overrunning)
    now = newest(tasks.OVERRUNNING, "dag_id")
    always = f"max by (airflow, dag_id) (min_over_time({tasks.OVERRUNNING}[{long}])) > 0"
    known = f"max by (airflow, dag_id) ({tasks.OVERRUNNING} offset {long})"
    return f"({now} > 0) and on (airflow, dag_id) ({always}) and on (airflow, dag_id) {known}"


def _tasks_long(settings: Settings) -> Alert:
    times, name = settings.thresholds, "AirflowTasksOverrunning"
    return Alert(
        name=name,
        expr=frozen(
            severed(settings, TASKS_LONG, alert=name, general="info"),
            alert=name,
            labels=(*_LABELS, "severity"),
            while_={NOTHING_RUNS: ("airflow",)},
        ),
        severities=(Severity.INFO,),
        team=None,
        identity=("airflow", "dag_id"),
        keep=times.keep_firing,
        summary=f"TASKS RUN LONG {DAG}: {{{{ $value | humanize }}}} of them {WHERE}",
        description="They run for over twice the p95 of their task's last successes.\nRun against its own "
        "p95: "
        + ask(f"max({dags.RUN_OVERRUN}{{%s}})", "airflow", "dag_id", missing="below it")
        + ". A Spark or database job behind them hangs, or there is more to do than usual.",
        dashboard="windsock-dag",
        opens=("airflow", "dag_id"),
        extra={"run_url": f"/go/dags/{escaped('dag_id')}/running"},
        when=f"tasks have run for over twice the p95 of their task for {prometheus(times.overrunning)}",
        optional=True,
    )


def _retries(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowTaskRetriesHigh"
    ended = gained(outcomes.OUTCOMES, HOUR, where='state=~"success|failed"')
    again = gained(outcomes.RETRIES, HOUR)
    return Alert(
        name=name,
        expr=lasting(
            f"{share(again, f'{ended} + on (airflow) {again}', least=times.ratio_least)} > "
            f"{times.retries_share:g}",
            alert=name,
        ),
        severities=_TICKET,
        team=team,
        hold=HOUR / 12,
        keep=times.bridge,
        summary=f"{{{{ $value | humanizePercentage }}}} of all attempts are retries {WHERE}",
        description="Of tasks whose run ended in the last hour. Succeeded only at a later attempt, since "
        "Windsock "
        "counts: "
        + count(f"sum({outcomes.SUCCESSES_AFTER_RETRY}{{%s}})", "airflow")
        + ".\nGreen runs hide it: something they all use (index, database, API, network) fails now and then.",
        dashboard="windsock-practices",
        when=f"of at least {times.ratio_least} attempts of runs that ended in an hour, more than "
        f"{times.retries_share:.0%} were retries",
        optional=True,
    )
