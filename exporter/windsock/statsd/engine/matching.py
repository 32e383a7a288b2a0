"""Which rule takes a name, and what it makes of it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from windsock.statsd.engine.line import Kind
from windsock.statsd.engine.rules import Rule, Rules
from windsock.statsd.engine.tally import Tally
from windsock.statsd.engine.templates import expand


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that takes a name.

    Attributes:
        rule: the rule.
        name: the family's name, not yet escaped.
        labels: the rule's labels.
    """

    rule: Rule
    name: str
    labels: dict[str, str]


class Matcher:
    """Looks names up: globs first, then regular expressions in the order of the file."""

    def __init__(self, rules: Rules, tally: Tally, *, size: int = 1000) -> None:
        self._rules = rules
        self._regexes = [rule for rule in rules.rules if rule.regex is not None]
        self._tally = tally
        self._size = size
        self._known: OrderedDict[tuple[Kind, str], Match | None] = OrderedDict()

    def find(self, name: str, kind: Kind) -> Match | None:
        """The rule that takes a name; None if none does. Counts as a look-up of the cache."""
        if self._size == 0:
            return self.look(name, kind)
        self._tally.gets += 1
        key = (kind, name)
        if key in self._known:
            self._tally.hits += 1
            self._known.move_to_end(key)
            return self._known[key]
        found = self._known[key] = self.look(name, kind)
        if len(self._known) > self._size:
            self._known.popitem(last=False)
        return found

    @property
    def known(self) -> int:
        """How many names are in the cache."""
        return len(self._known)

    def look(self, name: str, kind: Kind) -> Match | None:
        """Like `find`, past the cache."""
        found = self._rules.globs.find(name, kind)
        if found is not None:
            rule, captures = self._rules.by_index[found[0]], found[1]
            assert rule.name is not None  # noqa: S101 (a glob always has one)
            labels = {label: value.fill(name, captures) for label, value in rule.labels.items()}
            return Match(rule, rule.name.fill(name, captures), labels)
        for rule in self._regexes:
            if rule.kind in {None, kind} and (made := by_regex(rule, name)):
                return made
        return None


def by_regex(rule: Rule, name: str) -> Match | None:
    """What a regex rule makes of a name; None if it does not match anywhere in it."""
    found = rule.regex.search(name)
    if found is None:
        return None

    def group(which: str | int) -> str:
        return _group(found, which)

    labels = {label: expand(value, group) for label, value in rule.mapping.labels.items()}
    return Match(rule, expand(rule.mapping.name, group), labels)


def _group(found: Any, which: str | int) -> str:
    try:
        text = found.group(which)
    except (IndexError, KeyError):
        return ""
    return text or ""
