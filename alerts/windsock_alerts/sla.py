"""A broken promise: the one alert that pages a DAG's team."""

from __future__ import annotations

from windsock.catalog import dags, sla
from windsock_alerts.durations import number, prometheus
from windsock_alerts.inhibitors import NOTHING_RUNS
from windsock_alerts.links import escaped
from windsock_alerts.promql import frozen, labelled
from windsock_alerts.rule import Alert, Group, Recording, Severity
from windsock_alerts.settings import Settings
from windsock_alerts.text import DAG, WHERE, ask, cut, duration, moment, short, when, worst

# Without teams: few series, so that what is made of them costs little with many SLAs.
_LATE_NOW = "airflow:sla_late_seconds:max"
LATE = "airflow:sla_late_seconds:team"
# For pages about many: one query for each of them would cost its square.
WORST = "airflow:sla_late_seconds:worst"
_AT_RISK_NOW = "airflow:sla_at_risk:max"
AT_RISK = "airflow:sla_at_risk:team"
_KEYS = ("airflow", "sla", "dag_id")


def group(settings: Settings) -> Group:
    """The alerts about SLAs."""
    return Group(
        subject="sla",
        rules=(
            _late_now(settings),
            _late(),
            Recording(record=WORST, expr=f"topk by (airflow, team, sla) (5, {LATE})"),
            _breached(settings),
            _at_risk_now(settings),
            _at_risk_team(),
            _at_risk(settings),
        ),
    )


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


def _at_risk_now(settings: Settings) -> Recording:
    """The prediction must have said so all the time: a cause that is stable makes the first message right."""
    by = f"on ({', '.join(_KEYS)})"
    long = prometheus(settings.thresholds.at_risk)
    return Recording(
        record=_AT_RISK_NOW,
        expr=f"max by ({', '.join(_KEYS)}) ({sla.SLA_AT_RISK} == 1)\n"
        f"and {by} (min_over_time({sla.SLA_AT_RISK}[{long}]) == 1)\n"
        f"and {by} {sla.SLA_AT_RISK} offset {long}",
    )


def _at_risk_team() -> Recording:
    """With the severity that the SLA gives to being at risk."""
    by = ", ".join(_KEYS)
    info = f"({sla.SLA_INFO} and on ({by}) {_AT_RISK_NOW})"
    severity = f'label_replace({info}, "severity", "$1", "at_risk_severity", "(.+)")'
    told = f"topk by ({by}) (1, max by ({by}, team, severity) ({severity}))"
    return Recording(
        record=AT_RISK,
        expr=f"{_AT_RISK_NOW} * on ({by}) group_left (team, severity) {told}\n"
        f"or on ({by})\n{labelled(_AT_RISK_NOW, team='default', severity='ticket')}",
    )


def _at_risk(settings: Settings) -> Alert:
    """No inhibition between it and the breach: one incident, which the breach goes on with."""
    times, name = settings.thresholds, "AirflowSlaAtRisk"
    left = duration(f"max({sla.SLA_DEADLINE}{{%s}}) - time() > 0", *_KEYS)
    return Alert(
        name=name,
        expr=frozen(
            AT_RISK, alert=name, labels=(*_KEYS, "team", "severity"), while_={NOTHING_RUNS: ("airflow",)}
        ),
        severities=(Severity.TICKET, Severity.PAGE, Severity.INFO),
        team=None,
        identity=_KEYS,
        keep=times.keep_firing,
        summary=f"AT RISK {DAG}: due {_due()}, {_cause()} {WHERE}",
        description="Probably late by "
        + duration(f"max({sla.SLA_PREDICTED}{{%s}}) - max({sla.SLA_DEADLINE}{{%s}}) > 0", *_KEYS)
        + ", in one of ten cases by "
        + duration(f"max({sla.SLA_PREDICTED_P90}{{%s}}) - max({sla.SLA_DEADLINE}{{%s}}) > 0", *_KEYS)
        + f". Left: {left}. Chance to miss it: "
        + ask(f"max({sla.SLA_MISS_PERCENT}{{%s}})", *_KEYS)
        + f" %.\nCause: {_cause()}. {_evidence()}\n"
        f"SLA {short('sla', 40)}, team {{{{ $labels.team }}}}. Met "
        + ask(f"max({sla.SLA_RECENT_MET}{{%s}})", *_KEYS)
        + " of the last "
        + ask(f"max({sla.SLA_RECENT}{{%s}})", *_KEYS)
        + ".",
        dashboard="windsock-dag",
        opens=("airflow", "dag_id"),
        extra={"run_url": f"/go/dags/{escaped('dag_id')}/running"},
        when=f"its prediction has lain past the deadline for {prometheus(times.at_risk)}: ticket, or what "
        "the SLA's `at_risk_severity` says; the breach joins the same incident",
    )


def _cause() -> str:
    return ask(
        f"topk(1, max by (cause) ({sla.SLA_CAUSE}{{%s}}) == 1)",
        *_KEYS,
        show='label "cause" | reReplaceAll "_" " "',
        missing="cause unknown",
    )


def _due() -> str:
    return ask(
        f"topk(1, max by (deadline_text) ({sla.SLA_INFO}{{%s}}))",
        *_KEYS,
        show=f'label "deadline_text" | {cut(24)}',
        missing="unknown",
    )


def _evidence() -> str:
    """What the cause is about: task, pool and queue, as far as they are known."""
    parts = "".join(
        f'{{{{ with label "{name}" . }}}} {name.removesuffix("_id")} {{{{ . | {cut(40)} }}}}{{{{ end }}}}'
        for name in ("task_id", "pool", "queue")
    )
    query = f"topk(1, max by (task_id, pool, queue) ({sla.SLA_EVIDENCE}{{%s}}))"
    return when(query, *_KEYS, yes=f"Where:{{{{ with . | first }}}}{parts}{{{{ end }}}}.", no="")


def _breached(settings: Settings) -> Alert:
    times, name = settings.thresholds, "AirflowSlaBreached"
    return Alert(
        name=name,
        expr=frozen(
            LATE, alert=name, labels=(*_KEYS, "team", "severity"), while_={NOTHING_RUNS: ("airflow",)}
        ),
        severities=(Severity.PAGE, Severity.TICKET, Severity.INFO),
        team=None,
        identity=_KEYS,
        keep=times.keep_firing,
        summary=f"LATE {DAG}: due {_due()}, {_cause()} {WHERE}",
        description="Late by " + duration(f"max({sla.SLA_LATE}{{%s}})", *_KEYS) + f", was due {_due()}.\n"
        f"Cause: {_cause()}.\n"
        f"SLA {short('sla', 40)}, team {{{{ $labels.team }}}}. Last success "
        + moment(
            f"max({dags.LAST_SUCCESS}{{%s}})",
            "airflow",
            "dag_id",
            missing="none known",
        )
        + ".",
        worst=worst(WORST, "airflow", "team", "sla"),
        dashboard="windsock-dag",
        opens=("airflow", "dag_id"),
        extra={"run_url": f"/go/dags/{escaped('dag_id')}/latest"},
        when=f"its deadline has passed by {prometheus(times.sla_breached)} without success; "
        "severity and team are the SLA's",
    )
