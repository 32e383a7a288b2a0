"""A broken promise: the one alert that pages a DAG's team."""

from __future__ import annotations

from windsock.catalog import dags, sla
from windsock_alerts.durations import number, prometheus
from windsock_alerts.inhibitors import NOTHING_RUNS
from windsock_alerts.links import escaped
from windsock_alerts.promql import frozen, labelled, newest
from windsock_alerts.rule import Alert, Group, Recording, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.text import DAG, WHERE, ask, cut, duration, moment, short

LATE = "airflow:sla_late_seconds:team"
_KEYS = ("airflow", "sla", "dag_id")


def group(settings: Settings) -> Group:
    """The alerts about SLAs."""
    return Group(subject="sla", rules=(_late(settings), _breached(settings)))


def _late(settings: Settings) -> Recording:
    by = ", ".join(_KEYS)
    late = f"({newest(sla.SLA_LATE, 'sla', 'dag_id')} > {number(settings.thresholds.sla_breached)})"
    info = f"topk by ({by}) (1, max by ({by}, team, severity) ({sla.SLA_INFO}))"
    return Recording(
        record=LATE,
        expr=f"{late} * on ({by}) group_left (team, severity) {info}\n"
        f"or on ({by})\n{labelled(late, team='default', severity='page')}",
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
