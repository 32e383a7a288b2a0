"""Rules that meet in one family, or whose families get in each other's way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from windsock.statsd.engine.builtin import BUILTIN
from windsock.statsd.engine.rules import Rule
from windsock.statsd.lint import codes
from windsock.statsd.lint.finding import Finding
from windsock.statsd.lint.subject import Subject, is_for, kinds, maps, what
from windsock.statsd.lint.values import observer

_SUFFIXES = ("_count", "_sum", "_bucket")


@dataclass(frozen=True, slots=True)
class _Member:
    rule: Rule
    types: frozenset[str]


def check(subject: Subject, *, prefix: str) -> Iterator[Finding]:
    """Each family whose name the file tells.

    Args:
        subject: the mapping.
        prefix: Airflow's; which of its lines are the same event is known better than by labels.
    """
    families: dict[str, list[_Member]] = {}
    for rule in subject.rules.rules:
        if maps(rule) and "$" not in rule.mapping.name and rule.index not in subject.hidden:
            families.setdefault(rule.mapping.name, []).append(_Member(rule, _types(subject, rule)))
    for name, members in families.items():
        first = members[0]
        if name in BUILTIN:
            yield Finding(
                codes.OWN_NAME, subject.line(first.rule, "name"), f"{name} is statsd_exporter's own"
            )
        for other in members[1:]:
            known = is_for(first.rule, prefix) and is_for(other.rule, prefix)
            yield from _pair(subject, name, first, other, known=known)
        yield from _suffix(subject, name, first, families)


def _types(subject: Subject, rule: Rule) -> frozenset[str]:
    return frozenset(observer(subject, rule) if kind == "observer" else kind for kind in kinds(rule))


def _pair(subject: Subject, name: str, first: _Member, other: _Member, *, known: bool) -> Iterator[Finding]:
    one, two = first.rule.mapping, other.rule.mapping
    line, place = subject.line(other.rule, "name"), subject.line(first.rule, "name")
    if not first.types & other.types:
        types = f"{'/'.join(sorted(first.types))} in line {place}, {'/'.join(sorted(other.types))} here"
        yield Finding(codes.TYPES, line, f"{name} is {types}")
        return
    labels_differ = set(one.labels) != set(two.labels)
    if one.help != two.help:
        where = subject.line(other.rule, "help") if two.help else line
        yield Finding(codes.HELPS, where, f"{name} has another help than in line {place}")
    elif labels_differ and not known:
        ours, theirs = ", ".join(sorted(two.labels)) or "none", ", ".join(sorted(one.labels)) or "none"
        yield Finding(codes.LABEL_SETS, line, f"{name} has the labels {ours} here, {theirs} in line {place}")
    if labels_differ:
        return
    for key in ("ttl", "histogram_options", "summary_options"):
        if getattr(one, key) != getattr(two, key):
            yield Finding(codes.FIRST_WINS, line, f"{name} has other {key} than in line {place}")


def _suffix(
    subject: Subject, name: str, member: _Member, families: dict[str, list[_Member]]
) -> Iterator[Finding]:
    for suffix in _SUFFIXES:
        base = families.get(name.removesuffix(suffix)) if name.endswith(suffix) else None
        if base is None or "counter" in base[0].types:
            continue
        if suffix == "_bucket" and "summary" in base[0].types and member.types & {"histogram", "summary"}:
            continue
        place = subject.line(base[0].rule, "name")
        of = "/".join(sorted(base[0].types))
        base_name = name.removesuffix(suffix)
        message = f"{name} cannot stand beside {base_name} ({of}) of {what(base[0].rule)} in line {place}"
        yield Finding(codes.SUFFIXES, subject.line(member.rule, "name"), message)
