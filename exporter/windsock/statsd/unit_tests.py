"""Unit tests of a mapping: lines in, series and counters out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from prometheus_client.parser import text_string_to_metric_families
from pydantic import Field, field_validator

from windsock.errors import BadInput
from windsock.statsd.engine.builtin import BUILTIN
from windsock.statsd.engine.dialect import Dialect, dialect
from windsock.statsd.engine.engine import Engine
from windsock.statsd.engine.fate import Crash
from windsock.statsd.engine.line import TagStyles
from windsock.statsd.engine.numbers import format_float
from windsock.statsd.engine.rules import Rules
from windsock.yamlfile import Entry, load_with_lines

_PARTS = ("_bucket", "_sum", "_count")


class Case(Entry):
    """One test.

    Attributes:
        name: what it shows, in words.
        lines: what is sent.
        series: every series that must be there: `name{label="value"} 1`. Of a histogram or summary only what
            is named counts; series of families that are not named must not be there.
        unmapped: how many events no rule may take.
        dropped: how many events rules drop; not looked at if absent.
        errors: by reason, how many lines, samples or events are refused.
        result: `ok`, or `scrape fails`, or `crash`.
    """

    name: str
    lines: list[str]
    series: list[str] = Field(default_factory=list)
    unmapped: int = 0
    dropped: int | None = None
    errors: dict[str, int] = Field(default_factory=dict)
    result: Literal["ok", "scrape fails", "crash"] = "ok"

    @field_validator("series")
    @classmethod
    def _readable(cls, rows: list[str]) -> list[str]:
        for row in rows:
            if parse(row) is None:
                raise ValueError(f'not a series with its value, such as name{{label="value"}} 1: {row}')
        return rows


class Suite(Entry):
    """A test file.

    Attributes:
        mapping: the mapping file, from the test file's folder.
        exporter: the release of statsd_exporter.
        without_tags: styles of tags that it does not read.
        tests: the tests.
    """

    mapping: str
    exporter: str = "0.31"
    without_tags: list[Literal["dogstatsd", "influxdb", "librato", "signalfx"]] = Field(default_factory=list)
    tests: list[Case]


@dataclass(frozen=True, slots=True)
class Result:
    """A test that was run; `wrong` says what differs, empty if nothing does."""

    place: str
    name: str
    wrong: tuple[str, ...]


def run(path: Path, read_rules: Callable[[Path, Dialect], Rules]) -> Iterator[Result]:
    """Run every test of a file.

    Args:
        path: the test file.
        read_rules: makes `Rules` of a path and a dialect.

    Raises:
        BadInput: the file or its mapping is wrong.
    """
    suite, lines = load_with_lines(path, Suite)
    release = dialect(suite.exporter)
    styles = TagStyles(**dict.fromkeys(suite.without_tags, False))
    rules = read_rules(path.parent / suite.mapping, release)
    for index, case in enumerate(suite.tests):
        engine = Engine(rules, styles=styles, dialect=release)
        yield Result(f"{path}:{lines.line('tests', index)}", case.name, tuple(_wrong(case, engine)))


def _wrong(case: Case, engine: Engine) -> Iterator[str]:
    try:
        for line in case.lines:
            engine.take(line.encode())
    except Crash as crash:
        if case.result != "crash":
            yield f"statsd_exporter ends: {crash}"
        return
    page = engine.page()
    result = "ok" if page.status == 200 else "scrape fails"
    if result != case.result:
        reason = f" ({page.text.splitlines()[0]})" if page.status != 200 else ""
        yield f"result: expected {case.result}, is {result}{reason}"
    if page.status == 200:
        yield from _series(case, page.text)
    tally = engine.tally
    errors = dict(tally.sample_errors + tally.errors)
    for _, name in tally.conflicts:
        errors[f"conflict {name}"] = sum(
            count for (_, other), count in tally.conflicts.items() if other == name
        )
    if tally.tag_errors:
        errors["tag_errors"] = tally.tag_errors
    for reason in sorted({*errors, *case.errors}):
        if errors.get(reason, 0) != case.errors.get(reason, 0):
            yield f"errors {reason}: expected {case.errors.get(reason, 0)}, is {errors.get(reason, 0)}"
    if tally.unmapped != case.unmapped:
        yield f"unmapped: expected {case.unmapped}, is {tally.unmapped}"
    if case.dropped is not None and tally.actions["drop"] != case.dropped:
        yield f"dropped: expected {case.dropped}, is {tally.actions['drop']}"


def _series(case: Case, page: str) -> Iterator[str]:
    expected = [one for row in case.series if (one := parse(row))]
    named = {one[0] for one in expected}
    families = {_family(name) for name in named}
    actual = [one for row in page.splitlines() if not row.startswith("#") and (one := parse(row))]
    actual = [one for one in actual if one[0] not in BUILTIN]
    for one in expected:
        if one not in actual:
            yield f"- {show(one)}"
    for one in actual:
        partial = _family(one[0]) in families and one[0] not in named
        quantile = "quantile" in dict(one[1]) and not any(
            name == one[0] and "quantile" in dict(labels) for name, labels, _ in expected
        )
        if one not in expected and not partial and not (quantile and _family(one[0]) in families):
            yield f"+ {show(one)}"


def _family(name: str) -> str:
    return next((name.removesuffix(part) for part in _PARTS if name.endswith(part)), name)


Row = tuple[str, tuple[tuple[str, str], ...], str]
"""Name, labels that are not empty, value."""


def parse(row: str) -> Row | None:
    """A series with its value; labels without a value do not exist, as in Prometheus."""
    try:
        found = [sample for family in text_string_to_metric_families(row) for sample in family.samples]
    except ValueError:
        return None
    if len(found) != 1:
        return None
    labels = tuple(sorted((label, value) for label, value in found[0].labels.items() if value))
    return found[0].name, labels, format_float(found[0].value)


def show(row: Row) -> str:
    """The row as text."""
    name, labels, value = row
    inside = ", ".join(f'{label}="{text}"' for label, text in labels)
    return f"{name}{{{inside}}} {value}" if inside else f"{name} {value}"


def no_tests(path: Path) -> BadInput:
    """The error for a file without a test."""
    return BadInput(f"{path}:1: tests: the file has none")
