"""A mapping file as the checks see it."""

from __future__ import annotations

from dataclasses import dataclass, field

from windsock.statsd.engine.decoding import Refused
from windsock.statsd.engine.dialect import Dialect
from windsock.statsd.engine.globs import KINDS
from windsock.statsd.engine.line import Kind
from windsock.statsd.engine.mapping import MappingFile
from windsock.statsd.engine.matching import Match, Matcher
from windsock.statsd.engine.reading import examine
from windsock.statsd.engine.rules import Rule, Rules, build
from windsock.statsd.engine.tally import Tally


@dataclass(slots=True)
class Subject:
    """What is checked.

    Attributes:
        dialect: the release that it is for.
        written: what stands in the file.
        rules: those rules that can be loaded, completed.
        wrong: (line, message) of what cannot.
        matcher: looks names up.
        hidden: rules that are never reached, so no other check need say so.
    """

    dialect: Dialect
    written: MappingFile
    rules: Rules
    wrong: list[tuple[int, str]]
    matcher: Matcher
    hidden: set[int] = field(default_factory=set)

    @classmethod
    def read(cls, text: str, dialect: Dialect) -> Subject:
        """Read as much of a file as can be read.

        Raises:
            Refused: it is no YAML.
        """
        written, wrong = examine(text, dialect)
        completed, _ = examine(text, dialect)
        refusals: list[Refused] = []
        rules = build(completed, dialect, refusals)
        wrong = sorted([*wrong, *((one.line, str(one)) for one in refusals)])
        return cls(dialect, written, rules, wrong, Matcher(rules, Tally(), size=0))

    def line(self, rule: Rule, *keys: str) -> int:
        """The line of a rule's key."""
        return self.written.line("mappings", rule.index, *keys)

    def look(self, name: str, kind: Kind) -> Match | None:
        """The rule that takes a name, and what it makes of it."""
        return self.matcher.look(name, kind)


def kinds(rule: Rule) -> tuple[Kind, ...]:
    """The types that a rule takes."""
    return (rule.kind,) if rule.kind else KINDS


def maps(rule: Rule) -> bool:
    """Whether a rule makes series."""
    return rule.mapping.action == "map"


def what(rule: Rule) -> str:
    """A rule in a sentence."""
    return f"`{rule.mapping.match}`"


def is_for(rule: Rule, prefix: str) -> bool:
    """Whether a rule is for lines of Airflow, and not for everything."""
    match = rule.mapping.match.replace("\\", "").lstrip("^(")
    return match.startswith((f"{prefix}.", f"{prefix}_")) and match != f"{prefix}."
