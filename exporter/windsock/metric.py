"""What a metric is: a value, defined once in the catalogue; panels, rules and collectors refer to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from windsock.airflow_versions import VERSIONS, spans
from windsock.cardinality import Preset
from windsock.wire import Line

_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
# statsd_exporter refuses one-letter labels, Prometheus reserves the double underscore.
_LABEL = re.compile(r"^(?!__)[a-z][a-z0-9_]+$")
# The scrape configuration adds these; a metric that carried them would be renamed to `exported_…`.
_TARGET_LABELS = frozenset({"airflow", "instance", "job", "le", "quantile"})


class Kind(str, Enum):
    """Prometheus' metric types, as far as Windsock uses them."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Unit(str, Enum):
    """What one means. The value is what documentation and panels print."""

    COUNT = "count"
    SECONDS = "seconds"
    TIMESTAMP = "timestamp (seconds since 1970)"
    BOOLEAN = "0 or 1"
    PERCENT = "percent"
    BYTES = "bytes"
    INFO = "always 1"


class Stability(str, Enum):
    """How much a user may rely on a name."""

    STABLE = "stable"
    EXPERIMENTAL = "experimental"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Read from Airflow's metadata database.

    Attributes:
        tables: the tables it comes from.
        versions: the Airflow versions that have it, as documentation prints it.
        buckets: for histograms, the upper bounds without +Inf.
        least: the least preset that has it.
        full: labels that it has in the preset `full` besides; in the others their values are added up.
        sparse: but in `full` a zero is left out.
    """

    tables: tuple[str, ...]
    versions: str = f"{VERSIONS[0]} to {VERSIONS[-1]}"
    buckets: tuple[float, ...] = ()
    least: Preset = Preset.MINIMAL
    full: tuple[str, ...] = ()
    sparse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """Known to `windsock serve` itself: its settings, its state file, a probe, the process."""

    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statsd:
    """Mapped by statsd_exporter from lines that Airflow sends over StatsD.

    Attributes:
        lines: what feeds it; a renamed line stands beside its successor. Empty for unknown lines.
        ttl: for gauges, how long a value is shown after the last line, as Go writes durations; else empty.
        buckets: for timers, the upper bounds of the histogram in seconds.
        minimal: labels that stay with `--cardinality minimal`; None where the metric says nothing without
            those that go, so that its lines are dropped.
        full: labels that are there with `--cardinality full`.
    """

    lines: tuple[Line, ...]
    ttl: str = ""
    buckets: tuple[float, ...] = ()
    minimal: tuple[str, ...] | None = ()
    full: tuple[str, ...] = ()

    @property
    def versions(self) -> str:
        """The Airflow versions that feed it, as documentation prints it."""
        return spans(tuple(version for line in self.lines for version in line.versions)) or "all"


Source = Database | Process | Statsd


class MetricError(ValueError):
    """A metric breaks a naming rule; the message names the metric and the rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric family. `str(metric)` is its name, so PromQL is an f-string.

    Args:
        name: the family's name; counters end in `_total`, seconds in `_seconds`.
        kind: counter, gauge or histogram.
        unit: what one means.
        labels: label names, at least two characters each, without the target labels of the scrape.
        help: one sentence that an operator understands.
        subject: the group in the documentation.
        source: where the value comes from.
        stability: whether the name may still change.

    Raises:
        MetricError: a naming rule is broken.
    """

    name: str
    kind: Kind
    unit: Unit
    labels: tuple[str, ...] = ()
    help: str
    subject: str
    source: Source
    stability: Stability = Stability.STABLE

    def __post_init__(self) -> None:
        for broken in self._broken_rules():
            message = f"metric {self.name!r}: {broken}"
            raise MetricError(message)

    def __str__(self) -> str:
        return self.name

    @property
    def all_labels(self) -> tuple[str, ...]:
        """Its labels in the preset `full`: those that its values are collected by."""
        return (*self.labels, *self.source.full) if isinstance(self.source, Database) else self.labels

    def _broken_rules(self) -> list[str]:
        broken = self._broken_source_rules()
        if not _NAME.match(self.name):
            broken.append("a name is lower case letters, digits and single underscores")
        if not self.name.startswith(("airflow_", "windsock_")):
            broken.append("a name starts with airflow_ or windsock_")
        if (self.kind is Kind.COUNTER) != self.name.endswith("_total"):
            broken.append("counters, and only counters, end in _total")
        if self.unit is Unit.TIMESTAMP and not self.name.endswith("_timestamp_seconds"):
            broken.append("a timestamp ends in _timestamp_seconds")
        stem = self.name.removesuffix("_total")
        if self.unit is Unit.SECONDS and (
            not stem.endswith("_seconds") or stem.endswith("_timestamp_seconds")
        ):
            broken.append("a duration ends in _seconds, and only a timestamp in _timestamp_seconds")
        if self.unit is Unit.INFO and not self.name.endswith("_info"):
            broken.append("a metric that is always 1 ends in _info")
        if not self.help.strip() or not self.help.endswith("."):
            broken.append("help is a sentence and ends in a full stop")
        for label in self.all_labels:
            if not _LABEL.match(label):
                broken.append(f"label {label!r} is not two or more lower case letters, digits, underscores")
            if label in _TARGET_LABELS:
                broken.append(f"label {label!r} belongs to the scrape or to Prometheus")
        if len(set(self.all_labels)) != len(self.all_labels):
            broken.append("a label stands twice")
        return broken

    def _broken_source_rules(self) -> list[str]:
        match self.source:
            case Statsd() as statsd:
                return self._broken_statsd_rules(statsd)
            case Database() as database:
                return self._broken_database_rules(database)
            case _:
                return []

    def _broken_database_rules(self, source: Database) -> list[str]:
        broken = []
        if source.full and self.unit in {Unit.TIMESTAMP, Unit.INFO, Unit.BOOLEAN}:
            broken.append("labels can be left out only of what can be added up")
        if (self.kind is Kind.HISTOGRAM) != bool(source.buckets):
            broken.append("histograms, and only histograms, have buckets")
        if list(source.buckets) != sorted(set(source.buckets)):
            broken.append("buckets do not rise")
        return broken

    def _broken_statsd_rules(self, source: Statsd) -> list[str]:
        broken = []
        if self.name.endswith(("_count", "_sum", "_bucket")):
            broken.append("statsd_exporter refuses _count, _sum and _bucket beside a histogram of that name")
        if (self.kind is Kind.GAUGE) != bool(source.ttl):
            broken.append("gauges, and only gauges, have a ttl")
        if (self.kind is Kind.HISTOGRAM) != bool(source.buckets):
            broken.append("histograms, and only histograms, have buckets")
        if list(source.buckets) != sorted(set(source.buckets)):
            broken.append("buckets do not rise; statsd_exporter would end at the first value")
        if (self.kind is Kind.HISTOGRAM) != (self.unit is Unit.SECONDS and not source.ttl):
            broken.append("a timer is a histogram in seconds")
        sent = {label for line in source.lines for label in (*line.tags, *line.placeholders, *line.fixed)}
        if lost := {label for line in source.lines for label in line.fixed} - set(
            source.minimal or self.labels
        ):
            broken.append(f"a line fixes {', '.join(sorted(lost))}, which is no label of the metric")
        if not set(source.minimal or ()) <= set(self.labels) <= set(source.full):
            broken.append("its labels grow from minimal over default to full")
        if source.lines and (unsent := set(source.full) - sent):
            broken.append(f"no line brings the label {', '.join(sorted(unsent))}")
        return broken
