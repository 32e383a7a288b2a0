"""The rules of three peers, written anew from what is known of them, beside ours in one Prometheus.

Each keeps its condition and hold; names of series are those of our mapping. What a peer watches in Kubernetes
(containers, quotas) is not here, as there is none, nor is what it does not call critical.
"""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Any

import yaml

from windsock.artifact import to_yaml

_RUN_DELAY = "sum by (dag_id) (increase(airflow_dagrun_schedule_delay_seconds_{}[$m5]))".format
_FAILURES = "sum by (operator) (rate(airflow_operator_failures_total[$m60]))"
_SUCCESSES = "sum by (operator) (rate(airflow_operator_successes_total[$m60]))"

# peer -> alert, expression with $m5 for five minutes and $s60 for a minute as a number, hold in minutes
RULES: dict[str, tuple[tuple[str, str, float], ...]] = {
    "mixin": (
        ("StarvingPoolTasks", "airflow_pool_starving_tasks > 0", 5),
        ("DagScheduleDelayCritical", f"{_RUN_DELAY('sum')} / {_RUN_DELAY('count')} > $s60", 1),
        (
            "DagFailures",
            'sum by (dag_id) (increase(airflow_dagrun_duration_seconds_count{state="failed"}[$m5])) > 0',
            1,
        ),
    ),
    "astronomer": (
        ("SchedulerUnhealthy", 'rate(airflow_heartbeats_total{component="scheduler"}[$m1]) == 0', 6),
        ("TasksPendingIncreasing", "deriv(airflow_scheduler_tasks_pending[$m30]) > 0", 30),
        ("OperatorFailureRate", f"{_FAILURES} / ({_FAILURES} + {_SUCCESSES}) > 0.5", 120),
    ),
    "data-burst": (
        ("DagFailed", 'sum by (dag_id) (airflow_dagrun_duration_seconds_count{state="failed"}) > 0', 0),
        ("TaskFailure", "airflow_task_failure_count > 0", 0),
    ),
}


def add(config: Path, *, factor: float, pager: str) -> None:
    """Put the rules beside ours, and routes to a receiver for each peer before ours.

    Args:
        config: the folder with `prometheus.yml` and `alertmanager.yaml`.
        factor: divides every time.
        pager: `host:port` of the pager.
    """
    (config / "peers.rules.yaml").write_text(to_yaml(rules(factor)), encoding="utf-8")
    file = config / "alertmanager.yaml"
    routing = yaml.safe_load(file.read_text(encoding="utf-8"))
    for peer in reversed(RULES):
        routing["route"]["routes"].insert(
            0,
            {
                "matchers": [f'rules="{peer}"'],
                "receiver": peer,
                "group_by": ["alertname", "dag_id", "pool_name", "pool"],
                "group_wait": f"{round(30000 / factor)}ms",
                "group_interval": f"{round(300000 / factor)}ms",
            },
        )
        webhook = {"url": f"http://{pager}/{peer}", "send_resolved": True}
        routing["receivers"].append({"name": peer, "webhook_configs": [webhook]})
    file.write_text(to_yaml(routing), encoding="utf-8")


def rules(factor: float) -> dict[str, Any]:
    """All rules with every time divided by `factor`."""
    return {
        "groups": [
            {"name": peer, "rules": [_rule(peer, name, expr, hold, factor) for name, expr, hold in own]}
            for peer, own in RULES.items()
        ]
    }


def _rule(peer: str, name: str, expr: str, hold: float, factor: float) -> dict[str, Any]:
    times = {f"m{minutes}": f"{round(60000 * minutes / factor)}ms" for minutes in (1, 5, 30, 60)}
    times |= {f"s{seconds}": f"{seconds / factor:g}" for seconds in (60,)}
    return {
        "alert": name,
        "expr": Template(expr).substitute(times),
        "for": f"{round(60000 * hold / factor)}ms",
        "labels": {"rules": peer, "severity": "critical"},
        "annotations": {"summary": f"{peer}: {name} {{{{ $labels.dag_id }}}}"},
    }
