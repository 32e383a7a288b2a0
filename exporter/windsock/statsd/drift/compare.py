"""Where an installed Airflow and the catalogue differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from windsock.statsd.drift.expected import Expected
from windsock.statsd.drift.explanations import explain, provider_of
from windsock.statsd.drift.installation import Installation
from windsock.statsd.drift.registry import Registered
from windsock.statsd.drift.scan import Sent
from windsock.wire import TEAM_TAG, Timing, Wire, shape


class Status(str, Enum):
    """How a name compares; absent: its provider is not installed. The value is what is printed."""

    SAME = "same"
    NEW = "new"
    GONE = "gone"
    DIFFERENT = "different"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One name.

    Attributes:
        wires: its StatsD types: in Airflow if it is there, else in the catalogue.
        tags: the keys that Airflow sends.
        detail: what differs; empty for the same.
        why: the reason that makes the difference harmless; empty where nobody has explained it.
        where: `file:line` of every call, and of the registry's entry.
    """

    name: str
    status: Status
    wires: tuple[Wire, ...]
    tags: tuple[str, ...]
    detail: str
    why: str
    where: tuple[str, ...]

    @property
    def unexplained(self) -> bool:
        """Whether somebody has to look at it."""
        return self.status not in {Status.SAME, Status.ABSENT} and not self.why


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A name in the installation: its calls, and its entry in the registry."""

    name: str
    calls: tuple[Sent, ...]
    entries: tuple[Registered, ...]

    @property
    def wires(self) -> frozenset[Wire]:
        return frozenset({*(call.wire for call in self.calls), *(entry.wire for entry in self.entries)})

    @property
    def tags(self) -> frozenset[str]:
        return frozenset(key for call in self.calls for key in call.tags.keys)

    @property
    def timings(self) -> frozenset[Timing]:
        given = {word for call in self.calls for word in (call.given or call.method).split(" or ")}
        return frozenset(timing for timing in Timing if timing.value in given)

    @property
    def unread(self) -> frozenset[str]:
        return frozenset(key for call in self.calls for key in call.tags.unread)

    @property
    def where(self) -> tuple[str, ...]:
        places = (*(call.where for call in self.calls), *(entry.where for entry in self.entries))
        return tuple(dict.fromkeys(places))


def compare(
    installation: Installation,
    line: str,
    known: Mapping[str, Expected],
    sent: Iterable[Sent],
    registered: Mapping[str, Registered],
) -> list[Row]:
    """Every name of the installation or the catalogue, in the order of the alphabet.

    Args:
        installation: which releases are installed; that explains much.
        line: the line of the catalogue.
        known: the catalogue's names, by shape.
        sent: what the scan found.
        registered: Airflow's own list.
    """
    found = _by_shape(sent, registered)
    rows = []
    for key in sorted({*known, *found}):
        status, detail = _judge(known.get(key), found.get(key))
        provider = provider_of(key)
        if status is Status.GONE and provider and provider not in installation.distributions:
            status, detail = Status.ABSENT, f"{provider} is not installed"
        there, here = found.get(key), known.get(key)
        name = here.name if here else there.name if there else key
        rows.append(
            Row(
                name=name,
                status=status,
                wires=tuple(sorted(there.wires if there else here.wires if here else ())),
                tags=tuple(sorted(there.tags)) if there else (),
                detail=detail,
                why=explain(key, status.value, line, installation),
                where=there.where if there else (),
            )
        )
    return rows


def _by_shape(sent: Iterable[Sent], registered: Mapping[str, Registered]) -> Mapping[str, _Found]:
    calls: dict[str, list[Sent]] = {}
    for one in sent:
        calls.setdefault(shape(one.name), []).append(one)
    entries: dict[str, list[tuple[str, Registered]]] = {}
    for entry in registered.values():
        for name in (entry.name, entry.legacy):
            if name:
                entries.setdefault(shape(name), []).append((name, entry))
    return {
        key: _Found(
            name=calls[key][0].name if key in calls else entries[key][0][0],
            calls=tuple(calls.get(key, ())),
            entries=tuple(entry for _, entry in entries.get(key, ())),
        )
        for key in {*calls, *entries}
    }


def _judge(known: Expected | None, found: _Found | None) -> tuple[Status, str]:
    if known is None:
        called = found is not None and found.calls
        return (
            Status.NEW,
            "not in the catalogue" if called else "in Airflow's list only, not in the catalogue",
        )
    if known.dead:
        if found is not None and found.calls:
            return Status.DIFFERENT, "the catalogue says that nothing sends it"
        return Status.SAME, ""
    if found is None:
        return Status.GONE, "in the catalogue, not in this installation"
    if not found.calls:
        return Status.GONE, "in the catalogue and in Airflow's list, but nothing sends it"
    details = []
    if found.wires != known.wires:
        details.append(f"type {_types(found.wires)}, in the catalogue {_types(known.wires)}")
    if wrong := known.timings - found.timings:
        here = (
            " or ".join(sorted(timing.value for timing in found.timings)) or "something that cannot be read"
        )
        details.append(
            f"measured as {here}, in the catalogue as {' or '.join(sorted(timing.value for timing in wrong))}"
        )
    if known.tags is not None:
        if more := found.tags - known.tags - {TEAM_TAG}:
            details.append(f"tags not in the catalogue: {', '.join(sorted(more))}")
        if less := known.tags - found.tags:
            details.append(f"tags not sent: {', '.join(sorted(less))}")
        if found.unread:
            details.append(f"tags that cannot be read: {', '.join(sorted(found.unread))}")
    return (Status.DIFFERENT, "; ".join(details)) if details else (Status.SAME, "")


def _types(wires: Iterable[Wire]) -> str:
    return " and ".join(sorted(wire.name.lower() for wire in wires))
