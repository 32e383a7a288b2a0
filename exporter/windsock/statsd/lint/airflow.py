"""What the catalogue of Airflow's lines has to say about rules under Airflow's prefix."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from windsock.airflow_versions import VERSIONS, spans
from windsock.catalog.statsd import LINES
from windsock.statsd.engine.escaping import escape
from windsock.statsd.engine.matching import Match
from windsock.statsd.engine.rules import Rule
from windsock.statsd.lint import codes
from windsock.statsd.lint.finding import Finding
from windsock.statsd.lint.reach import is_catch_all, outcome
from windsock.statsd.lint.subject import Subject, is_for, maps, what
from windsock.statsd.options import choose
from windsock.statsd.sent import Name, names
from windsock.statsd.units import scale
from windsock.wire import Line, Profile

_TAIL = re.compile(r"(?<=[)*+])(?P<tail>[_.][a-z_]+)\$?$")
_MANY = 5


@dataclass(slots=True)
class _Seen:
    """What the rules do with Airflow's names.

    Attributes:
        subject: the mapping.
        prefix: Airflow's.
        names: every name.
        by_rule: by a rule's index: the names that it takes, with plain ids or dotted ones.
        without: names that no rule takes.
    """

    subject: Subject
    prefix: str
    names: tuple[Name, ...]
    by_rule: dict[int, list[Name]] = field(default_factory=dict)
    without: list[Name] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in self.names:
            found = [self.subject.look(text, name.kind) for text in name.all()]
            if found[0] is None:
                self.without.append(name)
            for index in dict.fromkeys(one.rule.index for one in found if one):
                self.by_rule.setdefault(index, []).append(name)

    @property
    def rules(self) -> list[Rule]:
        """The rules that are for Airflow, and not for everything."""
        return [
            rule
            for rule in self.subject.rules.rules
            if is_for(rule, self.prefix) and rule.index not in self.subject.hidden
        ]


def check(subject: Subject, *, prefix: str, airflow: str | None) -> Iterator[Finding]:
    """Rules beside the catalogue.

    Args:
        subject: the mapping.
        prefix: Airflow's `statsd_prefix`; rules for other names are left alone.
        airflow: a version such as `3.3`; None for all that are known.
    """
    if not any(is_for(rule, prefix) for rule in subject.rules.rules):
        return
    seen = _Seen(subject, prefix, tuple(names(prefix, (airflow,) if airflow else VERSIONS)))
    for rule in seen.rules:
        yield from _rule(seen, rule, airflow)
    yield from _twins(seen)
    yield from _automatic(seen)
    yield from _stealing(seen)
    yield from _hiding(seen)
    if airflow and seen.without:
        yield _missing(seen, airflow)


def _rule(seen: _Seen, rule: Rule, airflow: str | None) -> Iterator[Finding]:
    subject = seen.subject
    line = subject.line(rule, "match")
    taken = seen.by_rule.get(rule.index, [])
    if not taken:
        yield _dead(seen, rule, line, airflow)
        return
    if rule.regex is None and not any(_fits(rule, name) or _completes(seen, rule, name) for name in taken):
        message = (
            f"{what(rule)} takes {taken[0].shown} only where an id holds a dot, and then keeps half of it"
        )
        yield Finding(codes.DEAD, line, message)
        return
    if rule.kind is None and maps(rule) and len(types := {name.kind for name in taken}) == 1:
        yield Finding(codes.UNTYPED, line, f"Airflow sends {taken[0].shown} as {next(iter(types))} only")
    if not maps(rule):
        return
    yield from _dots(seen, rule, taken, line)
    for name in taken:
        known = name.metric is not None and rule.mapping.name == name.metric.name
        if name.shown == "dag_processing.processes" and name.kind == "counter" and not known:
            yield Finding(
                codes.NEGATIVE, line, f"{what(rule)} counts {name.shown}, of which Airflow sends -1 too"
            )
    if airflow:
        yield from _unit(seen, rule, taken, airflow)


def _completes(seen: _Seen, rule: Rule, name: Name) -> bool:
    """Whether another rule does the same for the name with ids of one part."""
    usual = seen.subject.look(name.plain, name.kind)
    return usual is not None and outcome(usual.rule) == outcome(rule)


def _dead(seen: _Seen, rule: Rule, line: int, airflow: str | None) -> Finding:
    if rule.kind:
        for name in seen.names:
            found = _fits(rule, name)
            if found and name.kind != rule.kind:
                sent = f"Airflow sends {name.shown} as {name.kind}, not as {rule.kind}"
                return Finding(codes.WRONG_TYPE, seen.subject.line(rule, "match_metric_type"), sent)
    versions = airflow or spans(VERSIONS)
    return Finding(codes.DEAD, line, f"Airflow {versions} sends no line that {what(rule)} takes")


def _fits(rule: Rule, name: Name) -> bool:
    if rule.regex is not None:
        return bool(rule.regex.search(name.plain))
    ours, theirs = rule.mapping.match.split("."), name.plain.split(".")
    return len(ours) == len(theirs) and all(
        one in {"*", other} for one, other in zip(ours, theirs, strict=True)
    )


def _dots(seen: _Seen, rule: Rule, taken: list[Name], line: int) -> Iterator[Finding]:
    if rule.regex is not None:
        return
    for name in taken:
        if name.dotted is None or not _fits(rule, name):
            continue
        other = seen.subject.look(name.dotted, name.kind)
        if other is None or _family(other) != escape(rule.mapping.name):
            where = f"goes to {what(other.rule)}" if other else "goes unmapped"
            yield Finding(codes.DOTS, line, f"{name.dotted} {where}")
            return


def _family(match: Match) -> str:
    return escape(match.name) if maps(match.rule) else ""


def _unit(seen: _Seen, rule: Rule, taken: list[Name], airflow: str) -> Iterator[Finding]:
    # What is right for one of Airflow's two clients is not wrong.
    clients = [choose(version=airflow, profile=one) for one in (Profile.TAGS.value, Profile.DOGSTATSD.value)]
    for name in taken:
        if name.kind != "observer" or name.line is None or airflow not in name.versions:
            continue
        factors = {scale(name.line, options) for options in clients}
        if (rule.mapping.scale or 1.0) not in factors and (rule.mapping.scale or 1.0) in {1.0, 1000.0}:
            sent = "seconds" if 1000 in factors else "milliseconds"
            line = seen.subject.line(rule, "scale")
            yield Finding(codes.UNIT, line, f"Airflow {airflow} sends {name.shown} in {sent}")
            return


def _twins(seen: _Seen) -> Iterator[Finding]:
    told: set[int] = set()
    for name in seen.names:
        if name.line is None or name.shown != name.line.legacy or not name.line.name or name.kind == "gauge":
            continue
        legacy = seen.subject.look(name.plain, name.kind)
        plain = seen.subject.look(f"{seen.prefix}.{name.line.name}", name.kind)
        if legacy is None or plain is None or not maps(legacy.rule) or not maps(plain.rule):
            continue
        if not (is_for(legacy.rule, seen.prefix) and is_for(plain.rule, seen.prefix)) or _never_both(
            name.line
        ):
            continue
        if _family(legacy) == _family(plain) and legacy.rule.index not in told:
            told.add(legacy.rule.index)
            both = f"{name.line.name} and {name.shown} are the same event, both in {_family(legacy)}"
            yield Finding(codes.TWINS, seen.subject.line(legacy.rule, "match"), both)


def _never_both(line: Line) -> bool:
    """Whether the catalogue maps both names itself, or some version sends the one with ids alone."""
    alone = {other.legacy for _, other in LINES if not other.name}
    return line.legacy in alone or any(len(line.forms(profile)) > 1 for profile in Profile)


def _automatic(seen: _Seen) -> Iterator[Finding]:
    automatic = {escape(name.plain): name for name in seen.without if not name.ids}
    for rule in seen.rules:
        other = automatic.get(rule.mapping.name) if maps(rule) else None
        if other is not None:
            message = f"{rule.mapping.name} is also what {other.shown} becomes without a rule"
            yield Finding(codes.AUTOMATIC, seen.subject.line(rule, "name"), message)


def _stealing(seen: _Seen) -> Iterator[Finding]:
    for rule in seen.rules:
        tail = _TAIL.search(rule.mapping.match.replace("\\.", ".")) if rule.regex is not None else None
        if tail is None or not maps(rule):
            continue
        for name in seen.names:
            if not name.ids:
                continue
            usual = seen.subject.look(name.plain, name.kind)
            odd_name = name.with_id(name.ids[-1], f"x9q{tail['tail']}")
            odd = seen.subject.look(odd_name, name.kind)
            if (
                usual
                and odd
                and usual.rule is not rule
                and odd.rule is rule
                and _family(usual) != _family(odd)
            ):
                line = seen.subject.line(rule, "match")
                yield Finding(codes.STEALING, line, f"{odd_name} is taken from {what(usual.rule)}")
                break


def _hiding(seen: _Seen) -> Iterator[Finding]:
    for rule in seen.subject.rules.rules:
        taken = [name for name in seen.by_rule.get(rule.index, []) if name.metric is not None]
        broad = is_catch_all(rule) or rule.mapping.match.strip("^.*$\\()") == seen.prefix
        if not maps(rule) and broad and taken:
            some = ", ".join(name.shown for name in taken[:_MANY])
            line = seen.subject.line(rule, "match")
            yield Finding(
                codes.HIDING, line, f"{len(taken)} lines of Airflow are dropped here, such as {some}"
            )


def _missing(seen: _Seen, airflow: str) -> Finding:
    shown = ", ".join(name.shown for name in seen.without[:_MANY])
    line = seen.subject.written.line("mappings")
    return Finding(
        codes.MISSING, line, f"{len(seen.without)} lines of Airflow {airflow} have none, such as {shown}"
    )
