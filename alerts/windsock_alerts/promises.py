"""What Airflow itself promised, and what waits: deadlines, SLAs of tasks, assets, checks, callbacks."""

from __future__ import annotations

from windsock.catalog import dags, practices, waiting
from windsock.catalog.statsd import dagruns
from windsock_alerts.dag_ticket import DAG_KEYS, dag_ticket
from windsock_alerts.durations import number, prometheus
from windsock_alerts.inhibitors import NO_DATA, NOTHING_RUNS
from windsock_alerts.links import escaped
from windsock_alerts.promql import frozen, newest
from windsock_alerts.rule import Alert, Group, Needs, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.shapes import HOUR, gained, lasting, teamed
from windsock_alerts.text import DAG, LASTS, WHERE, count, moment, short

DEADLINE = "airflow:dag_deadlines_missed:team"
TASK_SLA = "airflow:dag_task_slas_missed:team"
CHECK = "airflow:check_task_age_seconds:team"
_TICKET = (Severity.TICKET,)
_RUN = {"run_url": f"/go/dags/{escaped('dag_id')}/latest"}


def group(settings: Settings, team: str) -> Group:
    """Optional alerts about what was promised, and what waits."""
    return Group(
        subject="promises",
        rules=(
            *teamed(DEADLINE, _missed_expr(settings)),
            _missed(settings),
            _unhandled(settings, team),
            *teamed(TASK_SLA, _task_sla_expr(settings)),
            _task_sla(settings),
            _asset(settings, team),
            *teamed(CHECK, _check_expr(settings)),
            _check(settings),
            _human(settings, team),
            _callbacks(settings, team),
        ),
    )


def _missed_expr(settings: Settings) -> str:
    return f"{gained(waiting.DEADLINES_MISSED, settings.thresholds.promise_missed, 'dag_id')} > 0"


def _missed(settings: Settings) -> Alert:
    times = settings.thresholds
    return dag_ticket(
        settings,
        "AirflowDeadlineMissed",
        DEADLINE,
        while_={NO_DATA: ("airflow",)},
        keep=times.bridge,
        summary=f"DEADLINE MISSED {DAG}: {{{{ $value | humanize }}}} times {WHERE}",
        description=f"By Airflow's own deadline alerts, in the last {prometheus(times.promise_missed)}. "
        "Still pending: "
        + count(f"max({waiting.DEADLINES_PENDING}{{%s}})", *DAG_KEYS)
        + ".\nThey exist only for runs that exist: what was never created is told by SLAs of slas.yaml.",
        extra=_RUN,
        when=f"Airflow (3.1+) called a deadline of the DAG missed, "
        f"for {prometheus(times.promise_missed)} after",
        optional=True,
    )


def _unhandled(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowDeadlinesUnhandled"
    return Alert(
        name=name,
        expr=lasting(f"{newest(waiting.DEADLINES_OVERDUE)} > 0", alert=name),
        severities=_TICKET,
        team=team,
        hold=times.deadlines_unhandled,
        keep=times.bridge,
        summary=f"{{{{ $value | humanize }}}} deadlines have passed and nobody said so {WHERE}",
        description="Airflow's deadline alerts are late: their callbacks have not been called.\n"
        "Callbacks that wait: "
        + count(f"sum(max by (type, state) ({waiting.CALLBACKS_PENDING}{{%s}}))", "airflow")
        + ". The scheduler marks deadlines, the triggerer runs their callbacks: is either stuck?",
        dashboard="windsock-assets",
        when=f"deadlines (3.1+) have passed for {prometheus(times.deadlines_unhandled)} without being "
        "called missed",
        optional=True,
    )


def _task_sla_expr(settings: Settings) -> str:
    return f"{gained(waiting.SLA_MISSES, settings.thresholds.promise_missed, 'dag_id')} > 0"


def _task_sla(settings: Settings) -> Alert:
    times = settings.thresholds
    return dag_ticket(
        settings,
        "AirflowTaskSlaMissed",
        TASK_SLA,
        while_={NO_DATA: ("airflow",)},
        keep=times.bridge,
        summary=f"TASK SLA MISSED {DAG}: {{{{ $value | humanize }}}} times {WHERE}",
        description=f"By `sla=` of tasks of Airflow 2, in the last {prometheus(times.promise_missed)}: "
        "Browse > SLA "
        "Misses.\nAirflow 3 has none of these: write them into slas.yaml before the upgrade.",
        extra=_RUN,
        when=f"Airflow 2 recorded a missed SLA of a task, for {prometheus(times.promise_missed)} after",
        optional=True,
    )


def _asset(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowAssetStale"
    labels = ("airflow", "asset")
    return Alert(
        name=name,
        expr=frozen(
            f"time() - {newest(waiting.ASSET_LAST_EVENT, 'asset')} > {number(times.asset_stale)}",
            alert=name,
            labels=labels,
            while_={NOTHING_RUNS: ("airflow",)},
        ),
        severities=_TICKET,
        team=team,
        identity=labels,
        keep=times.keep_firing,
        summary=f"ASSET OLD {short('asset', 40)}: {LASTS} {WHERE}",
        description="Last update "
        + moment(f"max({waiting.ASSET_LAST_EVENT}{{%s}})", *labels)
        + ". DAGs that wait for the rest of their assets: "
        + count(f"count(max by (dag_id) ({waiting.ASSET_QUEUE_EVENTS}{{%s}}))", "airflow")
        + ".\nDo: look at the DAG that makes it; DAGs that it starts do not run, and nothing of them fails.",
        dashboard="windsock-assets",
        when=f"an asset of --assets was updated {prometheus(times.asset_stale)} ago",
        optional=True,
    )


def _check_expr(settings: Settings) -> str:
    age = f"time() - {newest(practices.CHECK_TASK_LAST_SUCCESS, 'dag_id', 'task_id')}"
    return f"{age} > {number(settings.thresholds.check_stale)}"


def _check(settings: Settings) -> Alert:
    times, name = settings.thresholds, "AirflowDataCheckStale"
    keys = (*DAG_KEYS, "task_id")
    return Alert(
        name=name,
        expr=frozen(CHECK, alert=name, labels=(*keys, "team"), while_={NOTHING_RUNS: ("airflow",)}),
        severities=_TICKET,
        team=None,
        identity=keys,
        keep=times.keep_firing,
        summary=f"CHECK NOT GREEN {DAG}/{short('task_id', 24)}: for {LASTS} {WHERE}",
        description="This check of the data succeeded last "
        + moment(f"max({practices.CHECK_TASK_LAST_SUCCESS}{{%s}})", *keys)
        + ".\nIt fails, is skipped, or its run does not come so far: the data is not known to be right.",
        dashboard="windsock-dag",
        opens=DAG_KEYS,
        extra=_RUN,
        when=f"a task of --check-tasks succeeded {prometheus(times.check_stale)} ago",
        optional=True,
    )


def _human(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowHumanWaitedFor"
    return Alert(
        name=name,
        expr=lasting(
            f"time() - min by (airflow) ({waiting.HITL_OLDEST}) > {number(times.human_waits)}", alert=name
        ),
        severities=_TICKET,
        team=team,
        keep=times.bridge,
        summary=f"A question to humans waits for {LASTS} {WHERE}",
        description="Unanswered in all: "
        + count(f"max({waiting.HITL_PENDING}{{%s}})", "airflow")
        + ", the oldest since "
        + moment(f"min({waiting.HITL_OLDEST}{{%s}})", "airflow")
        + ".\nIts run goes on with the answer, or when its own time is over: Airflow, Required Actions.",
        dashboard="windsock-assets",
        when=f"a question to humans (3.1+) has waited for {prometheus(times.human_waits)}",
        optional=True,
    )


def _callbacks(settings: Settings, team: str) -> Alert:
    times = settings.thresholds
    return Alert(
        name="AirflowCallbackErrors",
        expr=f"{gained(dagruns.CALLBACK_EXCEPTIONS, HOUR, 'dag_id')} >= {times.callback_errors}",
        severities=_TICKET,
        team=team,
        identity=DAG_KEYS,
        keep=times.bridge,
        summary=f"CALLBACK BROKEN {DAG}: {{{{ $value | humanize }}}} times {WHERE}",
        description="`on_failure_callback` or `on_success_callback` of the DAG raised an exception in the "
        "last hour: "
        "whoever relies on it heard nothing.\nThe DAG processor's (2.x: or the scheduler's) log has the "
        "traceback.\n"
        "Failures in a row now: " + count(f"max({dags.CONSECUTIVE_FAILURES}{{%s}})", *DAG_KEYS) + ".",
        dashboard="windsock-dag",
        opens=DAG_KEYS,
        when=f"by StatsD at least {times.callback_errors} callback of a DAG failed in an hour",
        needs=Needs.STATSD,
        optional=True,
    )
