"""The rules of one mapping: which lines are mapped, which are dropped and why, where the unknown ones go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from windsock.catalog.statsd import DROPS, METRICS, unknown
from windsock.metric import Kind, Metric, Statsd
from windsock.wire import Form, Line, Profile, Reason, Wire, pattern

PREFIX = "airflow"

WIRES = {Kind.COUNTER: Wire.COUNTER, Kind.GAUGE: Wire.GAUGE, Kind.HISTOGRAM: Wire.TIMER}

# Sent by an Airflow of several teams, whatever the line: kept on known lines, since it tells whose they are.
_TEAM_TAG = "team_name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a mapping.

    Attributes:
        line: the line's name in the catalogue, `{label}` for ids; empty for rules without such a line.
        match: glob without wildcards, or an anchored regular expression.
        regex: which of the two.
        wire: the StatsD type it is for; None for all.
        metric: where the value goes; None where the line is dropped.
        labels: label to value; `$1` is the first id of the name, empty takes a tag away.
        tags: tags that become labels as they are.
        scale: factor on the value.
        reason: why the line is dropped; None where it is mapped.
        why: the reason in words.
    """

    line: str
    match: str
    regex: bool
    wire: Wire | None
    metric: Metric | None = None
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    tags: tuple[str, ...] = ()
    scale: float = 1
    reason: Reason | None = None
    why: str = ""

    @property
    def label_names(self) -> frozenset[str]:
        """Labels that the family gets from this line."""
        return frozenset({*self.tags, *(label for label, value in self.labels.items() if value)})


def rules(version: str, profile: Profile, *, prefix: str = PREFIX) -> tuple[Rule, ...]:
    """Every rule of the mapping for one Airflow version and profile, in the order of the file.

    statsd_exporter tries all globs before any regular expression, and loses a glob that is the beginning of
    an earlier one: shorter ones come first. Of two expressions that fit, the more literal one is meant.
    """
    known = [*_from_metrics(version, profile, prefix), *_from_drops(version, prefix)]
    globs = sorted((rule for rule in known if not rule.regex), key=lambda rule: rule.match.count("."))
    regexes = sorted((rule for rule in known if rule.regex), key=lambda rule: -_literal(rule.match))
    return (*globs, *regexes, *_last_resort(prefix))


def emptied_on_unknown_lines() -> tuple[str, ...]:
    """Tags that Airflow is known to send with any line in any version: ids, most of them."""
    lines = [line for metric, line in _lines()]
    return tuple(sorted({_TEAM_TAG, *(tag for line in lines for tag in (*line.tags, *line.placeholders))}))


def _lines() -> Iterator[tuple[Metric, Line]]:
    for metric in METRICS:
        assert isinstance(metric.source, Statsd)  # noqa: S101 (this catalogue holds nothing else)
        for line in metric.source.lines:
            yield metric, line


def _from_metrics(version: str, profile: Profile, prefix: str) -> Iterator[Rule]:
    for metric, line in _lines():
        if version not in line.versions:
            continue
        mapped = line.forms(profile)
        for form, name in ((Form.PLAIN, line.name), (Form.LEGACY, line.legacy)):
            if name is None:
                continue
            if form in mapped:
                yield _map(metric, line, name, profile, prefix)
            else:
                reason, why = _not_mapped(line, mapped)
                yield _drop(name, WIRES[metric.kind], reason, why, prefix)


def _from_drops(version: str, prefix: str) -> Iterator[Rule]:
    for drop in DROPS:
        if version in drop.versions:
            yield _drop(drop.name, drop.wire, drop.reason, drop.why, prefix)


def _not_mapped(line: Line, mapped: tuple[Form, ...]) -> tuple[Reason, str]:
    if not mapped:
        return Reason.AMBIGUOUS, "without tags it is the value of whatever was written last"
    other = line.name if Form.PLAIN in mapped else line.legacy
    return Reason.TWIN, f"the same event as {other}, which is mapped"


def _map(metric: Metric, line: Line, name: str, profile: Profile, prefix: str) -> Rule:
    ids = [label for label in line.placeholders if label in metric.labels and f"{{{label}}}" in name]
    labels = {label: f"${number}" for number, label in enumerate(ids, start=1)}
    tags: tuple[str, ...] = ()
    if profile is Profile.TAGS:
        labels |= {tag: "" for tag in line.tags if tag not in metric.labels}
        tags = tuple(tag for tag in line.tags if tag in metric.labels and tag not in ids)
    return Rule(
        line=name,
        match=pattern(name, prefix=prefix, capture=ids) if "{" in name else f"{prefix}.{name}",
        regex="{" in name,
        wire=WIRES[metric.kind],
        metric=metric,
        labels={**labels, **line.fixed},
        tags=tags,
        scale=line.scale,
    )


def _drop(name: str, wire: Wire, reason: Reason, why: str, prefix: str) -> Rule:
    regex = "{" in name
    match = pattern(name, prefix=prefix) if regex else f"{prefix}.{name}"
    return Rule(line=name, match=match, regex=regex, wire=wire, reason=reason, why=why)


def _last_resort(prefix: str) -> Iterator[Rule]:
    emptied = dict.fromkeys(emptied_on_unknown_lines(), "")
    for metric in unknown.METRICS:
        yield Rule(
            line="",
            match=f"^{prefix}\\.",
            regex=True,
            wire=WIRES[metric.kind],
            metric=metric,
            labels=emptied,
        )
    yield Rule(
        line="",
        match="^$",
        regex=True,
        wire=None,
        reason=Reason.NAMELESS,
        why="a line without a name would make every scrape fail",
    )


def _literal(match: str) -> int:
    """Length of what an expression says before its first id."""
    return len(match.split("[", 1)[0].split("(", 1)[0].split(".+", 1)[0])
