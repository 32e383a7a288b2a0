"""Alive but nothing moves: the heartbeat is fresh, work is due, and no task of any queue starts.

A lock that stops the scheduler's queries, a hung executor, a loop that turns on the spot: each component says
that it is well.
"""

from __future__ import annotations

from windsock.catalog import components, dags, tasks
from windsock_alerts.durations import number, prometheus
from windsock_alerts.inhibitors import NOTHING_RUNS
from windsock_alerts.promql import any_firing, frozen, newest
from windsock_alerts.rule import Alert, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.text import WHERE, count, duration

NOTHING_MOVES = "AirflowNothingMoves"


def alert(settings: Settings, team: str) -> Alert:
    """First of its group: what it explains reads from `ALERTS` whether it fires."""
    times = settings.thresholds
    return Alert(
        name=NOTHING_MOVES,
        expr=frozen(
            _expr(settings), alert=NOTHING_MOVES, labels=("airflow",), while_={NOTHING_RUNS: ("airflow",)}
        ),
        severities=(Severity.PAGE,),
        team=team,
        # DAGs catch up before anything is said about them one by one.
        keep=times.recovery_grace,
        summary=f"NOTHING MOVES {WHERE}: alive, but no task started for "
        + duration(f"time() - max({tasks.QUEUE_LAST_START}{{%s}})", "airflow"),
        description="Scheduler heard "
        + duration(f'time() - max({components.HEARTBEAT}{{%s,job_type="SchedulerJob"}})', "airflow")
        + " ago. Due without a run: "
        + count(f"count(max by (dag_id) ({dags.OVERDUE}{{%s}}) > {number(times.nothing_moves)})", "airflow")
        + " DAGs. Ready and not queued: "
        + count(f'sum(max by (pool) ({tasks.SCHEDULED_BLOCKED}{{%s,reason="ready"}}))', "airflow")
        + " tasks.\n"
        "Locks in the database, a hung executor, or a loop that turns on the spot.\n"
        "Do: look for blocked queries, then restart the scheduler. Alerts of DAGs and queues are held back.",
        when="the scheduler is alive, no task of any queue has started for "
        f"{prometheus(times.nothing_moves)}, and {times.nothing_moves_dags} DAGs (or all, if fewer) are due "
        "for as long without a run, or tasks are ready and none is queued or runs",
    )


def held(settings: Settings) -> dict[str, tuple[str, ...]]:
    """What it holds back, for `frozen`: nothing unless it wakes somebody."""
    return {any_firing([NOTHING_MOVES]): ("airflow",)} if settings.pages(NOTHING_MOVES) else {}


def _expr(settings: Settings) -> str:
    times = settings.thresholds
    long = prometheus(times.nothing_moves)
    held = f"(max by (airflow, dag_id) ({dags.BLOCKED}) == 1)"
    late = (
        f"count by (airflow) (({newest(dags.OVERDUE, 'dag_id')} > {number(times.nothing_moves)})"
        f" unless on (airflow, dag_id) {held})"
    )
    due = f"(({late} >= {times.nothing_moves_dags}) or ({late} >= on (airflow) {newest(dags.SCHEDULED)}))"
    # Figures of the slow tier: seen at every collection of the time.
    each = f'max by (airflow, pool) (min_over_time({tasks.SCHEDULED_BLOCKED}{{reason="ready"}}[{long}]))'
    known = f'max by (airflow) ({tasks.SCHEDULED_BLOCKED}{{reason="ready"}} offset {long})'
    taking = newest(tasks.TASK_INSTANCES, "pool", "queue", "state", where='state=~"queued|running"')
    taken = f"sum by (airflow) ({taking}) > 0"
    ready = f"((sum by (airflow) ({each}) > 0 and on (airflow) {known}) unless on (airflow) ({taken}))"
    started = f"(time() - {newest(tasks.QUEUE_LAST_START)} <= {number(times.nothing_moves)})"
    beat = f'max by (airflow) ({components.HEARTBEAT}{{job_type="SchedulerJob"}})'
    alive = f"(time() - {beat} <= {number(times.component_silent)})"
    return f"(({due} or {ready}) and on (airflow) {alive}) unless on (airflow) {started}"
