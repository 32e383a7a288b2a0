"""How the alerts behaved: how many, how many at night, how many that were gone before anybody could look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from windsock.remote import Prometheus
from windsock_alerts.live.episodes import Collected, Firing, incidents

# The watchdog always fires, and inhibitors reach nobody.
ALERTS = 'ALERTS{alertstate="firing", alertname!="Watchdog", severity!="inhibitor"}'
# So much is asked for at once: with a thousand alerts at 15 s it is a million and a half samples.
_WINDOW = timedelta(hours=6)
FLAP = 300.0


@dataclass(frozen=True, slots=True)
class Night:
    """The hours in which nobody should be woken, in a place."""

    begin: time
    end: time
    zone: ZoneInfo

    def has(self, at: float) -> bool:
        """Whether a moment lies in it."""
        local = datetime.fromtimestamp(at, self.zone).time()
        if self.begin <= self.end:
            return self.begin <= local < self.end
        return local >= self.begin or local < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rule of one team.

    Attributes:
        team: who heard of it.
        alert: the rule.
        severity: page, ticket or info.
        alerts: how many began, or went on from before.
        incidents: the same, those of one group at one time counted once.
        night: incidents that are pages and began at night.
        flaps: alerts that were over in less than five minutes.
        seconds: how long they fired, all together.
    """

    team: str
    alert: str
    severity: str
    alerts: int
    incidents: int
    night: int
    flaps: int
    seconds: float


def collect(prometheus: Prometheus, since: datetime, until: datetime) -> list[Firing]:
    """Every firing between two moments.

    Raises:
        BadInput: Prometheus does not answer.
    """
    found = Collected()
    at = since
    while at < until:
        to = min(at + _WINDOW, until)
        window = max(1, round((to - at).total_seconds()))
        found.add(prometheus.samples(f"{ALERTS}[{window}s]", to))
        at = to
    return found.firings(since.timestamp(), until.timestamp())


def rows(firings: list[Firing], night: Night) -> list[Row]:
    """One row per team, rule and severity; most incidents of the most severe first."""
    groups: dict[tuple[str, str, str], list[Firing]] = {}
    for each in firings:
        key = (each.labels.get("team", ""), each.labels["alertname"], each.labels.get("severity", ""))
        groups.setdefault(key, []).append(each)
    found = []
    for (team, alert, severity), members in groups.items():
        together = incidents(members)
        woken = [
            each for each in together if severity == "page" and each[0].began and night.has(each[0].begin)
        ]
        found.append(
            Row(
                team=team,
                alert=alert,
                severity=severity,
                alerts=len(members),
                incidents=len(together),
                night=len(woken),
                flaps=len([each for each in members if each.whole and each.length < FLAP]),
                seconds=sum(each.length for each in members),
            )
        )
    order = {"page": 0, "ticket": 1, "info": 2}
    return sorted(found, key=lambda row: (order.get(row.severity, 3), -row.incidents, row.alert, row.team))


def table(found: list[Row]) -> Iterator[str]:
    """The rows as lines of text, with the sums of pages and of all at the end."""
    head = ("team", "alert", "severity", "alerts", "incidents", "at night", "flaps", "hours")
    body = [_cells(row) for row in found]
    for severity in ("page", ""):
        some = [row for row in found if not severity or row.severity == severity]
        total = ("all", f"{severity}s" if severity else "", "", *_sums(some))
        body.append(total)
    widths = [max(len(line[column]) for line in (head, *body)) for column in range(len(head))]
    for line in (head, *body):
        cells = [
            text.ljust(width) if column < 3 else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    return (row.team or "–", row.alert, row.severity or "–", *_sums([row]))


def _sums(some: list[Row]) -> tuple[str, ...]:
    counts = (
        sum(row.alerts for row in some),
        sum(row.incidents for row in some),
        sum(row.night for row in some),
        sum(row.flaps for row in some),
    )
    return (*map(str, counts), f"{sum(row.seconds for row in some) / 3600:.1f}")
