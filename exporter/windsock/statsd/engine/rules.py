"""Rules ready to use: checked as statsd_exporter checks a file at its start, with what they inherit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import re2

from windsock.statsd.engine.decoding import Refused
from windsock.statsd.engine.dialect import V0_31, Dialect
from windsock.statsd.engine.globs import Globs
from windsock.statsd.engine.mapping import (
    Defaults,
    HistogramOptions,
    Mapping,
    MappingFile,
    Objective,
    SummaryOptions,
)
from windsock.statsd.engine.reading import read
from windsock.statsd.engine.templates import GlobTemplate

if TYPE_CHECKING:
    from windsock.statsd.engine.line import Kind

LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]+")
_REFERENCE = r"\$\{?[0-9]+\}?"
_NAME = re.compile(rf"(?:[a-zA-Z_]|{_REFERENCE})(?:[a-zA-Z0-9_]|{_REFERENCE})*")
# As the original prints it.
_NAME_SHOWN = r"^([a-zA-Z_]|(\$\{?\d+\}?))([a-zA-Z0-9_]|(\$\{?\d+\}?))*$"
_GLOB = re.compile(r"(?:\*|[a-zA-Z_][a-zA-Z0-9_-]*)(?:\.\*|\.[a-zA-Z0-9_][a-zA-Z0-9_-]*)*")
_BYTE = re.compile(r"(?<!\\)(?:\\\\)*\\C")
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_QUANTILES = ((0.5, 0.05), (0.9, 0.01), (0.99, 0.001))


@dataclass(slots=True)
class Rule:
    """One rule with everything inherited.

    Attributes:
        index: its place in the file, from 0.
        mapping: what the file says, completed.
        regex: the compiled expression; None for a glob.
        name: the compiled name of a glob.
        labels: the compiled label values of a glob.
    """

    index: int
    mapping: Mapping
    regex: Any = None
    name: GlobTemplate | None = None
    labels: dict[str, GlobTemplate] = field(default_factory=dict)

    @property
    def kind(self) -> Kind | None:
        """The only type that it takes; None for all."""
        return self.mapping.match_metric_type or None  # type: ignore[return-value]


@dataclass(slots=True)
class Rules:
    """A whole mapping, ready to use."""

    defaults: Defaults = field(default_factory=Defaults)
    by_index: dict[int, Rule] = field(default_factory=dict)
    globs: Globs = field(default_factory=Globs)
    file: MappingFile = field(default_factory=MappingFile)

    @property
    def rules(self) -> list[Rule]:
        """The rules in the order of the file."""
        return list(self.by_index.values())


def load(text: str, dialect: Dialect = V0_31) -> Rules:
    """Read and check a mapping file.

    Raises:
        Refused: statsd_exporter would not start with it, with its own words.
    """
    return build(read(text, dialect), dialect)


def build(file: MappingFile, dialect: Dialect = V0_31, refusals: list[Refused] | None = None) -> Rules:
    """Check a file that was read, and complete its rules in place.

    Args:
        file: what was read.
        dialect: the release.
        refusals: takes what is wrong with rules, which are then left out; else the first is raised.

    Raises:
        Refused: see `load`.
    """
    _complete(file.defaults)
    made = Rules(file.defaults, file=file, globs=Globs(ordered=not file.defaults.glob_disable_ordering))
    for index in range(len(file.mappings)):
        _add(index, made, dialect, refusals)
    made.globs.close()
    return made


def _add(index: int, made: Rules, dialect: Dialect, refusals: list[Refused] | None) -> None:
    try:
        made.by_index[index] = _rule(index, made.file.mappings[index], made, dialect)
    except Refused as error:
        if refusals is None:
            raise
        refusals.append(error)


def _complete(defaults: Defaults) -> None:
    defaults.observer_type = defaults.observer_type or defaults.timer_type
    # The old keys put all options of their kind aside.
    if defaults.quantiles and not defaults.summary_options.quantiles:
        defaults.summary_options = SummaryOptions(defaults.quantiles)
    if defaults.buckets and not defaults.histogram_options.buckets:
        defaults.histogram_options = HistogramOptions(defaults.buckets)
    histogram, summary = defaults.histogram_options, defaults.summary_options
    histogram.buckets = histogram.buckets or list(BUCKETS)
    histogram.native_histogram_bucket_factor = histogram.native_histogram_bucket_factor or 1.1
    histogram.native_histogram_max_buckets = histogram.native_histogram_max_buckets or 256
    summary.quantiles = summary.quantiles or [Objective(*pair) for pair in _QUANTILES]
    defaults.match_type = defaults.match_type or "glob"


def _rule(index: int, mapping: Mapping, made: Rules, dialect: Dialect) -> Rule:
    def refuse(why: str, key: str) -> Refused:
        return Refused(made.file.line("mappings", index, key), why)

    for label in mapping.labels:
        if not LABEL.fullmatch(label):
            raise Refused(made.file.line("mappings", index, "labels", label), f"invalid label key: {label}")
    if not mapping.name:
        raise refuse(f"line {index}: metric mapping didn't set a metric name", "name")
    if not _NAME.fullmatch(mapping.name):
        raise refuse(f"metric name '{mapping.name}' doesn't match regex '{_NAME_SHOWN}'", "name")
    mapping.match_type = mapping.match_type or made.defaults.match_type
    mapping.action = mapping.action or "map"
    rule = Rule(index, mapping)
    if mapping.match_type == "regex":
        rule.regex = _compile(mapping.match, refuse)
    elif not _GLOB.fullmatch(mapping.match):
        raise refuse(f"invalid match: {mapping.match}", "match")
    mapping.observer_type = mapping.observer_type or mapping.timer_type or made.defaults.observer_type
    if why := _both_forms(mapping):
        raise refuse(why, "match")
    for observer, key in (("histogram", "summary_options"), ("summary", "histogram_options")):
        if mapping.observer_type == observer and getattr(mapping, key) is not None:
            options = key.replace("_", " ")
            raise refuse(f"cannot use {observer} observer and {options} at the same time", key)
    if rule.regex is None:
        _compile_glob(rule, made, dialect)
    _inherit(mapping, made.defaults)
    return rule


def _compile(pattern: str, refuse: Callable[[str, str], Refused]) -> Any:
    try:
        return compile_regex(pattern)
    except ValueError as error:
        raise refuse(f"invalid regex {pattern} in mapping: {error}", "match") from error


def _compile_glob(rule: Rule, made: Rules, dialect: Dialect) -> None:
    stars = made.globs.add(rule.mapping.match, rule.kind, rule.index)
    whole = dialect.whole_name
    rule.name = GlobTemplate.compile(rule.mapping.name, stars, whole_name=whole)
    rule.labels = {
        label: GlobTemplate.compile(value, stars, whole_name=whole)
        for label, value in rule.mapping.labels.items()
    }


def _both_forms(mapping: Mapping) -> str:
    """What releases before 0.31 say of an option at its old and its new place; "" if it is fine."""
    summary, histogram = mapping.summary_options, mapping.histogram_options
    for key, old, new, options in (
        ("quantiles", mapping.quantiles, summary and summary.quantiles, "summary options"),
        ("buckets", mapping.buckets, histogram and histogram.buckets, "histogram options"),
    ):
        if old is not None and new:
            at_once = f"in both the top level and {options} at the same time in {mapping.match}"
            return f"cannot use {key} {at_once}"
    return ""


def _inherit(mapping: Mapping, defaults: Defaults) -> None:
    if mapping.observer_type == "histogram":
        histogram = mapping.histogram_options = mapping.histogram_options or HistogramOptions()
        histogram.buckets = mapping.buckets or histogram.buckets or defaults.histogram_options.buckets
    elif mapping.observer_type == "summary":
        own, theirs = mapping.summary_options or SummaryOptions(), defaults.summary_options
        mapping.summary_options = SummaryOptions(
            mapping.quantiles or own.quantiles or theirs.quantiles,
            own.max_age or theirs.max_age,
            own.age_buckets or theirs.age_buckets,
            own.buf_cap or theirs.buf_cap,
        )
    if mapping.ttl == 0 and defaults.ttl > 0:
        mapping.ttl = defaults.ttl


def compile_regex(pattern: str) -> Any:
    """A pattern as RE2 compiles it.

    Raises:
        ValueError: RE2 refuses it; the text says why.
    """
    if _BYTE.search(pattern):
        # RE2 knows it, Go does not.
        raise ValueError("error parsing regexp: invalid escape sequence: `\\C`")
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        reason = error.args[0]
        raise ValueError(reason.decode() if isinstance(reason, bytes) else str(reason)) from error
