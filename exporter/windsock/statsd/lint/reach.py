"""Rules that never match, or match more or less than they say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from windsock.statsd.engine.escaping import escape
from windsock.statsd.engine.globs import shadowed_by
from windsock.statsd.engine.line import Kind
from windsock.statsd.engine.rules import Rule
from windsock.statsd.lint import codes
from windsock.statsd.lint.finding import Finding
from windsock.statsd.lint.subject import Subject, kinds, what

# They match every name, or every name with a character in it.
_ALL = {
    "",
    ".",
    ".*",
    ".+",
    "^",
    "^.",
    "^.*",
    "^.+",
    "^.*$",
    "^.+$",
    ".*$",
    ".+$",
    "(.*)",
    "^(.*)$",
    "^(.+)$",
}
_LOOSE = re.compile(r"(?<=[A-Za-z0-9_])\.(?=[A-Za-z0-9_(])")
_CLASS = re.compile(r"\[[^\]]*\]")
_OPEN = re.compile(
    r"\((?:\?P?<\w+>|\?:)?(?:\[\^?[^\]]*\]|\\[wdS]|\.)[*+]\??\)|(?:\[\^?[^\]]*\]|\\[wS]|\.)[*+]\??"
)


def check(subject: Subject) -> Iterator[Finding]:
    """Each rule against the ones before it, and expressions for themselves."""
    for rule in subject.rules.rules:
        if rule.regex is None:
            yield from _glob(subject, rule)
        else:
            yield from _regex(subject, rule)


def is_catch_all(rule: Rule) -> bool:
    """Whether an expression takes every name."""
    return rule.regex is not None and rule.mapping.match in _ALL


def probe(match: str) -> str:
    """A name that a glob is for and nothing more special is."""
    return match.replace("*", "x9q")


def _glob(subject: Subject, rule: Rule) -> Iterator[Finding]:
    name = probe(rule.mapping.match)
    lost: list[Kind] = []
    winner: Rule | None = None
    for kind in kinds(rule):
        found = subject.rules.globs.find(name, kind)
        if found is None or found[0] != rule.index:
            lost.append(kind)
            winner = subject.rules.by_index[found[0]] if found else winner
    if not lost:
        if subject.rules.defaults.glob_disable_ordering:
            yield from _dead_ends(subject, rule)
        return
    whole = len(lost) == len(kinds(rule))
    if whole:
        subject.hidden.add(rule.index)
    never = "never matches" if whole else f"never matches a {' or a '.join(lost)}"
    line = subject.line(rule, "match")
    if winner is None:
        earlier = [
            one.mapping.match for one in subject.rules.rules if one.regex is None and one.index < rule.index
        ]
        longer = shadowed_by(earlier, rule.mapping.match)
        code = codes.SHADOWED if longer else codes.NO_WAY_BACK
        reason = f": `{longer}` stands before it" if longer else " with glob_disable_ordering"
        yield Finding(code, line, f"{what(rule)} {never}{reason}")
        return
    same = winner.mapping.match == rule.mapping.match
    place = subject.line(winner, "match")
    yield Finding(
        codes.DUPLICATE if same else codes.COVERED,
        line,
        f"{what(rule)} {never}: {'the same match' if same else what(winner)} in line {place} takes its names",
    )


def _dead_ends(subject: Subject, rule: Rule) -> Iterator[Finding]:
    """Names whose literal part leads into another rule's branch, where the original does not turn back."""
    parts = rule.mapping.match.split(".")
    for other in subject.rules.rules:
        theirs = other.mapping.match.split(".")
        if other.regex is not None or len(theirs) != len(parts):
            continue
        merged = [them if us == "*" else us for us, them in zip(parts, theirs, strict=True)]
        name = probe(".".join(merged))
        if any(subject.rules.globs.find(name, kind) is None for kind in kinds(rule)):
            line = subject.line(rule, "match")
            yield Finding(
                codes.NO_WAY_BACK, line, f"{what(rule)} does not get {name}: {what(other)} does not turn back"
            )
            return


def _regex(subject: Subject, rule: Rule) -> Iterator[Finding]:
    line, pattern = subject.line(rule, "match"), rule.mapping.match
    for earlier in subject.rules.rules:
        if (
            earlier.index >= rule.index
            or earlier.regex is None
            or not set(kinds(rule)) <= set(kinds(earlier))
        ):
            continue
        same = earlier.mapping.match == pattern
        if same or is_catch_all(earlier):
            subject.hidden.add(rule.index)
            code = codes.DUPLICATE if same else codes.COVERED
            place = subject.line(earlier, "match")
            yield Finding(
                code, line, f"{what(rule)} never matches: {what(earlier)} in line {place} takes all"
            )
            return
    yield from _taken_by_globs(subject, rule, line)
    if is_catch_all(rule):
        return
    missing = []
    if not pattern.lstrip("(?ims)").startswith(("^", r"\A", ".*")):
        missing.append("^")
    if not pattern.endswith(("$", r"\z", ".*", ".+", r"\.", ".*)", ".+)")):
        missing.append("$")
    if missing:
        yield Finding(codes.UNANCHORED, line, f"{what(rule)} has no {' and no '.join(missing)}")
    if _LOOSE.search(_CLASS.sub("[]", pattern)):
        yield Finding(codes.LOOSE_DOT, line, f"{what(rule)} has a dot that matches any character")


def _taken_by_globs(subject: Subject, rule: Rule, line: int) -> Iterator[Finding]:
    name = sample(rule)
    if name is None:
        return
    for kind in kinds(rule):
        found = subject.rules.globs.find(name, kind)
        if found is None:
            continue
        winner = subject.rules.by_index[found[0]]
        if outcome(winner) != outcome(rule):
            place = subject.line(winner, "match")
            yield Finding(
                codes.GLOB_FIRST,
                line,
                f"a name such as {name} goes to the glob {what(winner)} in line {place}",
            )
            return


def outcome(rule: Rule) -> tuple[str, str]:
    """Action and family of a rule, as far as the file tells."""
    return rule.mapping.action, escape(rule.mapping.name) if rule.mapping.action == "map" else ""


def sample(rule: Rule) -> str | None:
    """A name that an expression is for; None if none is easily made."""
    name = _OPEN.sub("x9q", rule.mapping.match.strip("^$")).replace("\\", "")
    return name if re.fullmatch(r"[A-Za-z0-9_.\-]+", name) and rule.regex.search(name) else None
