"""What the record holds: how an SLA stood from when on, how deadlines ended, what the platform was like."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from windsock.sla.acknowledgement import Acknowledgement
from windsock.sla.causes import Cause
from windsock.sla.decided import Outcome
from windsock.sla.evidence import Evidence
from windsock.sla.prediction import Prediction
from windsock.sla.status import Standing, Status

__all__ = ["Conditions", "Entry", "Outcome"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How one SLA of one DAG stood from `at` on, as it was seen then.

    Attributes:
        sla, dag_id, kind, team, severity, deadline_text: as in `Status`.
        timezone: in which a person reads its times.
        at: when this began, by the database's clock, whole seconds.
        standing: None once the SLA was removed.
        since: when it began to stand so; before `at` where only the cause or the evidence is new.
        cause: why, while at risk or breached.
        evidence: what the cause was about; of a breach that ended, the run that ended it.
        deadline: the missed one while breached, else the next one then; None where none was in sight.
        prediction: as it was then, of an SLA at risk and of a breach that was predicted.
        acknowledged: who ended the breach, where it was acknowledged.
        until: when the next entry of the SLA came; None for the last one.
    """

    sla: str
    dag_id: str
    at: datetime
    standing: Standing | None
    since: datetime
    kind: str = ""
    team: str = "default"
    severity: str = "page"
    deadline_text: str = ""
    timezone: str = "UTC"
    cause: Cause | None = None
    evidence: Evidence = field(default_factory=Evidence)
    deadline: datetime | None = None
    prediction: Prediction | None = None
    acknowledged: Acknowledgement | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, status: Status, at: datetime) -> Entry:
        """A status as an entry."""
        return cls(
            sla=status.sla,
            dag_id=status.dag_id,
            at=at,
            standing=status.standing,
            since=status.since or at,
            kind=status.kind,
            team=status.team,
            severity=status.severity,
            deadline_text=status.deadline_text,
            timezone=status.timezone,
            cause=status.cause,
            evidence=status.evidence,
            deadline=status.deadline,
            prediction=status.prediction,
            acknowledged=status.acknowledged,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the platform was like from `at` on, as far as it explains SLAs.

    Attributes:
        at: when this began.
        running: whether Windsock ran at all; if not, the rest says nothing.
        database: whether the metadata database answered.
        facts: whether SLAs could be judged; if not, those that were not breached were unknown.
        silent: Airflow's own components without a heartbeat, by job type.
        full_pools: without a free slot.
        broken_files: that Airflow could not import, the first twenty.
        broken: how many of these there were in all.
    """

    at: datetime
    running: bool = True
    database: bool = True
    facts: bool = True
    silent: tuple[str, ...] = ()
    full_pools: tuple[str, ...] = ()
    broken_files: tuple[str, ...] = ()
    broken: int = 0
