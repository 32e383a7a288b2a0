"""Defects of mappings in use, each as the smallest mapping that has it, and what statsd_exporter does then.

The tests run each through the real program; the page in docs/ shows both side by side.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One defect.

    Attributes:
        title: what is wrong, in words.
        mapping: the file.
        code: what the linter finds.
        lines: what is sent.
        status: what /metrics answers then; -1 if the process ended, -2 if the answer never came, 0 for a
            mapping that is not loaded.
        shows: a line of /metrics that tells; empty where the status does.
    """

    title: str
    mapping: str
    code: str
    lines: tuple[str, ...] = ()
    status: int = 200
    shows: str = ""


def _rules(*rules: str) -> str:
    return "mappings:\n" + "".join(f"- {rule}\n" for rule in rules)


DEFECTS = (
    Defect(
        title="two ids expected where Airflow sends one",
        mapping=_rules(
            "{match: airflow.dagrun.dependency-check.*.*, name: dependency_check, labels: {dag_id: $1}}"
        ),
        code="WS701",
        lines=("airflow.dagrun.dependency-check.etl:5|ms",),
        shows="airflow_dagrun_dependency_check_etl_count 1",
    ),
    Defect(
        title="the same rule meets an id with a dot, and keeps half of it",
        mapping=_rules(
            "{match: airflow.dagrun.dependency-check.*.*, name: dependency_check, labels: {dag_id: $1}}"
        ),
        code="WS701",
        lines=("airflow.dagrun.dependency-check.team.etl:5|ms",),
        shows='dependency_check_count{dag_id="team"} 1',
    ),
    Defect(
        title="a name that Airflow no longer sends",
        mapping=_rules("{match: airflow.smart_sensor_operator.poked_tasks, name: poked_tasks}"),
        code="WS701",
        lines=("airflow.ti_failures:1|c",),
        shows="airflow_ti_failures 1",
    ),
    Defect(
        title="tasks in task groups fall out of a glob",
        mapping=_rules(
            "{match: airflow.dag.*.*.duration, name: task_duration, labels: {dag_id: $1, task_id: $2}}"
        ),
        code="WS705",
        lines=("airflow.dag.etl.load.copy.duration:5|ms",),
        shows="airflow_dag_etl_load_copy_duration_count 1",
    ),
    Defect(
        title="an expression without anchors and with loose dots",
        mapping=_rules("{match: airflow.scheduler_heartbeat, match_type: regex, name: heartbeat}"),
        code="WS207",
        lines=("myairflow-scheduler_heartbeats:1|c",),
        shows="heartbeat 1",
    ),
    Defect(
        title="a family that an unmapped line joins with other labels",
        mapping=_rules(
            "{match: airflow.executor.open_slots.*, name: airflow_executor_open_slots,"
            " match_metric_type: gauge, labels: {executor: $1}}"
        ),
        code="WS709",
        lines=("airflow.executor.open_slots.LocalExecutor:4|g", "airflow.executor.open_slots:4|g"),
        shows="airflow_executor_open_slots 4",
    ),
    Defect(
        title="the same with a help",
        mapping=_rules(
            "{match: airflow.executor.open_slots.*, name: airflow_executor_open_slots,"
            " match_metric_type: gauge, labels: {executor: $1}, help: Open slots.}"
        ),
        code="WS709",
        lines=("airflow.executor.open_slots.LocalExecutor:4|g", "airflow.executor.open_slots:4|g"),
        status=500,
    ),
    Defect(
        title="an expression for job ends that comes before operators",
        mapping=_rules(
            "{match: '^airflow\\.([^.]+)_end$', match_type: regex, name: job_end, labels: {job_name: $1}}",
            "{match: '^airflow\\.operator_successes_(.+)$', match_type: regex, name: good,"
            " labels: {operator: $1}}",
        ),
        code="WS711",
        lines=("airflow.operator_successes_my_end:1|c",),
        shows='job_end{job_name="operator_successes_my"} 1',
    ),
    Defect(
        title="buckets made for milliseconds",
        mapping=_rules(
            "{match: airflow.scheduler.scheduler_loop_duration, name: loop_milliseconds,"
            " match_metric_type: observer, observer_type: histogram,"
            " histogram_options: {buckets: [100, 60000]}}"
        ),
        code="WS509",
        lines=("airflow.scheduler.scheduler_loop_duration:90000|ms",),
        shows='loop_milliseconds_bucket{le="100"} 1',
    ),
    Defect(
        title="keys of old releases",
        mapping=_rules(
            "{match: airflow.ti_failures, name: failures, timer_type: histogram, buckets: [1, 5]}"
        ),
        code="WS103",
        status=0,
    ),
    Defect(
        title="the type timer",
        mapping=_rules("{match: airflow.dag.*.*.duration, name: duration, match_metric_type: timer}"),
        code="WS103",
        status=0,
    ),
    Defect(
        title="a counter mapped as gauge",
        mapping=_rules(
            "{match: airflow.dag_processing.processor_timeouts, name: timeouts, match_metric_type: gauge}"
        ),
        code="WS702",
        lines=("airflow.dag_processing.processor_timeouts:1|c",),
        shows="airflow_dag_processing_processor_timeouts 1",
    ),
    Defect(
        title="a name copied from another rule",
        mapping=_rules(
            "{match: airflow.dagrun.dependency-check.*, name: last_runtime, match_metric_type: observer}",
            "{match: airflow.dag_processing.last_run.seconds_ago.*, name: last_runtime,"
            " match_metric_type: gauge}",
        ),
        code="WS603",
        lines=(
            "airflow.dagrun.dependency-check.etl:5|ms",
            "airflow.dag_processing.last_run.seconds_ago.etl:5|g",
        ),
        shows='statsd_exporter_events_conflict_total{metric_name="last_runtime",type="gauge"} 1',
    ),
    Defect(
        title="both names of one event in one family",
        mapping=_rules(
            "{match: airflow.ti.start, name: starts, match_metric_type: counter}",
            "{match: airflow.ti.start.*.*, name: starts, match_metric_type: counter}",
        ),
        code="WS706",
        lines=("airflow.ti.start:1|c", "airflow.ti.start.etl.load:1|c"),
        shows="starts 2",
    ),
    Defect(
        title="everything unknown dropped",
        mapping=_rules(
            "{match: airflow.dagbag_size, name: dags}", "{match: ., match_type: regex, name: x, action: drop}"
        ),
        code="WS707",
        lines=("airflow.ti_failures:1|c",),
        shows='statsd_exporter_events_actions_total{action="drop"} 1',
    ),
    Defect(
        title="a longer glob before a shorter one",
        mapping=_rules(
            "{match: airflow.pool.open_slots.*, name: slots}",
            "{match: airflow.pool.open_slots, name: all_slots}",
        ),
        code="WS201",
        lines=("airflow.pool.open_slots:4|g",),
        shows="airflow_pool_open_slots 4",
    ),
    Defect(
        title="a counter that Airflow counts down",
        mapping=_rules(
            "{match: airflow.dag_processing.processes, name: processes, match_metric_type: counter}"
        ),
        code="WS708",
        lines=("airflow.dag_processing.processes:1|c", "airflow.dag_processing.processes:-1|c"),
        shows='statsd_exporter_events_error_total{reason="illegal_negative_counter"} 1',
    ),
    Defect(
        title="nothing for a line without a name",
        mapping=_rules("{match: airflow.dagbag_size, name: dags}"),
        code="WS508",
        lines=("#a=b:1|c",),
        status=500,
    ),
    Defect(
        title="buckets out of order",
        mapping=_rules(
            "{match: a, name: one, observer_type: histogram, histogram_options: {buckets: [5, 1]}}"
        ),
        code="WS504",
        lines=("a:1|ms",),
        status=-1,
    ),
    Defect(
        title="99 instead of 0.99",
        mapping=_rules(
            "{match: a, name: one, observer_type: summary,"
            " summary_options: {quantiles: [{quantile: 99, error: 1}]}}"
        ),
        code="WS505",
        lines=("a:1|ms",),
        status=-2,
    ),
)
