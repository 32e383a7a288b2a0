"""An alert explained: what it means, its limits, and with Prometheus how it stands."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from windsock.remote import Alertmanager, Labels, Prometheus
from windsock_alerts import build, depends
from windsock_alerts.by_dag import Looks
from windsock_alerts.live.expression import holders, looked_at, names
from windsock_alerts.live.figures import Looked, look
from windsock_alerts.live.limits import File, Limit, limits
from windsock_alerts.live.standing import Standing, standings
from windsock_alerts.promql import quoted
from windsock_alerts.rule import Alert, Recording
from windsock_alerts.settings import Environment

_FIGURES = 5
_OF_ONE_DAG = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything that can be said.

    Attributes:
        alert: as it would be built.
        built: whether the settings build it.
        capped: whether nobody is paged, because this is staging.
        limits: its thresholds.
        held_by: alerts that hold it back.
        exported: what the exporter says of the DAG that was asked for, by threshold or `severity`.
        loaded: how many rules of this name Prometheus has; None without Prometheus.
        problems: what Prometheus says of the last evaluation.
        standings: instances whose condition holds, or that fire.
        looked: the figures that decide.
    """

    alert: Alert
    built: bool
    capped: bool
    limits: tuple[Limit, ...]
    held_by: tuple[str, ...]
    exported: dict[str, str] = field(default_factory=dict)
    loaded: int | None = None
    problems: tuple[str, ...] = ()
    standings: tuple[Standing, ...] = ()
    looked: tuple[Looked, ...] = ()


def explain(
    file: File,
    alert: Alert,
    *,
    built: bool,
    wanted: Labels,
    prometheus: Prometheus | None,
    alertmanager: Alertmanager | None,
    now: datetime,
) -> Explanation:
    """Explain one alert.

    Args:
        file: the alerts file.
        alert: one of `build.as_for`.
        built: whether the settings build it.
        wanted: labels that instances and figures must have: `airflow`, `dag_id`.
        prometheus: asked for the present; None for what the settings alone say.
        alertmanager: asked what became of what fires.
        now: the time.

    Raises:
        BadInput: one of them does not answer.
    """
    dag_id = wanted.get("dag_id")
    looks = _looks(prometheus, wanted) if prometheus and dag_id else Looks(dag_id) if dag_id else None
    used = depends.uses(build.every)[alert.name]
    static = Explanation(
        alert=alert,
        built=built,
        capped=file.settings.environment_of(wanted.get("airflow", "")) is Environment.STAGING,
        limits=tuple(limits(file, used, wanted.get("airflow"), looks)),
        held_by=tuple(name for each in holders(alert.expr, alert.name) for name in names(each)),
    )
    if prometheus is None:
        return static
    rules = prometheus.rules(alert.name)
    expr = "\n".join(rule["query"] for rule in rules) or alert.expr
    selectors = looked_at(expr, _recordings(file))
    most = _OF_ONE_DAG if dag_id else _FIGURES
    return replace(
        static,
        exported=_exported(prometheus, alert, wanted, used) if dag_id else {},
        loaded=len(rules),
        problems=tuple(rule["lastError"] for rule in rules if rule.get("lastError")),
        standings=tuple(standings(alert, prometheus, alertmanager, wanted, now)),
        looked=tuple(look(each, prometheus, wanted, most, now) for each in selectors),
    )


def _recordings(file: File) -> dict[str, str]:
    groups = build.groups(file.settings, "platform")
    return {rule.record: rule.expr for each in groups for rule in each.rules if isinstance(rule, Recording)}


def _looks(prometheus: Prometheus, wanted: Labels) -> Looks:
    """What Prometheus knows of a DAG; its tags only with --dag-tags."""
    where = ", ".join(f"{name}={quoted(value)}" for name, value in wanted.items())
    info = [labels for labels, _ in prometheus.query(f"airflow_dag_info{{{where}}}")]
    tiers = {labels.get("tier", "") for labels, _ in prometheus.query(f"airflow_sla_info{{{where}}}")}
    tags = tuple(tag for labels in info for tag in labels.get("tags", "").split(",") if tag)
    team = next((labels["team"] for labels in info if labels.get("team")), "default")
    return Looks(wanted["dag_id"], tags, team, frozenset(tiers - {""}))


def _exported(prometheus: Prometheus, alert: Alert, wanted: Labels, used: tuple[str, ...]) -> dict[str, str]:
    where = ", ".join(f"{name}={quoted(value)}" for name, value in wanted.items())
    rows = prometheus.query(f'{{__name__=~"airflow_alert_threshold(_seconds)?", {where}}}')
    found = {labels["threshold"]: f"{value:g}" for labels, value in rows if labels["threshold"] in used}
    for labels, _ in prometheus.query(f'airflow_alert_severity_info{{{where}, alert="{alert.name}"}}'):
        found["severity"] = labels["severity"]
    return found
