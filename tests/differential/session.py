"""Cases in a row on one process: a mapping is loaded, lines are sent, /metrics is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tests.differential.draw import Draw
from tests.differential.lines import Lines
from tests.differential.mappings import Text
from windsock.statsd.engine.decoding import Refused
from windsock.statsd.engine.dialect import V0_31, Dialect
from windsock.statsd.engine.engine import Engine
from windsock.statsd.engine.fate import Crash
from windsock.statsd.engine.line import TagStyles
from windsock.statsd.engine.rules import Rules

CRASHED = -1
CASES = 12
"""Cases on one process, if none of them ends it."""
_FLAGS = ("dogstatsd", "influxdb", "librato", "signalfx")
# What listeners count, and how many batches time cut the events into.
_NOT_COMPARED = re.compile(
    r"^(# HELP statsd_|(# (TYPE|HELP) )?"
    r"(go_|process_|promhttp_|statsd_exporter_(build_info|event_queue|tcp_|udp_|unixgram_)|statsd_metric_mapper_cache_length))"
)
_SPOILT = re.compile(r"(?P<name>\w+)_sum(?P<labels>(\{.*\})?) NaN")


@dataclass(frozen=True, slots=True)
class Case:
    """A mapping and the lines that follow it.

    Attributes:
        seed: what it was made from.
        mapping: the file's text.
        lines: the lines, without newlines.
        hits: the features that it has.
    """

    seed: int
    mapping: str
    lines: tuple[bytes, ...]
    hits: frozenset[str]


@dataclass(frozen=True, slots=True)
class Session:
    """Cases on one process, which is started with these tag styles."""

    styles: TagStyles
    cases: tuple[Case, ...]

    @property
    def flags(self) -> list[str]:
        """The command line's part about tags."""
        return [f"--no-statsd.parse-{one}-tags" for one in _FLAGS if not getattr(self.styles, one)]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case did.

    Attributes:
        status: of /metrics: 200, 500, 0 without an answer; CRASHED if the process ended.
        rows: the lines of the page that are compared; empty unless 200.
        refused: what was said about a mapping that was not taken; None if it was.
    """

    status: int
    rows: frozenset[str]
    refused: str | None


def session(seed: int, cases: int = CASES) -> Session:
    """The cases from `seed` on."""
    draw = Draw(seed)
    off = {flag: False for flag in _FLAGS if draw.chance(0.08)}
    return Session(TagStyles(**off), tuple(_case(seed * 1000 + number, off) for number in range(cases)))


def _case(seed: int, off: dict[str, bool]) -> Case:
    draw = Draw(seed)
    draw.hits.update(f"flag: no {flag}" for flag in off)
    text = Text(draw, seed % 1000)
    lines = Lines(draw, text)
    made = tuple(lines.one() for _ in range(draw.number(3, 20)))
    return Case(seed, text.text, made, frozenset(draw.hits))


def rows(page: str) -> frozenset[str]:
    """What is compared of a page: all but help of its own figures, Go's, the process's and the listeners'.

    Quantiles of a summary that saw a NaN are left out: where it sorts is nobody's promise.
    """
    kept = [row for row in page.splitlines() if not _NOT_COMPARED.match(row)]
    # The series' name and labels without the closing brace, which is what its quantiles begin with.
    spoilt = tuple(
        (found["name"] + found["labels"]).removesuffix("}")
        for row in kept
        if (found := _SPOILT.fullmatch(row))
    )
    if spoilt:
        kept = [row for row in kept if "quantile=" not in row or not row.startswith(spoilt)]
    return frozenset(kept)


class Ours:
    """The engine under the same treatment."""

    def __init__(self, styles: TagStyles, dialect: Dialect = V0_31) -> None:
        self._fresh = partial(Engine, styles=styles, dialect=dialect)
        self.engine: Engine = self._fresh(Rules())
        self._loaded = False

    def run(self, case: Case) -> Outcome:
        """One case; after a status other than 200 the engine is new."""
        refused = None
        try:
            self.engine.reload(case.mapping)
        except Refused as error:
            refused = str(error)
        try:
            for line in case.lines:
                self.engine.take(line)
        except Crash:
            self.engine = self._fresh(Rules())
            return Outcome(CRASHED, frozenset(), refused)
        page = self.engine.page()
        if page.status != 200:
            self.engine = self._fresh(Rules())
            return Outcome(page.status, frozenset(), refused)
        return Outcome(200, rows(page.text), refused)


def differences(ours: Outcome, theirs: Outcome) -> list[str]:
    """Where two outcomes differ, ours first; empty if they do not."""
    found = []
    if ours.status != theirs.status:
        found.append(f"status: ours {ours.status}, theirs {theirs.status}")
    if (ours.refused is None) != (theirs.refused is None) or (
        ours.refused is not None and not same_words(ours.refused, theirs.refused or "")
    ):
        found.append(f"refused: ours {ours.refused!r}, theirs {theirs.refused!r}")
    found += [f"only ours:   {row}" for row in sorted(ours.rows - theirs.rows)]
    found += [f"only theirs: {row}" for row in sorted(theirs.rows - ours.rows)]
    return found


def same_words(ours: str, theirs: str) -> bool:
    """Whether two refusals say the same; of YAML's syntax and of RE2 the words are not Go's."""
    for start in ("not valid YAML", "invalid regex", "an anchor's value", "nested too"):
        if ours.startswith(start):
            return theirs.startswith(("yaml: ", "invalid regex"))
    return ours == theirs


def describe(case: Case, found: Sequence[str]) -> str:
    """A case and its differences for a person."""
    lines = "\n".join(repr(line) for line in case.lines)
    return f"case {case.seed}\n{case.mapping}\n{lines}\n\n" + "\n".join(found)
