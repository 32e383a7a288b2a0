"""What would have happened: a promise at risk, broken, kept again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from windsock.sla.causes import Cause
from windsock.sla.status import Standing, Status

# Defaults of the alert on breaches: what is late for less says nothing, and what breaks again so soon after
# it ended is the same incident.
HOLD = timedelta(seconds=100)
KEEP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One SLA of one DAG from the moment it looked bad until it stood well again.

    Attributes:
        severity: of the breach.
        deadline: the one that was, or would be, missed.
        announced: since when it was at risk before that; None if nobody could know.
        broken: when it was breached; None if it turned out well.
        cause: at the breach, else at the announcement.
        ended: when it stood well again; None if it does not until now.
        notified: when the alert left; None for what was over before that, or belongs to the incident before.
        doubtful: it speaks of a run that was cleared later, which may have been done in time at first.
        from_before: it was broken already at the first moment that is replayed.
    """

    sla: str
    dag_id: str
    kind: str
    team: str
    severity: str
    at_risk_severity: str
    tier: str
    deadline_text: str
    place: str
    deadline: datetime | None
    announced: datetime | None = None
    broken: datetime | None = None
    cause: Cause | None = None
    ended: datetime | None = None
    notified: datetime | None = None
    doubtful: bool = False
    from_before: bool = False

    @property
    def ahead(self) -> timedelta | None:
        """How long before the deadline a miss was announced."""
        if self.announced is None or self.broken is None or self.deadline is None:
            return None
        return self.deadline - self.announced

    @property
    def false_alarm(self) -> bool:
        """Announced, and yet kept."""
        return self.announced is not None and self.broken is None and self.ended is not None


class Log:
    """Makes incidents of one status after the other of one SLA of one DAG."""

    def __init__(self) -> None:
        self.incidents: list[Incident] = []
        self._open: Incident | None = None

    @property
    def restless(self) -> bool:
        """Whether an incident goes on."""
        return self._open is not None

    def see(self, status: Status, now: datetime, *, first: bool, doubtful: bool) -> None:
        """Take the next status; `first` at the first moment, `doubtful` if a cleared run was open then."""
        current = self._open
        if current is not None and _over(current, status):
            self._close(current, now)
            current = None
        if status.standing is Standing.AT_RISK and current is None:
            current = replace(_of(status), announced=now, cause=status.cause, doubtful=doubtful)
        elif status.standing is Standing.BREACHED and (current is None or current.broken is None):
            current = replace(
                current or _of(status),
                deadline=status.deadline,
                broken=now,
                cause=status.cause,
                doubtful=doubtful,
                from_before=first,
            )
        self._open = current

    def finish(self) -> tuple[Incident, ...]:
        """All of them, what goes on still too, and when each was notified."""
        if self._open is not None:
            self.incidents.append(self._open)
            self._open = None
        return tuple(_notified(self.incidents))

    def _close(self, incident: Incident, now: datetime) -> None:
        self.incidents.append(replace(incident, ended=now))
        self._open = None


def _over(incident: Incident, status: Status) -> bool:
    if status.standing is Standing.BREACHED:
        # A new breach before the old one was seen to end, or the end of what was only feared.
        return incident.broken is not None and incident.deadline != status.deadline
    if status.standing is Standing.AT_RISK:
        return incident.broken is not None
    return True


def _of(status: Status) -> Incident:
    return Incident(
        sla=status.sla,
        dag_id=status.dag_id,
        kind=status.kind,
        team=status.team,
        severity=status.severity,
        at_risk_severity=status.at_risk_severity,
        tier=status.tier,
        deadline_text=status.deadline_text,
        place=status.place,
        deadline=status.deadline,
    )


def _notified(incidents: Iterable[Incident]) -> Iterator[Incident]:
    """As the alert does it: after a while, and once for what comes again at once."""
    firing_until: datetime | None = None
    for incident in incidents:
        if incident.broken is None or incident.deadline is None:
            yield incident
            continue
        at = max(incident.broken, incident.deadline + HOLD)
        if incident.ended is not None and incident.ended <= at:
            yield incident
            continue
        again = firing_until is not None and at <= firing_until
        firing_until = None if incident.ended is None else incident.ended + KEEP
        yield incident if again or incident.from_before else replace(incident, notified=at)
