"""Incidents as a paging service counts them: one per receiver and group, from first firing to resolved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from demo.pager import Page


@dataclass(slots=True, kw_only=True)
class Incident:
    """Something that rang: what arrived for it, and whether it is still open.

    Attributes:
        receiver: whose phone rang.
        messages: every webhook of it, the first is the page, the others are updates.
        open: no `resolved` has arrived yet.
    """

    receiver: str
    group: str
    messages: list[Page] = field(default_factory=list)
    open: bool = True

    @property
    def opened(self) -> float:
        """When the page arrived, in seconds since 1970."""
        return self.messages[0].at

    @property
    def names(self) -> list[str]:
        """Every alert that was part of it, sorted."""
        return sorted({name for page in self.messages for name in page.names()})

    @property
    def pages(self) -> bool:
        """Whether it wakes somebody, going by the severity of its alerts."""
        return any(
            alert["labels"].get("severity") == "page" for page in self.messages for alert in page.alerts
        )

    def __str__(self) -> str:
        return f"{'+'.join(self.names)} to {self.receiver} ({'open' if self.open else 'resolved'})"


def incidents(pages: Iterable[Page], *, since: float = 0) -> list[Incident]:
    """All incidents that opened at or after `since`, oldest first."""
    found: list[Incident] = []
    current: dict[tuple[str, str], Incident] = {}
    for page in pages:
        key = (page.receiver, page.group)
        incident = current.get(key)
        if incident is None or not incident.open:
            if page.status != "firing":
                continue
            incident = current[key] = Incident(receiver=page.receiver, group=page.group)
            found.append(incident)
        incident.messages.append(page)
        incident.open = page.status == "firing"
    return [incident for incident in found if incident.opened >= since]
