"""StatsD lines that a peer's mapping does not know: which family each becomes there, from our catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from windsock.airflow_versions import VERSIONS
from windsock.catalog.statsd import DROPS, LINES
from windsock.metric import Metric
from windsock.migration.peer import Peer, Selector
from windsock.statsd.options import Options
from windsock.statsd.rules import WIRES
from windsock.statsd.units import scale
from windsock.wire import Form, Line, Profile, Wire, shape


@dataclass(frozen=True, slots=True)
class Unknown:
    """A line without a rule.

    Attributes:
        family: its family there, `<label>` for each id in it.
        line: the StatsD name.
        wire: its StatsD type.
        now: our series; None where the line is dropped here as well.
        why: why it is dropped.
        too_small: the Airflow versions on which durations are seconds taken for milliseconds there.
        any_entity: a gauge that only tags could tell the entity of: each value overwrites the one before.
    """

    family: str
    line: str
    wire: Wire
    now: Selector | None
    why: str = ""
    too_small: tuple[str, ...] = ()
    any_entity: bool = False


def lines() -> Iterator[tuple[str, Wire, Metric | None, Line | None, str]]:
    """Every name of the catalogue, each version's for itself: name, type, metric, line, why dropped."""
    for metric, line in LINES:
        for name in filter(None, (line.name, line.legacy)):
            yield name, WIRES[metric.kind], metric, line, ""
    for drop in DROPS:
        yield drop.name, drop.wire, None, None, drop.why


def unknown(peer: Peer) -> tuple[Unknown, ...]:
    """Every line of the catalogue that no row of the peer stands for, by family."""
    if not peer.unknown_prefix:
        return ()
    known = {shape(line) for family in peer.families for line in family.lines}
    found: dict[str, Unknown] = {}
    for name, wire, metric, line, why in lines():
        if shape(name) in known:
            continue
        family = peer.unknown_prefix + _escaped(name, dots=peer.unknown_prefix.endswith("."))
        before = found.get(family)
        if metric is None or line is None:
            found.setdefault(family, Unknown(family, name, wire, None, why))
            continue
        any_entity = wire is Wire.GAUGE and name == line.name and Form.PLAIN not in line.forms(Profile.PLAIN)
        any_entity = any_entity and (before is None or before.any_entity)
        found[family] = Unknown(
            family,
            name,
            wire,
            Selector(metric, line.fixed),
            too_small=too_small((name,)) if wire is Wire.TIMER else (),
            any_entity=any_entity,
        )
    return tuple(found[family] for family in sorted(found))


@cache
def too_small(names: tuple[str, ...]) -> tuple[str, ...]:
    """Airflow versions that, by default, send seconds as milliseconds under one of these names."""
    wanted = {shape(name) for name in names}
    sending = {
        version
        for name, wire, _, line, _ in lines()
        if line is not None and wire is Wire.TIMER and shape(name) in wanted
        for version in line.versions
        if scale(line, Options(version=version, profile=Profile.PLAIN)) != 1
    }
    return tuple(version for version in VERSIONS if version in sending)


def _escaped(name: str, *, dots: bool) -> str:
    """The name as statsd_exporter writes it: everything else becomes an underscore, a run of dashes one."""
    text = name if dots else re.sub(r"[^a-zA-Z0-9_{}]", "_", re.sub(r"-+", "-", name))
    return text.replace("{", "<").replace("}", ">")
