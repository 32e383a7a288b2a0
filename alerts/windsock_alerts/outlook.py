"""DAGs with an SLA that will not be kept for long: spent budgets, DAGs that are paused or nearly so."""

from __future__ import annotations

from windsock.catalog import dags, sla
from windsock_alerts.dag_ticket import DAG_KEYS, dag_ticket
from windsock_alerts.durations import prometheus
from windsock_alerts.inhibitors import NO_DATA
from windsock_alerts.links import escaped
from windsock_alerts.promql import labelled, newest
from windsock_alerts.rule import Alert, Group, Recording, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.shapes import lasting, teamed
from windsock_alerts.text import DAG, WHERE, ask, count, moment, short

PAUSED = "airflow:sla_dag_paused:team"
AUTO_PAUSE = "airflow:dag_auto_pause_headroom:team"
BUDGET = "airflow:sla_error_budget_percent:team"
_TICKET = (Severity.TICKET,)


def group(settings: Settings, team: str) -> Group:  # noqa: ARG001 (all are their DAG's team's)
    """Optional alerts about DAGs that must not stand still."""
    return Group(
        subject="outlook",
        rules=(
            Recording(record=BUDGET, expr=_budget_expr(settings)),
            _budget(settings),
            Recording(record=PAUSED, expr=_paused_expr(settings)),
            _paused(settings),
            *teamed(AUTO_PAUSE, _auto_pause_expr(settings)),
            _auto_pause(settings),
        ),
    )


def _of_sla(expr: str, on: str = "airflow, dag_id") -> str:
    """`expr` with the team of the SLA; of several SLAs of a DAG, of one of them."""
    info = f"topk by ({on}) (1, max by ({on}, team) ({sla.SLA_INFO}))"
    return f"({expr}) * on ({on}) group_left (team) {info}"


def _budget_expr(settings: Settings) -> str:
    by = "airflow, sla, dag_id"
    spent = (
        f"({newest(sla.SLA_BUDGET, 'sla', 'dag_id')} <= 0)"
        f" and on ({by}) ({newest(sla.SLA_RECENT, 'sla', 'dag_id')} >= "
        f"{settings.thresholds.budget_deadlines})"
    )
    return f"{_of_sla(spent, by)}\nor on ({by}) {labelled(f'({spent})', team='default')}"


def _budget(settings: Settings) -> Alert:
    times, name = settings.thresholds, "AirflowSlaBudgetSpent"
    keys = ("airflow", "sla", "dag_id")
    return Alert(
        name=name,
        expr=lasting(BUDGET, alert=name, labels=(*keys, "team")),
        severities=_TICKET,
        team=None,
        identity=keys,
        keep=times.keep_firing,
        summary=f"BUDGET SPENT {DAG}: too often late {WHERE}",
        description="Met "
        + ask(f"max({sla.SLA_RECENT_MET}{{%s}})", *keys)
        + " of the last "
        + ask(f"max({sla.SLA_RECENT}{{%s}})", *keys)
        + f" deadlines of {short('sla', 40)}; budget left: "
        + ask(f"max({sla.SLA_BUDGET}{{%s}})", *keys)
        + " %.\nNothing burns now: it is time to work on what makes it late, or to promise less.\n"
        "Do: windsock sla backtest shows the causes of the last weeks.",
        dashboard="windsock-dag",
        opens=DAG_KEYS,
        when=f"an SLA with an objective has used up its misses, of at least {times.budget_deadlines} "
        "deadlines",
        optional=True,
    )


def _paused_expr(settings: Settings) -> str:
    long = prometheus(settings.thresholds.sla_paused)
    always = f"(max by (airflow, dag_id) (min_over_time({dags.DAG_PAUSED}[{long}])) == 1)"
    known = f"max by (airflow, dag_id) ({dags.DAG_PAUSED} offset {long})"
    now = f"({newest(dags.DAG_PAUSED, 'dag_id')} == 1)"
    return _of_sla(f"{now} and on (airflow, dag_id) {always} and on (airflow, dag_id) {known}")


def _paused(settings: Settings) -> Alert:
    times = settings.thresholds
    return dag_ticket(
        settings,
        "AirflowSlaDagPaused",
        PAUSED,
        while_={NO_DATA: ("airflow",)},
        keep=times.keep_firing,
        summary=f"PAUSED {DAG}: it has an SLA {WHERE}",
        description="It gets no runs, so it will miss its next deadline: "
        + moment(f"min({sla.SLA_DEADLINE}{{%s}})", *DAG_KEYS)
        + ".\nPaused on purpose, left so after a deployment, or by Airflow after "
        + count(f"max({dags.CONSECUTIVE_FAILURES}{{%s}})", *DAG_KEYS)
        + " failures in a row. Who did it: Browse > Audit Logs.\n"
        "Do: unpause it, or tell those who wait and take its SLA out.",
        when=f"a DAG with an SLA has been paused for {prometheus(times.sla_paused)}",
        optional=True,
    )


def _auto_pause_expr(settings: Settings) -> str:
    left = newest(dags.AUTO_PAUSE_HEADROOM, "dag_id")
    paused = f"({newest(dags.DAG_PAUSED, 'dag_id')} == 1)"
    return f"({left} <= {settings.thresholds.auto_pause_left}) unless on (airflow, dag_id) {paused}"


def _auto_pause(settings: Settings) -> Alert:
    times = settings.thresholds
    return dag_ticket(
        settings,
        "AirflowAutoPauseNear",
        AUTO_PAUSE,
        while_={NO_DATA: ("airflow",)},
        keep=times.keep_firing,
        summary=f"ALMOST PAUSED {DAG}: {{{{ $value | humanize }}}} failures left {WHERE}",
        description="Failed runs in a row: "
        + count(f"max({dags.CONSECUTIVE_FAILURES}{{%s}})", *DAG_KEYS)
        + ". Then Airflow pauses it (`max_consecutive_failed_dag_runs`), and nothing fails or runs any "
        "more.\n"
        "Do: mend it, or pause it yourself and tell those who wait.",
        extra={"run_url": f"/go/dags/{escaped('dag_id')}/last-failed"},
        when=f"Airflow will pause the DAG after {times.auto_pause_left} more failure",
        optional=True,
    )
