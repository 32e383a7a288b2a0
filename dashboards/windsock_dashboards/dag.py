"""One DAG: is it on time, how do its runs go, which of its tasks is the trouble?"""

from __future__ import annotations

from windsock.catalog import dags, sla
from windsock.catalog.statsd import dagruns
from windsock.catalog.statsd import tasks as tries
from windsock_dashboards import alerts, words
from windsock_dashboards.links import DAG, dag_run
from windsock_dashboards.promql import Scope
from windsock_dashboards.spec import (
    Board,
    Choice,
    Column,
    Panel,
    Query,
    Row,
    Series,
    Shown,
    Stat,
    Table,
    Timeline,
)

_THIS = 'dag_id="$dag_id"'
_LATEST = (
    dag_run("${dag_id:percentencode}", "latest"),
    dag_run("${dag_id:percentencode}", "running"),
    dag_run("${dag_id:percentencode}", "last-failed"),
)


def board(scope: Scope) -> Board:
    """State, SLAs, runs and tasks of one DAG."""
    return Board(
        uid=DAG,
        title="One DAG",
        description="Is this DAG on time, how do its runs go, and which of its tasks is the trouble?",
        choices=(
            Choice(
                name="dag_id",
                label="DAG",
                query=f"label_values({scope.pick(dags.DAG_INFO)}, dag_id)",
                several=False,
            ),
        ),
        since="now-24h",
        rows=(
            Row("head", "", _head(scope)),
            Row("promise", "Whose it is and what is promised", _promise(scope)),
            Row("runs", "Runs", _runs(scope)),
            Row("tasks", "Tasks", _tasks(scope)),
        ),
    )


def _head(scope: Scope) -> tuple[Stat, ...]:
    return (
        Stat(
            key="last",
            title="Last run?",
            description=(
                "Result of the finished run with the newest due time; a click leads to it in Airflow."
            ),
            queries=(Query(scope.min(dags.LAST_FINISHED_SUCCESS, where=_THIS)),),
            unit=dags.LAST_FINISHED_SUCCESS,
            meanings=words.SUCCEEDED,
            links=_LATEST,
            sparkline=False,
            empty="no run yet",
        ),
        Stat(
            key="fresh",
            title="Last success ago?",
            description="Time since the end of the last successful run: how old the data is.",
            queries=(Query(scope.age(dags.LAST_SUCCESS, where=_THIS)),),
            unit=Shown.AGE,
            steps=words.PLAIN,
            sparkline=False,
            decimals=1,
            empty="never",
        ),
        Stat(
            key="streak",
            title="Failures in a row?",
            description="Failed runs since the last success; counting stops at 10.",
            queries=(
                Query(scope.filled(dags.CONSECUTIVE_FAILURES, dags.LAST_FINISHED_SUCCESS, where=_THIS)),
            ),
            unit=dags.CONSECUTIVE_FAILURES,
            steps=words.FAILURES,
            sparkline=False,
            empty="no run yet",
        ),
        Stat(
            key="next",
            title="Next run due in?",
            description="Negative: it is due and not created. No time schedule, or paused: never.",
            queries=(Query(f"{scope.max(dags.NEXT_RUN, where=_THIS)} - time()"),),
            unit=Shown.AGE,
            steps=words.PLAIN,
            sparkline=False,
            decimals=1,
            empty="never",
        ),
        Stat(
            key="overdue",
            title="Overdue by?",
            description=(
                "By how much the next run is past due and not created; a backlog being worked off is not."
            ),
            queries=(Query(scope.filled(dags.OVERDUE, dags.NEXT_RUN, where=_THIS)),),
            unit=dags.OVERDUE,
            steps=words.OVERDUE,
            sparkline=False,
            decimals=1,
            empty="no schedule",
        ),
        Stat(
            key="paused",
            title="Paused?",
            description="A paused DAG is never overdue, but its SLAs breach.",
            queries=(Query(scope.filled(dags.DAG_PAUSED, dags.DAG_INFO, where=_THIS)),),
            unit=dags.DAG_PAUSED,
            meanings=words.PAUSED,
            sparkline=False,
            empty="unknown DAG",
        ),
    )


def _promise(scope: Scope) -> tuple[Panel, ...]:
    about = ("team", "severity", "deadline_text")
    info = scope.one(sla.SLA_INFO, ("sla",), about, where=_THIS)
    cause = scope.one(sla.SLA_CAUSE, ("sla",), ("cause",), where=_THIS)

    def row(value: str) -> str:
        return scope.labelled(scope.labelled(value, ("sla",), ("cause",), cause), ("sla",), about, info)

    owner = ("owners", "team", "schedule")
    return (
        Table(
            key="owner",
            title="Whose is it, and when does it run?",
            description="Team by owners.yaml, owners and schedule as the DAG states them.",
            queries=(Query(scope.one(dags.DAG_INFO, (), owner, where=_THIS)),),
            width=8,
            height=6,
            columns=(
                Column(name="Team", field="team"),
                Column(name="Owners", field="owners"),
                Column(name="Schedule", field="schedule"),
            ),
            sort_by="Team",
            descending=False,
        ),
        Table(
            key="slas",
            title="Which SLAs does it have, and are they kept?",
            description=(
                "Deadline: the missed one while breached, else the next. No rows: slas.yaml has none for it."
            ),
            queries=(
                Query(row(scope.max(sla.SLA_BREACHED, "sla", where=_THIS))),
                Query(row(f"{scope.max(sla.SLA_DEADLINE, 'sla', where=_THIS)} * 1000")),
                Query(row(scope.max(sla.SLA_LATE, "sla", where=_THIS))),
            ),
            width=16,
            height=6,
            columns=(
                Column(name="SLA", field="sla"),
                Column(
                    name="State",
                    field="A",
                    unit=sla.SLA_BREACHED,
                    width=100,
                    colored=True,
                    meanings=words.BREACHED,
                ),
                Column(name="Late by", field="C", unit=sla.SLA_LATE, width=110, decimals=1),
                Column(name="Cause", field="cause", width=130),
                Column(name="Promise", field="deadline_text", width=190),
                Column(name="Deadline", field="B", unit=Shown.MOMENT, width=170),
                Column(name="Team", field="team", width=110),
                Column(name="Severity", field="severity", width=80),
            ),
            sort_by="Late by",
        ),
        Timeline(
            key="history",
            title="When was it failed, overdue or in breach?",
            description=(
                "Red: the last finished run had failed, the next was overdue, or the SLA was breached."
            ),
            queries=(
                Query(f"1 - {scope.min(dags.LAST_FINISHED_SUCCESS, where=_THIS)}", "last run failed"),
                Query(f"({scope.filled(dags.OVERDUE, dags.NEXT_RUN, where=_THIS)}) > bool 0", "overdue"),
                Query(scope.max(sla.SLA_BREACHED, "sla", where=_THIS), "SLA {{sla}}"),
            ),
            unit=Shown.NUMBER,
            meanings=words.TROUBLE,
        ),
        alerts.table(scope, width=12, where=_THIS),
    )


def _runs(scope: Scope) -> tuple[Panel, ...]:
    duration = dagruns.DAGRUN_DURATION
    return (
        Series(
            key="duration",
            title="How long do its runs take?",
            description=(
                "From StatsD, per result, among the runs that ended within the step. Gaps: none ended."
            ),
            queries=(
                Query(scope.quantile(0.5, duration, "state", where=_THIS), "p50 {{state}}"),
                Query(scope.quantile(0.95, duration, "state", where=_THIS), "p95 {{state}}"),
            ),
            unit=duration,
            colors=(
                ("p50 success", "green"),
                ("p95 success", "dark-green"),
                ("p50 failed", "orange"),
                ("p95 failed", "red"),
            ),
            points=True,
        ),
        Series(
            key="age",
            title="How old did its data get?",
            description=(
                "Time since the last success; each drop is a success. Teeth that grow: runs slow down "
                "or fail."
            ),
            queries=(Query(scope.age(dags.LAST_SUCCESS, where=_THIS), "since the last success"),),
            unit=Shown.AGE,
        ),
        Series(
            key="start-delay",
            title="How late do its scheduled runs begin?",
            description="From due time to the start of the run. Growing: max_active_runs, or the scheduler.",
            queries=(
                Query(scope.quantile(0.5, dagruns.SCHEDULE_DELAY, where=_THIS), "p50"),
                Query(scope.quantile(0.95, dagruns.SCHEDULE_DELAY, where=_THIS), "p95"),
            ),
            unit=dagruns.SCHEDULE_DELAY,
            points=True,
        ),
        Series(
            key="active",
            title="How many of its runs are in flight?",
            description="Queued runs beside running ones: the DAG is at max_active_runs.",
            queries=tuple(
                Query(scope.filled(dags.DAG_RUNS, dags.DAG_INFO, where=_THIS, only=f'state="{state}"'), state)
                for state in ("queued", "running")
            ),
            unit=dags.DAG_RUNS,
            colors=words.STATES[3:5],
            decimals=0,
        ),
    )


def _tasks(scope: Scope) -> tuple[Panel, ...]:
    slow = scope.quantile(0.95, tries.TASK_DURATION, "task_id", where=_THIS)
    failed = scope.per_minute(tries.TI_FINISH, "task_id", where=f'{_THIS}, state=~"failed|up_for_retry"')
    # A task that never failed has no such series: it counts as 0 while it starts.
    started = scope.per_minute(tries.TI_START, "task_id", where=_THIS)
    return (
        Series(
            key="slow-tasks",
            title="Which of its tasks are slow?",
            description="p95 of the tries that ended within the step, the ten slowest tasks.",
            queries=(Query(f"topk(10, {slow})", "{{task_id}}"),),
            unit=tries.TASK_DURATION,
            points=True,
        ),
        Series(
            key="failing-tasks",
            title="Which of its tasks fail?",
            description="Failed tries per minute, the ten tasks with most; tries that are repeated count.",
            queries=(Query(f"topk(10, {failed} or {started} * 0)", "{{task_id}}"),),
            unit=Shown.PER_MINUTE,
        ),
    )
