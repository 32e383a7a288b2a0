"""Labels, times, buckets and options that load and go wrong later."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from windsock.statsd.engine.globs import KINDS
from windsock.statsd.engine.mapping import Defaults, Mapping
from windsock.statsd.engine.rules import Rule
from windsock.statsd.lint import codes
from windsock.statsd.lint.finding import Finding
from windsock.statsd.lint.subject import Subject, kinds, maps, what

_SECOND = 1_000_000_000


def check(subject: Subject) -> Iterator[Finding]:
    """Each rule's values, and the defaults'."""
    yield from _defaults(subject)
    for rule in subject.rules.rules:
        if maps(rule):
            yield from _labels(subject, rule)
            yield from _times(subject, rule)
            yield from _options(subject, rule)
            yield from _scale(subject, rule)
    timers = [rule for rule in subject.rules.rules if maps(rule) and rule.kind == "observer"]
    if timers and all(observer(subject, rule) == "summary" for rule in timers):
        line = subject.written.line("mappings")
        yield Finding(codes.SUMMARIES, line, f"{len(timers)} rules for timers make summaries")
    if any(subject.look("", kind) is None for kind in KINDS):
        line = subject.written.line("mappings")
        yield Finding(codes.NAMELESS, line, "no rule takes a line without a name")


def observer(subject: Subject, rule: Rule) -> str:
    """What a rule makes of timers: `histogram` or `summary`."""
    return rule.mapping.observer_type or subject.rules.defaults.observer_type or "summary"


def _labels(subject: Subject, rule: Rule) -> Iterator[Finding]:
    reserved = "le" if observer(subject, rule) == "histogram" else "quantile"
    for label in rule.mapping.labels:
        line = subject.line(rule, "labels", label)
        if label.startswith("__"):
            yield Finding(codes.RESERVED_LABEL, line, f"the label {label} of {what(rule)}")
        if label == reserved and "observer" in kinds(rule):
            of = observer(subject, rule)
            yield Finding(codes.CRASHING_LABEL, line, f"{what(rule)} puts the label {label} on a {of}")


def _defaults(subject: Subject) -> Iterator[Finding]:
    defaults = subject.written.defaults
    yield from _time(subject.written.line("defaults", "ttl"), defaults.ttl, "the default ttl")
    yield from _both(subject, defaults, ("defaults",), "the defaults")


def _times(subject: Subject, rule: Rule) -> Iterator[Finding]:
    written = subject.written.mappings[rule.index]
    line = subject.line(rule, "ttl")
    yield from _time(line, written.ttl, f"the ttl of {what(rule)}")
    stands = ("mappings", rule.index, "ttl") in subject.written.lines
    if stands and written.ttl == 0 and subject.written.defaults.ttl > 0:
        yield Finding(codes.TTL_ZERO, line, f"{what(rule)} keeps the default ttl")


def _time(line: int, ttl: int, owner: str) -> Iterator[Finding]:
    if ttl < 0:
        yield Finding(codes.NEGATIVE_TIME, line, f"{owner} is negative")
    elif 0 < ttl < _SECOND:
        yield Finding(codes.NANOSECONDS, line, f"{owner} is {ttl} nanoseconds")


def _options(subject: Subject, rule: Rule) -> Iterator[Finding]:
    written = subject.written.mappings[rule.index]
    yield from _both(subject, written, ("mappings", rule.index), what(rule))
    if rule.mapping.observer_type:
        return
    for key in ("histogram_options", "summary_options"):
        if getattr(written, key) is not None and "observer" in kinds(rule) and key == "histogram_options":
            yield Finding(codes.IDLE_OPTIONS, subject.line(rule, key), f"{key} of {what(rule)} do nothing")


def _both(
    subject: Subject, holder: Mapping | Defaults, place: tuple[str | int, ...], owner: str
) -> Iterator[Finding]:
    histogram, summary = holder.histogram_options, holder.summary_options
    if histogram and any(low >= high for low, high in pairwise(histogram.buckets)):
        line = subject.written.line(*place, "histogram_options", "buckets")
        yield Finding(codes.BUCKETS, line, f"the buckets of {owner} do not rise")
    if summary is None:
        return
    if summary.max_age < 0:
        line = subject.written.line(*place, "summary_options", "max_age")
        yield Finding(codes.NEGATIVE_TIME, line, f"the max_age of {owner} is negative")
    for index, objective in enumerate(summary.quantiles):
        if not 0 <= objective.quantile <= 1:
            line = subject.written.line(*place, "summary_options", "quantiles", index)
            yield Finding(codes.QUANTILE, line, f"the quantile {objective.quantile:g} of {owner}")


def _scale(subject: Subject, rule: Rule) -> Iterator[Finding]:
    name, scale = rule.mapping.name, rule.mapping.scale
    if rule.kind == "observer" and scale != 1000 and name.endswith(("_milliseconds", "_millis", "_ms")):
        yield Finding(codes.MILLISECONDS, subject.line(rule, "name"), f"{name} is in seconds")
    if rule.kind == "observer" and scale == 0.001:
        yield Finding(
            codes.TWICE_SCALED, subject.line(rule, "scale"), f"{name} is a thousand times too small"
        )
