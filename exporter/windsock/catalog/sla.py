"""SLAs from `slas.yaml` and DAG tags: deadline, lateness, breach and its cause."""

from __future__ import annotations

from windsock.metric import Kind, Metric, Process, Unit

SUBJECT = "SLAs"

_ENGINE = Process(origin="slas.yaml and the metadata database (dag, dag_run, task_instance)")
_FILE = Process(origin="slas.yaml")

SLA_INFO = Metric(
    name="airflow_sla_info",
    kind=Kind.GAUGE,
    unit=Unit.INFO,
    labels=(
        *("sla", "dag_id", "kind", "team", "severity", "at_risk_severity"),
        *("tier", "runbook", "deadline_text"),
    ),
    help="One series per SLA and DAG: kind, team, severities, tier, runbook, deadline in the reader's words.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_DEADLINE = Metric(
    name="airflow_sla_deadline_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("sla", "dag_id"),
    help="The missed deadline while breached, else the next; absent while none is in sight.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_LATE = Metric(
    name="airflow_sla_late_seconds",
    kind=Kind.GAUGE,
    unit=Unit.SECONDS,
    labels=("sla", "dag_id"),
    help="Seconds since the missed deadline while breached, else 0.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_BREACHED = Metric(
    name="airflow_sla_breached",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    labels=("sla", "dag_id"),
    help="1 while the SLA is breached, 0 while it is kept, absent while that is unknown.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_AT_RISK = Metric(
    name="airflow_sla_at_risk",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    labels=("sla", "dag_id"),
    help="1 while the SLA will be missed as things stand, 0 else, absent while that is unknown.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_PREDICTED = Metric(
    name="airflow_sla_predicted_finish_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("sla", "dag_id"),
    help="By when the run under way will be done in half of the cases; absent while none is.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_PREDICTED_P90 = Metric(
    name="airflow_sla_predicted_finish_p90_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    labels=("sla", "dag_id"),
    help="By when the run under way will be done in nine of ten cases.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_MISS_PERCENT = Metric(
    name="airflow_sla_miss_percent",
    kind=Kind.GAUGE,
    unit=Unit.PERCENT,
    labels=("sla", "dag_id"),
    help="How likely it is that the run under way misses the deadline.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_CAUSE = Metric(
    name="airflow_sla_cause",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    labels=("sla", "dag_id", "cause"),
    help="1 for the one cause of an SLA that is breached or at risk; absent while it is kept.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_DAG_MISSING = Metric(
    name="airflow_sla_dag_missing",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    labels=("sla", "dag_id"),
    help="1 for an entry of slas.yaml whose DAG id or pattern matches no DAG.",
    subject=SUBJECT,
    source=_ENGINE,
)

SLA_STATE = Metric(
    name="airflow_sla_state",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    labels=("sla", "dag_id", "state"),
    help="1 for the state that the SLA is in: ok, at_risk, breached or unknown; the others are absent.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_EVIDENCE = Metric(
    name="airflow_sla_evidence_info",
    kind=Kind.GAUGE,
    unit=Unit.INFO,
    labels=("sla", "dag_id", "cause", "run_id", "task_id", "pool", "queue"),
    help="What the cause of an SLA that is at risk or breached is about; at most 200, the most urgent ones.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_MET = Metric(
    name="airflow_sla_met_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("sla", "dag_id"),
    help="Deadlines that were kept since the SLA was first seen, each counted once.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_MISSED = Metric(
    name="airflow_sla_missed_total",
    kind=Kind.COUNTER,
    unit=Unit.COUNT,
    labels=("sla", "dag_id"),
    help="Deadlines that were missed since the SLA was first seen, each counted once.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_RECENT = Metric(
    name="airflow_sla_recent_deadlines",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("sla", "dag_id"),
    help="How many of the last deadlines the objective looks at; of a success ratio, runs.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_RECENT_MET = Metric(
    name="airflow_sla_recent_deadlines_met",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("sla", "dag_id"),
    help="How many of these were met.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_BUDGET = Metric(
    name="airflow_sla_error_budget_percent",
    kind=Kind.GAUGE,
    unit=Unit.PERCENT,
    labels=("sla", "dag_id"),
    help="How much of the misses that the objective allows is left; below 0 it is overdrawn.",
    subject=SUBJECT,
    source=_ENGINE,
)
SLA_DUE_SOON = Metric(
    name="airflow_sla_due_soon",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("team",),
    help="SLAs of a team whose deadline lies within three hours and is not met yet.",
    subject=SUBJECT,
    source=_ENGINE,
)

SLA_PROBLEMS = Metric(
    name="airflow_sla_problems",
    kind=Kind.GAUGE,
    unit=Unit.COUNT,
    labels=("team", "reason"),
    help="SLAs that need a look, by reason, and DAG tags that look like an SLA and are none.",
    subject=SUBJECT,
    source=_ENGINE,
)

SLA_FILE_GOOD = Metric(
    name="windsock_sla_file_last_reload_successful",
    kind=Kind.GAUGE,
    unit=Unit.BOOLEAN,
    help="1 if slas.yaml as it is now counts, 0 if it is wrong and the last good one counts.",
    subject=SUBJECT,
    source=_FILE,
)
SLA_FILE_LOADED = Metric(
    name="windsock_sla_file_last_reload_success_timestamp_seconds",
    kind=Kind.GAUGE,
    unit=Unit.TIMESTAMP,
    help="When the slas.yaml that counts was read.",
    subject=SUBJECT,
    source=_FILE,
)

METRICS = (
    *(SLA_INFO, SLA_DEADLINE, SLA_LATE, SLA_BREACHED, SLA_CAUSE, SLA_DAG_MISSING, SLA_PROBLEMS),
    *(SLA_STATE, SLA_EVIDENCE, SLA_MET, SLA_MISSED, SLA_RECENT, SLA_RECENT_MET, SLA_BUDGET, SLA_DUE_SOON),
    *(SLA_AT_RISK, SLA_PREDICTED, SLA_PREDICTED_P90, SLA_MISS_PERCENT),
    *(SLA_FILE_GOOD, SLA_FILE_LOADED),
)
