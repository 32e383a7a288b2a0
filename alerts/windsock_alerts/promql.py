"""The few PromQL shapes that every rule is made of; each ignores `instance`, so replicas do not matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from windsock.catalog import dags
from windsock.metric import Metric


def newest(metric: Metric, *labels: str, where: str = "") -> str:
    """The largest value among the replicas of the exporter, per Airflow and `labels`."""
    by = ", ".join(("airflow", *labels))
    return f"max by ({by}) ({metric}{{{where}}})" if where else f"max by ({by}) ({metric})"


def present(series: str, *, over: str) -> str:
    """One per Airflow whose series was there within `over`, with the last value."""
    return f"max by (airflow) (last_over_time({series}[{over}]))"


def pattern(values: Iterable[str]) -> str:
    """A regular expression for a matcher that fits exactly these values."""
    return "|".join(re.escape(value).replace("\\", "\\\\").replace('"', '\\"') for value in values)


def quoted(value: str) -> str:
    """A label value as PromQL text."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def labelled(expr: str, **labels: str) -> str:
    """The expression with fixed labels added."""
    for name, value in labels.items():
        expr = f'label_replace({expr}, "{name}", "{value}", "", "")'
    return expr


def firing(alert: str, *labels: str) -> str:
    """Which instances of an alert fire, as of the evaluation before, with just these labels."""
    by = ", ".join(labels)
    return f'max by ({by}) (ALERTS{{alertname="{alert}", alertstate="firing"}})'


def any_firing(alerts: Iterable[str], where: str = "") -> str:
    """Series of `ALERTS` for those of these alerts that fire."""
    names = list(alerts)
    name = f'alertname="{names[0]}"' if len(names) == 1 else f'alertname=~"{"|".join(names)}"'
    return f'ALERTS{{{name}, alertstate="firing"{", " + where if where else ""}}}'


def with_team(expr: str, *, few: str) -> str:
    """The expression (per `airflow` and `dag_id`) with the DAG's team, or `default` without DAG info.

    Replicas that disagree for a moment give one team, not an evaluation error.

    Args:
        expr: cheap, for it stands there twice.
        few: a recorded series of the same DAGs; only their info is sorted, not that of ten thousand.
    """
    info = f"({dags.DAG_INFO} and on (airflow, dag_id) {few})"
    team = f"topk by (airflow, dag_id) (1, max by (airflow, dag_id, team) {info})"
    return (
        f"({expr}) * on (airflow, dag_id) group_left (team) {team}\n"
        f"or on (airflow, dag_id)\n{labelled(f'({expr})', team='default')}"
    )


def frozen(expr: str, *, alert: str, labels: tuple[str, ...], while_: Mapping[str, tuple[str, ...]]) -> str:
    """`expr`, but nothing begins and nothing ends while a problem below it lasts.

    Begins: an alert that never fired needs no "resolved", so a DAG that heals in the grace after an outage
    pages nobody. Ends: Alertmanager never sends "resolved" for an alert that ends while it is inhibited.

    Args:
        expr: what decides in ordinary times.
        alert: the alert's own name, read back from `ALERTS`.
        labels: every label of `expr`.
        while_: series of `ALERTS` to the labels that they share with the alert.
    """
    begins = f"({expr})"
    goes_on = []
    for problem, on in while_.items():
        matching = f"on ({', '.join(on)}) {problem}"
        begins += f"\nunless {matching}"
        goes_on.append(f"({firing(alert, *labels)} and {matching})")
    return "\nor ".join([f"({begins})", *goes_on])
