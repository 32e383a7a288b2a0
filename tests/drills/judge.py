"""Whether what arrived is what a drill expects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.drills.drill import Drill, Expected
from tests.e2e.incidents import Incident
from windsock_alerts.thresholds import Thresholds

# Receivers of other people's rules, which run beside ours.
PEERS = ("mixin", "astronomer", "data-burst")
# What Prometheus, Alertmanager and a busy machine may take, at the normal speed of time.
SPARE = 60.0
# How long Prometheus repeats that an alert is resolved; nothing divides it.
_REPEATED = 900.0


def ours(incidents: Iterable[Incident]) -> list[Incident]:
    """What Windsock sent and also ends; a digest of infos has no end."""
    return [each for each in incidents if each.receiver not in PEERS and not each.receiver.endswith("-info")]


def arrived(incidents: Iterable[Incident], expected: Expected) -> Incident | None:
    """The first that is what is expected."""
    for each in incidents:
        if each.receiver == expected.receiver and expected.alert in each.messages[0].names():
            return each
    return None


def findings(drill: Drill, incidents: Sequence[Incident]) -> list[str]:
    """What is wrong, in sentences; empty if all is well."""
    found = []
    left = ours(incidents)
    for expected in drill.expects:
        same = [
            each
            for each in left
            if each.receiver == expected.receiver and expected.alert in each.messages[0].names()
        ]
        left = [each for each in left if each not in same]
        if not same:
            found.append(f"never came: {expected}")
            continue
        if len(same) > 1:
            found.append(f"came {len(same)} times: {expected}")
        said = " ".join(" ".join(alert["annotations"].values()) for alert in same[0].messages[0].alerts)
        found += [f"does not say {word!r}: {expected}" for word in expected.words if word not in said]
    found += [f"woke somebody besides: {each}" for each in left if each.pages]
    found += [f"never resolved: {each}" for each in ours(incidents) if each.open]
    return found


def again(factor: float) -> float:
    """Real seconds that Alertmanager may wait before it speaks of a group again."""
    found: float = Thresholds().divided(factor).group_interval
    return found


def grouped(incident: Incident, every: Iterable[Incident], factor: float) -> float:
    """Real seconds that it may have waited because its group had another incident not long ago.

    Prometheus repeats for a quarter of an hour what is resolved. That keeps the group alive in Alertmanager,
    which then speaks of it only each group interval.
    """
    key = incident.receiver, incident.group
    ended = (each.messages[-1].at for each in every if (each.receiver, each.group) == key and not each.open)
    lately = any(0 < incident.opened - moment < _REPEATED for moment in ended)
    return again(factor) if lately else 0.0


def too_late(drill: Drill, seconds: float, factor: float, slack: float) -> list[str]:
    """Whether the first of what is expected came later than its hold and the spare time allow.

    Args:
        seconds: real seconds from the fault (or the deadline) to the pager.
        factor: what all times are divided by.
        slack: real seconds that this machine may take longer.
    """
    limit = drill.hold_seconds(factor) + SPARE / factor + drill.lag + slack
    if seconds <= limit:
        return []
    return [f"came after {seconds:.1f} s, later than {limit:.1f} s: {drill.expects[0]}"]
