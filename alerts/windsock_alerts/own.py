"""Limits and severities that a DAG has of its own: series of `windsock serve`, joined in the rules.

A join never loses an alert: a DAG without such a series is held to the general value. Replicas of the
exporter that have read another file for a moment give one answer, the stricter one.
"""

from __future__ import annotations

from windsock.catalog import alerting
from windsock.metric import Metric
from windsock_alerts.durations import number
from windsock_alerts.promql import labelled
from windsock_alerts.settings import Settings
from windsock_alerts.thresholds import is_duration

_ON = "on (airflow, dag_id)"
_BY = "by (airflow, dag_id)"


def metric_of(threshold: str) -> Metric:
    """The family that holds a threshold of single DAGs."""
    return alerting.LIMIT_SECONDS if is_duration(threshold) else alerting.LIMIT


def limited(settings: Settings, expr: str, comparison: str, threshold: str, *, few: str | None = None) -> str:
    """`expr` where it compares so to the DAG's own threshold, and to the general one where it has none.

    Args:
        settings: whose thresholds are the general ones.
        expr: PromQL with at least the labels `airflow` and `dag_id`; its value and labels stay.
        comparison: `>`, `>=`, `<` or `<=`.
        threshold: one that DAGs may have of their own.
        few: a recorded series of the DAGs in question, if `expr` is about few: only their limits are sorted.
    """
    general = number(getattr(settings.thresholds, threshold))
    series = f'{metric_of(threshold)}{{threshold="{threshold}"}}'
    own = f"min {_BY} ({f'{series} and {_ON} {few}' if few else series})"
    if is_duration(threshold) and settings.factor != 1:
        own = f"{own} / {number(settings.factor)}"
    return (
        f"(({expr}) {comparison} {_ON} group_left () ({own}))\n"
        f"or ((({expr}) {comparison} {general}) unless {_ON} {series})"
    )


def severed(settings: Settings, expr: str, *, alert: str, general: str | None = None) -> str:
    """`expr` with the label `severity`: the DAG's own, else the general one; without DAGs that are off.

    Args:
        settings: its `alerts` may say another general severity.
        expr: PromQL with at least the labels `airflow` and `dag_id`; cheap, for it stands there three times.
        alert: the alert's name.
        general: the severity of DAGs without their own; None where `expr` sets the label.
    """
    every = f'{alerting.SEVERITY}{{alert="{alert}"}}'
    wanted = f'{alerting.SEVERITY}{{alert="{alert}", severity!="{alerting.OFF}"}}'
    # Of the DAGs in question only: with ten thousand it takes long to pick one severity of each.
    own = f"topk {_BY} (1, max by (airflow, dag_id, severity) ({wanted} and {_ON} ({expr})))"
    rest = f"(({expr}) unless {_ON} {every})"
    if chosen := settings.severity_of(alert) or general:
        rest = labelled(rest, severity=chosen)
    return f"(({expr}) * {_ON} group_left (severity) {own})\nor {_ON} {rest}"
