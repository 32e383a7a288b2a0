"""Firings of alerts, put together from the samples of Prometheus's `ALERTS`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

# Labels of an alert that Prometheus adds to the series, or that tell replicas of it apart.
_NOT_THEIRS = ("__name__", "alertstate", "prometheus", "prometheus_replica")
# Rules that are not evaluated for so long, as while Prometheus restarts, have not ended their alerts.
GAP = 120.0

Labels = tuple[tuple[str, str], ...]


class Firing(NamedTuple):
    """One alert from its begin to its end.

    Attributes:
        labels: of the alert, sorted.
        begin: seconds since 1970.
        end: of its last sample.
        whole: it began and ended within what was looked at.
        began: it began there.
    """

    labels: Mapping[str, str]
    begin: float
    end: float
    whole: bool
    began: bool

    @property
    def length(self) -> float:
        """How long it fired, in seconds."""
        return self.end - self.begin


class Collected:
    """Samples of many queries, one after the other in time."""

    def __init__(self) -> None:
        self._spans: dict[Labels, list[list[float]]] = {}

    def add(self, rows: Iterable[tuple[Mapping[str, str], Sequence[float]]]) -> None:
        """Add the times at which each series of `ALERTS` fired; later ones than those before."""
        for labels, times in rows:
            key = tuple(sorted((name, value) for name, value in labels.items() if name not in _NOT_THEIRS))
            spans = self._spans.setdefault(key, [])
            for at in times:
                if spans and at - spans[-1][1] <= GAP:
                    spans[-1][1] = max(at, spans[-1][1])
                else:
                    spans.append([at, at])

    def firings(self, since: float, until: float) -> list[Firing]:
        """All of them, by begin; one that fires at an end of the time may be longer."""
        found = [
            Firing(
                dict(labels),
                begin,
                end,
                whole=begin - since > GAP and until - end > GAP,
                began=begin - since > GAP,
            )
            for labels, spans in self._spans.items()
            for begin, end in spans
        ]
        return sorted(found, key=lambda each: each.begin)


def incidents(firings: Iterable[Firing]) -> list[list[Firing]]:
    """Firings that one person hears of as one: those of one group that overlap, or follow within a gap.

    A group is what the routes make it: the Airflow, the team, and the alert, or the SLA.
    """
    open_: dict[tuple[str, ...], list[Firing]] = {}
    ends: dict[tuple[str, ...], float] = {}
    found = []
    for each in sorted(firings, key=lambda firing: firing.begin):
        labels = each.labels
        what = labels.get("sla") or labels.get("alertname", "")
        key = (labels.get("airflow", ""), labels.get("team", ""), labels.get("severity", ""), what)
        if key not in open_ or each.begin > ends[key] + GAP:
            open_[key] = []
            found.append(open_[key])
        open_[key].append(each)
        ends[key] = max(each.end, ends.get(key, 0.0))
    return found
