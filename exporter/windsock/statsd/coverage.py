"""A mapping against what Airflow can send, or against lines that it did send."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from windsock.statsd.engine.dialect import Dialect
from windsock.statsd.engine.fate import Crash
from windsock.statsd.engine.line import Parser, TagStyles
from windsock.statsd.engine.matching import Matcher
from windsock.statsd.engine.rules import Rules
from windsock.statsd.engine.tally import Tally
from windsock.statsd.sent import names

MAPPED, DROPPED, UNMAPPED = "mapped", "dropped", "unmapped"


@dataclass(slots=True)
class Coverage:
    """What becomes of names.

    Attributes:
        fates: by `mapped`, `dropped`, `unmapped`: how many.
        names: by fate, the names with how often each came.
        refused: by reason, lines and samples that statsd_exporter refuses.
        fatal: lines that end it, with the reason.
        idle: match and line of rules that took nothing.
    """

    fates: Counter[str] = field(default_factory=Counter)
    names: dict[str, Counter[str]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    fatal: dict[str, str] = field(default_factory=dict)
    idle: list[tuple[str, int]] = field(default_factory=list)

    def add(self, fate: str, name: str, times: int) -> None:
        """Count a name."""
        self.fates[fate] += times
        self.names.setdefault(fate, Counter())[name] += times


def of_catalogue(rules: Rules, prefix: str, version: str) -> Coverage:
    """What becomes of every line that a version of Airflow sends, each once.

    A line whose ids may hold dots is unmapped if it is so with them.
    """
    found, matcher, used = Coverage(), Matcher(rules, Tally(), size=0), set[int]()
    for name in names(prefix, (version,)):
        fates = []
        for text in name.all():
            match = matcher.look(text, name.kind)
            if text in {name.plain, name.dotted}:
                fates.append(_fate(match.rule.mapping.action if match else None))
            if match:
                used.add(match.rule.index)
        fate = UNMAPPED if UNMAPPED in fates else fates[0]
        dots = " (with a dot in an id)" if fates[0] != fate else ""
        found.add(fate, f"{prefix}.{name.shown}{dots}", 1)
    found.idle = _idle(rules, used)
    return found


def of_lines(
    rules: Rules, lines: Iterable[tuple[int, bytes]], *, styles: TagStyles, dialect: Dialect
) -> Coverage:
    """What becomes of lines, each with how often it came."""
    found, used = Coverage(), set[int]()
    matcher = Matcher(rules, Tally())
    for times, line in lines:
        tally = Tally()
        try:
            events = Parser(tally, styles, dialect).parse(line)
        except Crash as crash:
            found.fatal[line.decode(errors="backslashreplace")] = str(crash)
            continue
        for reason, count in tally.sample_errors.items():
            found.refused[reason] += count * times
        for event in events:
            match = matcher.find(event.name, event.kind)
            if match:
                used.add(match.rule.index)
            found.add(_fate(match.rule.mapping.action if match else None), event.name, times)
    found.idle = _idle(rules, used)
    return found


def _fate(action: str | None) -> str:
    return {None: UNMAPPED, "drop": DROPPED}.get(action, MAPPED)


def _idle(rules: Rules, used: set[int]) -> list[tuple[str, int]]:
    return [
        (rule.mapping.match, rules.file.line("mappings", rule.index, "match"))
        for rule in rules.rules
        if rule.index not in used
    ]


def read_lines(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Lines of a file: of `windsock statsd record`, of this project's recordings, or plain StatsD lines."""
    for row in text.split(b"\n"):
        before, tab, line = row.partition(b"\t")
        if tab and before.isdigit():
            yield int(before), line
        elif tab and before.replace(b".", b"", 1).isdigit():
            yield 1, line
        elif row and not row.startswith(b"# "):
            yield 1, row


def as_text(found: Coverage, *, what: str, name: str, most: int) -> str:
    """The figures, what is unmapped, and rules that took nothing."""
    total = sum(found.fates.values())
    rows = [f"{total} {what}"]
    for fate in (MAPPED, DROPPED, UNMAPPED):
        share = found.fates[fate] / total if total else 0.0
        rows.append(f"  {fate:<9} {found.fates[fate]:>8} {share:7.1%}")
    rows += [f"  refused {reason}: {count}" for reason, count in sorted(found.refused.items())]
    rows += [f"  ends statsd_exporter: {line} ({why})" for line, why in found.fatal.items()]
    rows += _list(
        "Unmapped:", [_times(*pair) for pair in found.names.get(UNMAPPED, Counter()).most_common()], most
    )
    rows += _list(
        "Rules that took nothing:", [f"{name}:{line} `{match}`" for match, line in found.idle], most
    )
    return "\n".join(rows) + "\n"


def _times(name: str, count: int) -> str:
    return f"{name or '(no name)'} ({count})" if count > 1 else name or "(no name)"


def _list(title: str, rows: list[str], most: int) -> list[str]:
    if not rows:
        return []
    more = [f"  … and {len(rows) - most} more; --all shows them"] if len(rows) > most else []
    return [title, *(f"  {row}" for row in rows[:most]), *more]
