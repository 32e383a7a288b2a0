"""The rules of one mapping: which lines are mapped, which are dropped and why, where the unknown ones go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from windsock.catalog.statsd import DROPS, LINES, unknown
from windsock.metric import Kind, Metric
from windsock.statsd.options import Options, kept
from windsock.statsd.patterns import Match, matches
from windsock.statsd.units import scale
from windsock.wire import TEAM_TAG, Form, Line, Profile, Reason, Wire

WIRES = {Kind.COUNTER: Wire.COUNTER, Kind.GAUGE: Wire.GAUGE, Kind.HISTOGRAM: Wire.TIMER}

# What the DogStatsD client adds to every line in a container: a new value with each of them.
_CONTAINER = {"container_id": "", "dd_internal_entity_id": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What becomes of one line, or of many that nothing else takes.

    Attributes:
        line: the line's name in the catalogue, `{label}` for ids; empty for rules without such a line.
        matches: what recognises it; the first that fits is meant.
        wire: the StatsD type it is for; None for all.
        metric: where the value goes; None where the line is dropped.
        labels: label to value, those of the name aside; empty takes a tag away.
        tags: tags that become labels as they are.
        scale: factor on the value.
        reason: why the line is dropped; None where it is mapped.
        why: the reason in words.
    """

    line: str
    matches: tuple[Match, ...]
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
        ids = (label for match in self.matches for label in match.ids)
        return frozenset({*self.tags, *ids, *(label for label, value in self.labels.items() if value)})


@cache
def rules(options: Options) -> tuple[Rule, ...]:
    """A rule for each line that this Airflow sends, then those for lines that no other knows."""
    return (*_from_metrics(options), *_from_drops(options), *_last_resort(options))


def emptied_on_unknown_lines() -> tuple[str, ...]:
    """Tags that Airflow is known to send with any line in any version: ids, most of them."""
    lines = [line for _, line in LINES]
    return tuple(sorted({TEAM_TAG, *(tag for line in lines for tag in (*line.tags, *line.placeholders))}))


def _from_metrics(options: Options) -> Iterator[Rule]:
    for metric, line in LINES:
        if options.version not in line.versions:
            continue
        mapped = line.forms(options.profile)
        labels = kept(metric, options.cardinality)
        for form, name in ((Form.PLAIN, line.name), (Form.LEGACY, line.legacy)):
            if name is None:
                continue
            if form not in mapped:
                yield _drop(name, WIRES[metric.kind], *_not_mapped(line, mapped), options)
            elif labels is None:
                why = f"{metric} has a series for each task or file; --cardinality default keeps it"
                yield _drop(name, WIRES[metric.kind], Reason.CARDINALITY, why, options)
            else:
                yield _map(metric, line, form, options)


def _from_drops(options: Options) -> Iterator[Rule]:
    for drop in DROPS:
        if options.version in drop.versions:
            yield _drop(drop.name, drop.wire, drop.reason, drop.why, options)


def _not_mapped(line: Line, mapped: tuple[Form, ...]) -> tuple[Reason, str]:
    if not mapped:
        return Reason.AMBIGUOUS, "without tags it is the value of whatever was written last"
    other = line.name if Form.PLAIN in mapped else line.legacy
    return Reason.TWIN, f"the same event as {other}, which is mapped"


def _map(metric: Metric, line: Line, form: Form, options: Options) -> Rule:
    name = (line.name if form is Form.PLAIN else line.legacy) or ""
    labels = kept(metric, options.cardinality) or ()
    sent = (*line.tags, *line.legacy_tags) if options.profile.tagged else ()
    exact = {tag for tag in sent if form is Form.PLAIN or tag in line.legacy_tags}
    ids = [label for label in line.placeholders if label in labels and label not in exact]
    in_name = [label for label in ids if f"{{{label}}}" in name]
    emptied = {tag: "" for tag in sent if tag not in labels} | _of_the_client(options)
    return Rule(
        line=name,
        matches=matches(name, prefix=options.prefix, capture=in_name),
        wire=WIRES[metric.kind],
        metric=metric,
        labels={**emptied, **{label: value for label, value in line.fixed.items() if label in labels}},
        tags=tuple(dict.fromkeys(tag for tag in sent if tag in labels and tag not in in_name)),
        scale=scale(line, options) if metric.kind is Kind.HISTOGRAM else 1,
    )


def _of_the_client(options: Options) -> dict[str, str]:
    return _CONTAINER if options.profile is Profile.DOGSTATSD else {}


def _drop(name: str, wire: Wire, reason: Reason, why: str, options: Options) -> Rule:
    return Rule(line=name, matches=matches(name, prefix=options.prefix), wire=wire, reason=reason, why=why)


def _last_resort(options: Options) -> Iterator[Rule]:
    emptied = dict.fromkeys(emptied_on_unknown_lines(), "") | _of_the_client(options)
    prefix = options.prefix.replace(".", "\\.")
    for metric in unknown.METRICS:
        yield Rule(
            line="",
            matches=(Match(text=f"^{prefix}\\.", regex=True),),
            wire=WIRES[metric.kind],
            metric=metric,
            labels=emptied,
        )
    if options.profile is Profile.DOGSTATSD:
        yield Rule(
            line="",
            matches=(Match(text="^datadog\\.dogstatsd\\.client\\.", regex=True),),
            wire=None,
            reason=Reason.CLIENT,
            why="what the DogStatsD client counts of itself, from every process",
        )
    yield Rule(
        line="",
        matches=(Match(text="^$", regex=True),),
        wire=None,
        reason=Reason.NAMELESS,
        why="a line without a name would make every scrape fail",
    )
