"""How one SLA of one DAG stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from windsock.sla.acknowledgement import Acknowledgement
from windsock.sla.causes import Cause
from windsock.sla.evidence import Evidence
from windsock.sla.prediction import Prediction
from windsock.sla.rules import Sla
from windsock.sla.tally import Tally


class Standing(str, Enum):
    """Whether the promise is kept."""

    OK = "ok"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    UNKNOWN = "unknown"


class Problem(str, Enum):
    """What is wrong with an SLA itself, as the label `reason`."""

    UNKNOWN_DAG = "unknown_dag"
    NO_MATCH = "no_match"
    PAUSED = "paused"
    CANNOT_BE_MET = "cannot_be_met"
    CANNOT_BE_JUDGED = "cannot_be_judged"
    OVERLAP = "overlap"
    TAG = "tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongTag:
    """A tag of a DAG that looks like an SLA and is none.

    Attributes:
        team: the DAG's.
        why: what is wrong with it.
    """

    dag_id: str
    team: str
    tag: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One SLA of one DAG at one moment.

    Attributes:
        sla: the entry's name, else its kind.
        dag_id: the DAG; for an entry that matches no DAG what it speaks of, as written.
        scope: what of the DAG it speaks of, `task load` or `asset s3://x`; empty for all of it.
        at_risk_severity: what it means that it will be missed.
        tier: how important it is; empty if nobody said.
        runbook: an address; empty if there is none.
        deadline_text: `06:30 Europe/Berlin` or `26h after last success`.
        deadline: the missed one while breached, else the next; None while none is in sight or it is unknown.
        late: seconds since the missed deadline; 0 unless breached.
        cause: why, only while at risk or breached.
        evidence: what the cause is about.
        since: when it began to stand as it does; None while that is unknown.
        acknowledged: who ended the breach that nothing has made up for; it is not breached while this lasts.
        timezone: in which a person reads its times.
        stale: nothing fresh is known of its DAG, so it stands as it was remembered.
        entry: what was promised, as it was declared.
        met: the deadline is met already.
        tally: how often the promise was kept; None while nothing was judged.
        prediction: when the run under way will be done; None where nothing can be said.
        missing: no such DAG is there.
        place: where it is declared, `file:line` or the tag.
        problem: what is wrong with the SLA itself.
        warning: the same for a person, in more words.
    """

    sla: str
    dag_id: str
    kind: str
    team: str
    severity: str
    deadline_text: str
    standing: Standing
    scope: str = ""
    at_risk_severity: str = "ticket"
    tier: str = ""
    runbook: str = ""
    deadline: datetime | None = None
    late: float = 0.0
    cause: Cause | None = None
    evidence: Evidence = field(default_factory=Evidence)
    since: datetime | None = None
    acknowledged: Acknowledgement | None = None
    timezone: str = "UTC"
    stale: bool = False
    entry: Sla | None = field(default=None, repr=False, compare=False)
    met: bool = False
    tally: Tally | None = None
    prediction: Prediction | None = None
    missing: bool = False
    place: str = ""
    problem: Problem | None = None
    warning: str | None = None
