"""Which queries may be silent on our newest Airflow, who answers them, and what counts as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import promql_parser as promql

from tests.support import fed
from tests.support.dashboard_reading import family, selectors


@dataclass(frozen=True, slots=True)
class Excuse:
    """Why a metric has no data there.

    Attributes:
        airflow: the Airflow of `fed` that has it: a recording in `tests/data/statsd`, or an exporter.
        why: the executor, version or setting that produces it.
    """

    airflow: str
    why: str


_2_11 = "airflow-2.11.2-tags"
_FULL = Excuse(fed.FULL, "--cardinality full")
_KUBERNETES = Excuse(fed.SOURCES, "KubernetesExecutor")
_CELERY = Excuse(fed.SOURCES, "CeleryExecutor")
EXCUSES: dict[str, Excuse] = {
    "airflow_celery_execute_command_failures_total": Excuse(fed.SOURCES_2, "CeleryExecutor of Airflow 2"),
    "airflow_celery_task_timeout_errors_total": _CELERY,
    "airflow_collect_db_dags_seconds": Excuse(_2_11, "Airflow 2"),
    "airflow_dag_expected_run_seconds": _FULL,
    "airflow_dag_file_refresh_errors_total": Excuse(fed.SOURCES_2, "an error in Airflow 2 itself"),
    "airflow_dag_processing_last_db_queries": Excuse(_2_11, "Airflow 2.10 and 2.11"),
    "airflow_dag_parsed_timestamp_seconds": _FULL,
    "airflow_dag_runs_oldest_age_seconds": _FULL,
    "airflow_edge_worker_heartbeats_total": Excuse(fed.SOURCES, "EdgeExecutor"),
    "airflow_executor_adopt_tasks_seconds": _KUBERNETES,
    "airflow_kubernetes_clear_not_launched_tasks_seconds": Excuse(
        fed.SOURCES_2, "KubernetesExecutor of Airflow 2"
    ),
    "airflow_kubernetes_pod_creation_batch_seconds": _KUBERNETES,
    "airflow_kubernetes_pod_creation_seconds": _KUBERNETES,
    "airflow_kubernetes_pod_creations_total": _KUBERNETES,
    "airflow_kubernetes_pod_deletions_total": _KUBERNETES,
    "airflow_metadb_replication_lag_seconds": Excuse(fed.FULL, "--replica-url"),
    "airflow_scheduler_critical_section_busy_total": Excuse(_2_11, "two schedulers that wait for each other"),
    "airflow_sla_misses_recorded_total": Excuse(fed.AIRFLOW_2, "Airflow 2"),
    "airflow_task_cpu_usage_percent": Excuse(_2_11, "Airflow 2.10 and 2.11"),
    "airflow_task_memory_usage_percent": Excuse(_2_11, "Airflow 2.10 and 2.11"),
    "airflow_task_sla_missed_total": Excuse(_2_11, "Airflow 2"),
    "windsock_series_dropped": Excuse(fed.AIRFLOW_2, "--max-series"),
}
RECORDINGS = sorted({excuse.airflow for excuse in EXCUSES.values() if excuse.airflow.startswith("airflow-")})


def excused(expr: str) -> list[Excuse]:
    """Excuses of the metrics that an expression reads."""
    names = {family(str(selector.name)) for selector in selectors(expr)}
    return [EXCUSES[name] for name in sorted(names) if name in EXCUSES]


def unpadded(expr: str) -> str:
    """The expression without what stands in for missing data: `or 0 * x`, `or vector(0)`.

    And without what leaves out values that nobody need look at, such as `> 0`: then no data is an answer.

    Raises:
        ValueError: it holds `absent()`, which turns no data into data.
    """

    def bare(node: Any) -> Any:
        if _keeps_some(node):
            return node.lhs
        if isinstance(node, promql.BinaryExpr) and str(node.op) == "or" and _padding(node.rhs):
            return node.lhs
        if isinstance(node, promql.Call) and node.func.name in {"absent", "absent_over_time"}:
            message = f"{node.func.name}() has data where there is none: {expr}"
            raise ValueError(message)
        return None

    made = promql.transform(promql.parse(expr), post_visit=bare)
    return str(made.prettify())


def _keeps_some(node: Any) -> bool:
    """Whether it only keeps values that are, say, above 0: to have none of these is an answer."""
    return (
        isinstance(node, promql.BinaryExpr)
        and str(node.op) in {"==", "!=", ">", "<", ">=", "<="}
        and isinstance(node.rhs, promql.NumberLiteral)
        and not (node.modifier is not None and node.modifier.return_bool)
    )


def _padding(node: Any) -> bool:
    if isinstance(node, promql.ParenExpr):
        return _padding(node.expr)
    if isinstance(node, promql.Call):
        return bool(node.func.name == "vector") or any(_padding(each) for each in node.args)
    if isinstance(node, promql.AggregateExpr):
        return _padding(node.expr)
    if isinstance(node, promql.BinaryExpr) and str(node.op) == "*":
        return any(isinstance(each, promql.NumberLiteral) and each.val == 0 for each in (node.lhs, node.rhs))
    return False
