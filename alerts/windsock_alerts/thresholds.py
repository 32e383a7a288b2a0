"""Every time and count that decides whether and when an alert fires, and where each of them may differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BeforeValidator, Field, create_model, model_validator

from windsock.yamlfile import Entry
from windsock_alerts.durations import Duration
from windsock_alerts.marks import EVERYWHERE, PER_DAG, DagCount, DagDuration, OneDuration
from windsock_alerts.optional_thresholds import NO_TIME, OptionalThresholds

# Airflow beats every 5 seconds, and collection and scrape may each be as old: below this, silence says
# nothing, however fast a demo runs.
HEARTBEAT_FLOOR = 20.0

# A component that died with its database needs so long until its first heartbeat, on a busy machine; no time
# factor makes it start sooner, and until then the grace after recovery must hold its silence back.
START_FLOOR = 45.0

# Alerts that a dead platform explains wait longer than it takes to notice that it is dead.
DAG_LEVEL = ("sla_breached", "failed_hold", "dag_overdue", "many_overdue", "queue_stuck", "canary_late")
_BEFORE = ("component_silent", "platform_silent")


class Thresholds(OptionalThresholds):
    """Every time and count that decides whether and when an alert fires.

    A time factor divides all durations except `memory`, which is how far back something counts as known.
    """

    component_silent: Duration = Field(
        45.0, description="Without a heartbeat for so long, alerts of DAGs are held back."
    )
    platform_silent: Duration = Field(
        45.0, description="Without an answer of exporter, database or API server for so long, the same."
    )
    component_crashed: Duration = Field(180.0, description="Without a heartbeat after a crash.")
    component_stopped: Duration = Field(600.0, description="Without a heartbeat after a stop in order.")
    recovery_grace: Duration = Field(
        240.0, description="How long after an outage alerts of DAGs are still held back, to catch up."
    )
    exporter_stale: Duration = Field(180.0, description="Age of the figures of `windsock serve`.")
    database_unreachable: Duration = Field(120.0, description="Without an answer of the database.")
    api_server_down: Duration = Field(180.0, description="Without an answer to the probe.")
    collector_failing: Duration = Field(600.0, description="How long a collector may fail.")
    queue_stuck: Duration = Field(600.0, description="Tasks queued on a queue and none started.")
    pool_exhausted: Duration = Field(900.0, description="All slots taken and more wanted.")
    dag_overdue: DagDuration = Field(900.0, description="How far past due a run may be missing.")
    many_overdue: Duration = Field(600.0, description="How far past due a DAG is that counts as one of many.")
    many_overdue_dags: int = Field(default=20, ge=1, description="More such DAGs are the platform's problem.")
    many_overdue_share: float = Field(
        default=0.05, gt=0, le=1, description="So is a larger share of the scheduled ones, 0.05 is 5%."
    )
    many_overdue_least: int = Field(default=5, ge=1, description="But not of fewer DAGs than this.")
    sla_breached: Duration = Field(100.0, description="How long past its deadline an SLA pages.")
    keep_firing: Duration = Field(
        600.0, description="How long alerts of DAGs go on after their end, so that they outlive an outage."
    )
    failed_hold: Duration = Field(100.0, description="How long a run must have failed.")
    failures_in_a_row: DagCount = Field(
        default=2, ge=1, description="Failed runs in a row that are worth a ticket."
    )
    import_error: Duration = Field(900.0, description="How long a DAG file may be broken.")
    canary_late: Duration = Field(900.0, description="Age of the canary's last success.")
    statsd_down: Duration = Field(300.0, description="Without statsd_exporter.")
    statsd_silent: Duration = Field(600.0, description="statsd_exporter without a line.")
    unknown_lines: Duration = Field(3600.0, description="How long a line that no mapping knows is told.")
    clock_skew: Duration = Field(15.0, description="How far clocks may differ.")
    clock_skew_lasting: Duration = Field(600.0, description="How long they may.")
    watching: OneDuration = Field(300.0, description="How long rules, or notifications, may fail.")
    bridge: Duration = Field(
        120.0, description="How long alerts of the platform go on after their end, against flapping."
    )
    memory: Duration = Field(604800.0, description="How long what was seen alive is expected.")
    sla_group_wait: OneDuration = Field(5.0, description="Alertmanager waits before a page for an SLA.")
    page_group_wait: OneDuration = Field(30.0, description="Alertmanager waits before other pages.")
    group_interval: OneDuration = Field(300.0, description="Between two messages about one incident.")
    page_repeat: OneDuration = Field(14400.0, description="A page that goes on is sent again.")
    ticket_group_wait: OneDuration = Field(60.0, description="Alertmanager waits before a ticket.")
    ticket_repeat: OneDuration = Field(86400.0, description="A ticket that goes on is sent again.")
    info_group_wait: OneDuration = Field(300.0, description="Alertmanager waits before a digest.")
    info_group_interval: OneDuration = Field(3600.0, description="Between two digests.")
    watchdog_repeat: OneDuration = Field(60.0, description="How often the watchdog is told.")

    @model_validator(mode="after")
    def _checked(self) -> Thresholds:
        if message := self.out_of_order():
            raise ValueError(message)
        return self

    def out_of_order(self) -> str | None:
        """Why these cannot stand together; None if they can."""
        for silent in _BEFORE:
            for hold in DAG_LEVEL:
                if getattr(self, hold) <= getattr(self, silent):
                    return f"{hold} must be above {silent}, or DAGs make noise before what holds them back"
        if self.recovery_grace + self.group_interval >= self.keep_firing:
            return (
                "keep_firing must be above recovery_grace and group_interval together, "
                "or an alert ends while it is held back and its incident stays open"
            )
        return None

    def divided(self, factor: float) -> Thresholds:
        """All durations divided, but none below what Airflow itself needs to beat and to start."""
        if factor == 1:
            return self
        scaled = {name: value / factor for name, value in self if is_duration(name) and name not in NO_TIME}
        scaled["component_silent"] = max(
            scaled["component_silent"], min(HEARTBEAT_FLOOR, self.component_silent)
        )
        scaled["recovery_grace"] = max(scaled["recovery_grace"], min(START_FLOOR, self.recovery_grace))
        # Whatever the factor, the order that `out_of_order` asks for stays.
        ended = scaled["recovery_grace"] + scaled["group_interval"]
        scaled["keep_firing"] = max(scaled["keep_firing"], ended + 1)
        # Whatever the factor, a silent component is known before a DAG-level alert fires.
        for hold in DAG_LEVEL:
            scaled[hold] = max(scaled[hold], scaled["component_silent"] + 1)
        return self.model_copy(update=scaled)

    def value(self, name: str) -> float:
        """One of them as a number: seconds, a count or a share."""
        return float(getattr(self, name))

    def differing(self, own: Entry) -> Thresholds:
        """These with what `own`, one of the models below, says besides; not checked."""
        return self.model_copy(update=given(own))


def is_duration(name: str) -> bool:
    """Whether a threshold is a time; the others are counts and shares."""
    return any(isinstance(each, BeforeValidator) for each in Thresholds.model_fields[name].metadata)


def given(own: Entry | None) -> dict[str, float]:
    """The thresholds that one of the models below gives, in the order of the documentation."""
    found = ((name, getattr(own, name, None)) for name in Thresholds.model_fields)
    return {name: value for name, value in found if value is not None}


def _marked(mark: str) -> tuple[str, ...]:
    return tuple(name for name, field in Thresholds.model_fields.items() if mark in field.metadata)


def _some(model: str, names: tuple[str, ...]) -> type[Entry]:
    """A model of these thresholds only; none of them has to be given."""
    fields: dict[str, Any] = {}
    for name in names:
        field = Thresholds.model_fields[name]
        kind: Any = field.rebuild_annotation()
        fields[name] = (kind | None, Field(None, description=field.description))
    return create_model(model, __base__=Entry, **fields)


OF_A_DAG = _marked(PER_DAG)
OF_ALL = _marked(EVERYWHERE)
if TYPE_CHECKING:

    class AirflowThresholds(Thresholds):
        """Those that one Airflow may have of its own."""

    class DagThresholds(Thresholds):
        """Those that a DAG may have of its own."""
else:
    AirflowThresholds = _some(
        "AirflowThresholds", tuple(name for name in Thresholds.model_fields if name not in OF_ALL)
    )
    DagThresholds = _some("DagThresholds", OF_A_DAG)
