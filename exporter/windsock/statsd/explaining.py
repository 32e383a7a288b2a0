"""What becomes of one line: the rule that takes it, those that lose, and the series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from windsock.statsd.engine.builtin import BUILTIN
from windsock.statsd.engine.dialect import Dialect
from windsock.statsd.engine.engine import Engine
from windsock.statsd.engine.fate import Crash
from windsock.statsd.engine.globs import covers, shadowed_by
from windsock.statsd.engine.line import Event, Parser, TagStyles
from windsock.statsd.engine.matching import Match, Matcher
from windsock.statsd.engine.rules import Rule, Rules
from windsock.statsd.engine.tally import Tally

_REASONS = {
    "malformed_line": "no colon, no name before it, or not UTF-8",
    "mixed_tagging_styles": "tags in the name and behind |# at once",
    "not_enough_parts_after_colon": "nothing like `|c` behind the value",
    "invalid_extended_aggregate_type": "several values are only for ms, h and d",
    "malformed_component": "an empty part between bars, or too many of them",
    "malformed_value": "the value is no number",
    "invalid_sample_factor": "a part that begins with none of @ # c: T, or a rate that is no number",
    "malformed_container_id": "c: without an id",
    "illegal_event": "no type that statsd_exporter knows (c, g, ms, h, d)",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A line and its fate.

    Attributes:
        text: for a person, several lines.
        good: whether the line becomes a series, or is dropped by a rule.
    """

    text: str
    good: bool


def explain(line: bytes, rules: Rules, *, name: str, styles: TagStyles, dialect: Dialect) -> Explanation:
    """What statsd_exporter does with a line that is the first after its start.

    Args:
        line: the line, without its newline.
        rules: the mapping.
        name: the mapping file, for places.
        styles: which tags are read.
        dialect: the release.
    """
    shown = [line.decode(errors="backslashreplace")]
    tally = Tally()
    try:
        events = Parser(tally, styles, dialect).parse(line)
    except Crash as crash:
        return Explanation("\n".join([*shown, f"  ends statsd_exporter: {crash}"]) + "\n", good=False)
    shown += [f"  refused ({reason}): {_REASONS[reason]}" for reason in tally.sample_errors]
    if tally.tag_errors:
        shown.append(f"  {tally.tag_errors} tag(s) ignored: empty, without a value, or one bracket alone")
    if not events and not tally.sample_errors:
        shown.append(
            "  no event and no error" + (": a rate above 1 or below 0" if tally.samples else ": empty")
        )
    matcher = Matcher(rules, Tally(), size=0)
    for event in events:
        shown += [f"  {part}" for part in _event(event, matcher, rules, name)]
    fate, good = _fate(line, rules, styles, dialect)
    return Explanation("\n".join([*shown, *(f"  {part}" for part in fate)]) + "\n", good and bool(events))


def _event(event: Event, matcher: Matcher, rules: Rules, name: str) -> Iterator[str]:
    labels = ", ".join(f"{label}={value!r}" for label, value in sorted(event.labels.items()))
    times = f", counted {event.times} times" if event.times > 1 else ""
    moved = ", moves the gauge" if event.relative and event.kind == "gauge" else ""
    tags = f", tags {labels}" if labels else ""
    yield f"{event.kind} {event.name or '(no name)'}, value {event.value:g}{moved}{times}{tags}"
    found = matcher.look(event.name, event.kind)
    if found is None:
        yield "no rule takes it: it gets its own name, and its tags as labels"
    else:
        yield f"rule {_place(rules, found.rule, name)}{' drops it' if _drops(found) else ''}"
    for rule, why in _losers(event, found, rules):
        yield f"not {_place(rules, rule, name)}: {why}"


def _place(rules: Rules, rule: Rule, name: str) -> str:
    kind = "expression" if rule.regex is not None else "glob"
    return f"{name}:{rules.file.line('mappings', rule.index, 'match')} {kind} `{rule.mapping.match}`"


def _drops(found: Match) -> bool:
    return found.rule.mapping.action == "drop"


def _losers(event: Event, found: Match | None, rules: Rules) -> Iterator[tuple[Rule, str]]:
    """Rules whose pattern fits too, and why they do not get the line."""
    for rule in rules.rules:
        if found is not None and rule is found.rule:
            continue
        if rule.regex is None and not covers(rule.mapping.match, event.name):
            continue
        if rule.regex is not None and not rule.regex.search(event.name):
            continue
        yield rule, _why_not(rule, event, found, rules)


def _why_not(rule: Rule, event: Event, found: Match | None, rules: Rules) -> str:
    if rule.kind not in {None, event.kind}:
        return f"it is for type {rule.kind} only"
    if rule.regex is None:
        earlier = [one.mapping.match for one in rules.rules if one.regex is None and one.index < rule.index]
        if longer := shadowed_by(earlier, rule.mapping.match):
            return f"it is never found, since `{longer}` stands before it"
        if rules.defaults.glob_disable_ordering:
            return "a more literal glob goes first (glob_disable_ordering)"
        return "an earlier glob takes it"
    if found is not None and found.rule.regex is None:
        return "globs are tried before expressions"
    return "an earlier expression takes it"


def _fate(line: bytes, rules: Rules, styles: TagStyles, dialect: Dialect) -> tuple[list[str], bool]:
    engine = Engine(rules, styles=styles, dialect=dialect)
    try:
        engine.take(line)
    except Crash as crash:
        return [f"ends statsd_exporter: {crash}"], False
    page = engine.page()
    if page.status != 200:
        answer = "answers 500" if page.status else "gets no answer"
        return [f"from now on every scrape {answer}: {reason}" for reason in page.text.splitlines()], False
    tally = engine.tally
    told = [f"event refused ({reason})" for reason in tally.errors]
    told += [f"event refused: {name} is of another type" for _, name in tally.conflicts]
    told += [f"becomes {row}" for row in brief(page.text)]
    return told, not tally.errors and not tally.conflicts


def brief(page: str) -> Sequence[str]:
    """Series of a page; of a histogram the first bucket that counts, its sum and its count."""
    rows = []
    last = ""
    for row in page.splitlines():
        name = row.split("{", 1)[0].split(" ", 1)[0]
        if row.startswith("#") or name in BUILTIN:
            continue
        series = row.rsplit("le=", 1)[0]
        if "_bucket{" in row:
            if row.endswith(" 0") or series == last:
                continue
            last = series
        rows.append(row)
    return rows
