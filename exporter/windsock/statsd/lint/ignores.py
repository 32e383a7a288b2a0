"""Findings that the file itself puts aside: `# windsock: ignore WS206 the prefix is ours alone`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from windsock.statsd.lint import codes
from windsock.statsd.lint.finding import Finding

_COMMENT = re.compile(
    r"(?:^|\s)#\s*windsock:\s*ignore\b\s*(?P<codes>WS[0-9]+(?:\s*,\s*WS[0-9]+)*)?\s*(?P<reason>.*)$"
)


@dataclass(frozen=True, slots=True)
class _Ignore:
    line: int
    covers: int
    codes: tuple[str, ...]
    reason: str


def put_aside(text: str, findings: Sequence[Finding]) -> list[Finding]:
    """The findings that no comment puts aside, and what is wrong with the comments."""
    ignores = list(_ignores(text))
    used: set[tuple[int, str]] = set()
    left = []
    for finding in findings:
        fitting = [
            one
            for one in ignores
            if finding.line in {one.line, one.covers} and finding.code.id in one.codes and one.reason
        ]
        used.update((one.line, finding.code.id) for one in fitting)
        if not fitting:
            left.append(finding)
    return [*left, *_wrong(ignores, used)]


def _ignores(text: str) -> Iterator[_Ignore]:
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _COMMENT.search(line):
            alone = not line[: found.start()].strip()
            named = tuple(re.findall(r"WS[0-9]+", found["codes"] or ""))
            yield _Ignore(number, number + 1 if alone else number, named, found["reason"].strip())


def _wrong(ignores: Sequence[_Ignore], used: set[tuple[int, str]]) -> Iterator[Finding]:
    for one in ignores:
        unknown = [code for code in one.codes if code not in codes.CODES]
        if not one.codes or unknown:
            what = f"no code {', '.join(unknown)}" if unknown else "it names no code"
            yield Finding(codes.BAD_IGNORE, one.line, what)
        elif not one.reason:
            yield Finding(codes.BAD_IGNORE, one.line, f"no reason for {', '.join(one.codes)}")
        else:
            for code in one.codes:
                if (one.line, code) not in used:
                    yield Finding(codes.UNUSED_IGNORE, one.line, f"no finding {code} here")
