"""Templates in names and labels: `$1` and its traps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from windsock.statsd.engine.rules import Rule
from windsock.statsd.engine.templates import GlobTemplate, expand
from windsock.statsd.lint import codes
from windsock.statsd.lint.finding import Finding
from windsock.statsd.lint.subject import Subject, what

_PLAIN = re.compile(r"\$([0-9]+)")
_ONLY = re.compile(r"(?:\$\{?[A-Za-z0-9_$]+\}?)*")


def check(subject: Subject) -> Iterator[Finding]:
    """Every template of every rule."""
    for rule in subject.rules.rules:
        if rule.regex is None:
            assert rule.name is not None  # noqa: S101 (a glob always has one)
            compiled = {"": rule.name, **rule.labels}
            for label, template in compiled.items():
                text = rule.mapping.labels[label] if label else rule.mapping.name
                yield from _glob(subject, rule, label, text, template)
        else:
            for label, text in {"": rule.mapping.name, **rule.mapping.labels}.items():
                yield from _regex(subject, rule, label, text)


def _where(subject: Subject, rule: Rule, label: str) -> tuple[int, str]:
    line = subject.line(rule, "labels", label) if label else subject.line(rule, "name")
    return line, f"the label {label} of {what(rule)}" if label else f"the name of {what(rule)}"


def _glob(subject: Subject, rule: Rule, label: str, text: str, template: GlobTemplate) -> Iterator[Finding]:
    line, owner = _where(subject, rule, label)
    for lost in dict.fromkeys(template.lost):
        yield _lost(line, owner, lost, f"{rule.mapping.match.count('*')} stars")
    numbers = sorted({found[1] for found in _PLAIN.finditer(text)}, key=lambda one: text.find(f"${one}"))
    for index, short in enumerate(numbers):
        for long in numbers[index + 1 :]:
            if long.startswith(short) and long != short:
                yield Finding(
                    codes.EATEN_REFERENCE, line, f"in {owner}, ${short} eats the beginning of ${long}"
                )
    if template.references and "%" in text:
        yield Finding(codes.PERCENT, line, f"{owner} has a percent sign beside a reference: {text}")
    if 0 in template.references or (not subject.dialect.whole_name and re.search(r"\$\{?0+\b", text)):
        yield Finding(codes.WHOLE_NAME, line, f"{owner} uses $0")
    if not label and not template.references and not template.text:
        yield Finding(codes.EMPTY_NAME, line, f"{owner} is always empty: {text}")


def _regex(subject: Subject, rule: Rule, label: str, text: str) -> Iterator[Finding]:
    line, owner = _where(subject, rule, label)
    groups, names = rule.regex.groups, rule.regex.groupindex
    lost: list[str] = []

    def group(which: str | int) -> str:
        if which not in names and not (isinstance(which, int) and 0 <= which <= groups):
            lost.append(f"${which}")
        return "x"

    expand(text, group)
    for one in dict.fromkeys(lost):
        yield _lost(line, owner, one, f"{groups} groups")
    if not label and lost and _ONLY.fullmatch(text) and len(lost) == text.count("$"):
        yield Finding(codes.EMPTY_NAME, line, f"{owner} is always empty: {text}")


def _lost(line: int, owner: str, reference: str, has: str) -> Finding:
    inside = reference.strip("${}")
    if inside[:1].isdigit() and not inside.isdigit():
        return Finding(
            codes.GLUED_REFERENCE, line, f"in {owner}, {reference} is no reference and becomes empty"
        )
    return Finding(codes.LOST_REFERENCE, line, f"in {owner}, {reference} is empty: the match has {has}")
