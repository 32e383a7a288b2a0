"""What a DAG's own team hears: overdue, failed, not importable; and the canary that tries the whole loop.

Ages are compared inside the expressions: a `for` would start again whenever a DAG changes hands.
"""

from __future__ import annotations

from windsock.catalog import dags, sla
from windsock_alerts import nothing_moves
from windsock_alerts.dag_ticket import dag_ticket
from windsock_alerts.durations import number, prometheus
from windsock_alerts.inhibitors import DAG_PROCESSOR, NO_DATA, NOTHING_RUNS
from windsock_alerts.links import escaped
from windsock_alerts.nothing_moves import NOTHING_MOVES
from windsock_alerts.own import limited, severed
from windsock_alerts.promql import any_firing, frozen, labelled, newest, quoted, with_team
from windsock_alerts.rule import Alert, Group, Recording, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.text import DAG, WHERE, ask, count, duration, moment, short, when, worst

# What is wrong now, without teams: few series, so that what is made of them costs little with many DAGs.
_OVERDUE_NOW = "airflow:dag_overdue_seconds:max"
_FAILING = "airflow:dag_last_run_failed:max"
_SERIOUS = "airflow:dag_last_run_failed_serious:max"
OVERDUE = "airflow:dag_overdue_seconds:team"
WORST = "airflow:dag_overdue_seconds:worst"
FAILED = "airflow:dag_last_run_failed:team"
IMPORT_ERROR = "airflow:import_error_age_seconds:min"
MANY_OVERDUE = "AirflowManyDagsOverdue"
_LABELS = ("airflow", "dag_id", "team")
# A page for an SLA says all that the DAG's other alerts would say.
_SLA_PAGES = any_firing(["AirflowSlaBreached"], 'severity="page"')
_RUN = {"run_url": f"/go/dags/{escaped('dag_id')}/latest"}


def group(settings: Settings, team: str) -> Group:
    """Alerts about single DAGs, and about so many that it is the platform."""
    return Group(
        subject="dags",
        rules=(
            nothing_moves.alert(settings, team),
            _many(settings, team),
            Recording(record=_OVERDUE_NOW, expr=_overdue_expr(settings)),
            Recording(record=OVERDUE, expr=with_team(_OVERDUE_NOW, few=_OVERDUE_NOW)),
            Recording(record=WORST, expr=f"topk by (airflow, team) (5, {OVERDUE})"),
            _overdue(settings),
            Recording(record=_FAILING, expr=_failing_expr(settings)),
            Recording(record=_SERIOUS, expr=_serious_expr(settings)),
            Recording(record=FAILED, expr=with_team(_failed_expr(), few=_FAILING)),
            _failed(settings),
            Recording(record=IMPORT_ERROR, expr=_import_error_expr()),
            _import_errors(settings),
            _canary(settings, team),
        ),
    )


def _many(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, MANY_OVERDUE
    blocked = f'{dags.BLOCKED}{{reason="max_active_runs"}} == 1'
    late = (
        f"count by (airflow) (max by (airflow, dag_id) ({dags.OVERDUE} > {number(times.many_overdue)})"
        f" unless on (airflow, dag_id) ({blocked}))"
    )
    scheduled = newest(dags.SCHEDULED)
    share = f"{late} / on (airflow) {scheduled} > {times.many_overdue_share}"
    return Alert(
        name=name,
        expr=frozen(
            f"({late} > {times.many_overdue_dags})\n"
            f"or (({late} >= {times.many_overdue_least}) and on (airflow) ({share}))",
            alert=name,
            labels=("airflow",),
            while_={NOTHING_RUNS: ("airflow",), **nothing_moves.held(settings)},
        ),
        severities=(Severity.PAGE,),
        team=team,
        keep=times.bridge,
        summary=f"SCHEDULING STALLED {WHERE}: "
        + count(f"count(max by (dag_id) ({dags.OVERDUE}{{%s}}) > {number(times.many_overdue)})", "airflow")
        + " DAGs overdue",
        description="The scheduler is alive but creates no runs that are due: locks, a slow database, "
        "a hung loop.\nWorst: "
        + duration(f"max({dags.OVERDUE}{{%s}})", "airflow")
        + " overdue. Alerts of the single DAGs are held back.",
        dashboard="windsock-overview",
        when=f"more than {times.many_overdue_dags} DAGs, or {times.many_overdue_share:.0%} of the "
        f"scheduled and at least {times.many_overdue_least}, overdue by {prometheus(times.many_overdue)}; "
        "those at max_active_runs do not count",
    )


def _overdue(settings: Settings) -> Alert:
    times = settings.thresholds
    held = {NOTHING_RUNS: ("airflow",), _SLA_PAGES: ("airflow", "dag_id")}
    for platform in (NOTHING_MOVES, MANY_OVERDUE):
        if settings.pages(platform):
            held[any_firing([platform])] = ("airflow",)
    return dag_ticket(
        settings,
        "AirflowDagOverdue",
        OVERDUE,
        while_=held,
        keep=times.keep_firing,
        summary=f"OVERDUE {DAG}: run not created for "
        + duration(f"max({dags.OVERDUE}{{%s}})", "airflow", "dag_id")
        + f" {WHERE}",
        description="Its next run was due and does not exist. Blocked by: "
        + ask(
            f"{dags.BLOCKED}{{%s}} == 1", "airflow", "dag_id", show='label "reason"', missing="nothing known"
        )
        + ".\nDue since "
        + moment(f"max({dags.NEXT_RUN}{{%s}})", "airflow", "dag_id")
        + ".",
        worst=worst(WORST, "airflow", "team"),
        extra=_RUN,
        when=f"its next run is {prometheus(times.dag_overdue)} past due and not created",
    )


def _overdue_expr(settings: Settings) -> str:
    return f"max by (airflow, dag_id) ({limited(settings, str(dags.OVERDUE), '>', 'dag_overdue')})"


def _failing_expr(settings: Settings) -> str:
    # Failed for so long that an inhibitor would fire by now, had the platform died with the run.
    long = prometheus(settings.thresholds.failed_hold)
    return (
        f"max by (airflow, dag_id) ({dags.LAST_FINISHED_SUCCESS} == 0)\n"
        f"unless on (airflow, dag_id) (max_over_time({dags.LAST_FINISHED_SUCCESS}[{long}]) > 0)\n"
        f"unless on (airflow, dag_id) ({dags.DAG_PAUSED} == 1)"
    )


def _serious_expr(settings: Settings) -> str:
    streak = f"{dags.CONSECUTIVE_FAILURES} and on (airflow, dag_id) {_FAILING}"
    repeated = limited(settings, streak, ">=", "failures_in_a_row", few=_FAILING)
    reasons = (str(sla.SLA_INFO), repeated)
    return "\nor ".join(f"({_FAILING} and on (airflow, dag_id) ({reason}))" for reason in reasons)


def _failed_expr() -> str:
    slight = labelled(_FAILING, severity="info")
    return f"{labelled(_SERIOUS, severity='ticket')}\nor on (airflow, dag_id) {slight}"


def _failed(settings: Settings) -> Alert:
    times, name = settings.thresholds, "AirflowDagLastRunFailed"
    return Alert(
        name=name,
        expr=frozen(
            severed(settings, FAILED, alert=name),
            alert=name,
            labels=(*_LABELS, "severity"),
            while_={NOTHING_RUNS: ("airflow",), _SLA_PAGES: ("airflow", "dag_id")},
        ),
        severities=(Severity.INFO, Severity.TICKET),
        team=None,
        identity=("airflow", "dag_id"),
        keep=times.keep_firing,
        summary=f"FAILED {DAG}: last run failed, "
        + ask(f"max({dags.CONSECUTIVE_FAILURES}{{%s}})", "airflow", "dag_id", missing="1")
        + f" in a row {WHERE}",
        description="Failed at "
        + moment(f"max({dags.LAST_FAILURE}{{%s}})", "airflow", "dag_id")
        + ". Last success "
        + moment(
            f"max({dags.LAST_SUCCESS}{{%s}})",
            "airflow",
            "dag_id",
            missing="never",
        )
        + ".\nEnds with the next success of a run due later, or when the DAG is paused.",
        dashboard="windsock-dag",
        opens=("airflow", "dag_id"),
        extra={"run_url": f"/go/dags/{escaped('dag_id')}/last-failed"},
        when=f"its newest finished run failed {prometheus(times.failed_hold)} ago: info; ticket with an SLA, "
        f"or after {times.failures_in_a_row} in a row",
    )


def _import_error_expr() -> str:
    each = f"min by (airflow, bundle, file, team) ({dags.IMPORT_ERROR_FIRST_SEEN})"
    return f"time() - bottomk by (airflow, bundle, file) (1, {each})"


def _import_errors(settings: Settings) -> Alert:
    times, name = settings.thresholds, "AirflowImportErrors"
    return Alert(
        name=name,
        expr=frozen(
            f"{IMPORT_ERROR} > {number(times.import_error)}",
            alert=name,
            labels=("airflow", "bundle", "file", "team"),
            while_={NO_DATA: ("airflow",), any_firing([DAG_PROCESSOR]): ("airflow",)},
        ),
        severities=(Severity.TICKET,),
        team=None,
        identity=("airflow", "bundle", "file"),
        keep=times.bridge,
        summary=f"IMPORT ERROR {short('file', 50)} {WHERE}",
        description="Airflow cannot import this file since "
        + moment(f"min({dags.IMPORT_ERROR_FIRST_SEEN}{{%s}})", "airflow", "bundle", "file")
        + ": its DAGs get no new runs or run as they were before.\n"
        f"Broken files in this Airflow: {count(f'max({dags.IMPORT_ERRORS}{{%s}})', 'airflow')}.\n"
        "The error stands in Airflow on the page of DAGs, at the top.",
        dashboard="windsock-overview",
        when=f"a DAG file has been broken for {prometheus(times.import_error)}",
    )


def _canary(settings: Settings, team: str) -> Alert:
    times, name = settings.thresholds, "AirflowCanaryLate"
    where = f"dag_id={quoted(settings.canary_dag)}"
    long = prometheus(times.canary_late)
    known = f"max by (airflow, dag_id) ({dags.DAG_INFO}{{{where}}} offset {long})"
    there = f"max by (airflow, dag_id) ({dags.DAG_INFO}{{{where}}})"
    success = newest(dags.LAST_SUCCESS, "dag_id", where=where)
    return Alert(
        name=name,
        # Needs a DAG that is installed on purpose; who does that enables this too.
        optional=True,
        expr=frozen(
            f"(time() - {success} > {number(times.canary_late)})\n"
            f"or ({known} and on (airflow, dag_id) {there} unless on (airflow, dag_id) {success})",
            alert=name,
            labels=("airflow", "dag_id"),
            while_={NOTHING_RUNS: ("airflow",)},
        ),
        severities=(Severity.PAGE,),
        team=team,
        identity=("airflow", "dag_id"),
        keep=times.bridge,
        summary=f"CANARY LATE {WHERE}: no success of {short('dag_id', 30)} for "
        + duration(f"time() - max({dags.LAST_SUCCESS}{{%s}})", "airflow", "dag_id"),
        description="The canary runs through scheduler, queue, worker and database; other DAGs stand too.\n"
        "Paused: "
        + when(f"{dags.DAG_PAUSED}{{%s}} == 1", "airflow", "dag_id", yes="yes, unpause it", no="no")
        + ". Last run: "
        + when(f"{dags.LAST_FINISHED_SUCCESS}{{%s}} == 0", "airflow", "dag_id", yes="failed", no="not failed")
        + ".",
        dashboard="windsock-dag",
        opens=("airflow", "dag_id"),
        extra=_RUN,
        when=f"the DAG `{settings.canary_dag}` exists and has not succeeded for {long}",
    )
