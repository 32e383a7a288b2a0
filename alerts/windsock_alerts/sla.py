"""A broken promise: the one alert that pages a DAG's team."""

from __future__ import annotations

from windsock.catalog import dags, sla
from windsock_alerts.durations import number, prometheus
from windsock_alerts.inhibitors import NOTHING_RUNS
from windsock_alerts.links import escaped
from windsock_alerts.promql import frozen, labelled
from windsock_alerts.rule import Alert, Group, Recording, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.text import DAG, WHERE, ask, cut, duration, moment, short

# Without teams: few series, so that what is made of them costs little with many SLAs.
_LATE_NOW = "airflow:sla_late_seconds:max"
LATE = "airflow:sla_late_seconds:team"
_KEYS = ("airflow", "sla", "dag_id")


def group(settings: Settings) -> Group:
    """The alerts about SLAs."""
    return Group(subject="sla", rules=(_late_now(settings), _late(), _breached(settings)))


def _late_now(settings: Settings) -> Recording:
    late = f"{sla.SLA_LATE} > {number(settings.thresholds.sla_breached)}"
    return Recording(record=_LATE_NOW, expr=f"max by ({', '.join(_KEYS)}) ({late})")


def _late() -> Recording:
    by = ", ".join(_KEYS)
    info = f"({sla.SLA_INFO} and on ({by}) {_LATE_NOW})"
    told = f"topk by ({by}) (1, max by ({by}, team, severity) {info})"
    return Recording(
        record=LATE,
        expr=f"{_LATE_NOW} * on ({by}) group_left (team, severity) {told}\n"
        f"or on ({by})\n{labelled(_LATE_NOW, team='default', severity='page')}",
    )


def _breached(settings: Settings) -> Alert:
    times, name = settings.thresholds, "AirflowSlaBreached"
    cause = ask(
        f"topk(1, max by (cause) ({sla.SLA_CAUSE}{{%s}}) == 1)",
        *_KEYS,
        show='label "cause" | reReplaceAll "_" " "',
        missing="cause unknown",
    )
    due = ask(
        f"topk(1, max by (deadline_text) ({sla.SLA_INFO}{{%s}}))",
        *_KEYS,
        show=f'label "deadline_text" | {cut(24)}',
        missing="unknown",
    )
    return Alert(
        name=name,
        expr=frozen(
            LATE, alert=name, labels=(*_KEYS, "team", "severity"), while_={NOTHING_RUNS: ("airflow",)}
        ),
        severities=(Severity.PAGE, Severity.TICKET, Severity.INFO),
        team=None,
        identity=_KEYS,
        keep=times.keep_firing,
        summary=f"LATE {DAG}: due {due}, {cause} {WHERE}",
        description="Late by " + duration(f"max({sla.SLA_LATE}{{%s}})", *_KEYS) + f", was due {due}.\n"
        f"Cause: {cause}.\n"
        f"SLA {short('sla', 40)}, team {{{{ $labels.team }}}}. Last success "
        + moment(
            f"max({dags.LAST_SUCCESS}{{%s}})",
            "airflow",
            "dag_id",
            missing="none known",
        )
        + ".",
        dashboard="windsock-dag",
        opens=("airflow", "dag_id"),
        extra={"run_url": f"/go/dags/{escaped('dag_id')}/latest"},
        when=f"its deadline has passed by {prometheus(times.sla_breached)} without success; "
        "severity and team are the SLA's",
    )
