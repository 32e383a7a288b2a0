"""What keeps statsd_exporter from starting."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from windsock.statsd.engine.reading import KEYS
from windsock.statsd.lint import codes
from windsock.statsd.lint.finding import Code, Finding
from windsock.statsd.lint.subject import Subject

_REMOVED = {"timer_type", "buckets", "quantiles"}
_UNKNOWN = re.compile(r"field (?P<key>\S*) not found in type mapper\.(?P<where>\w+)")
_STARTS: tuple[tuple[str, Code], ...] = (
    ("invalid match:", codes.BAD_GLOB),
    ("invalid regex", codes.BAD_REGEX),
    ("invalid label key", codes.BAD_LABEL),
    ("metric name", codes.BAD_NAME),
    ("cannot use", codes.WRONG_OPTIONS),
    ("invalid metric type 'timer'", codes.REMOVED_KEY),
)


def check(subject: Subject) -> Iterator[Finding]:
    """Everything that cannot be loaded, not only the first of it."""
    for line, message in subject.wrong:
        yield Finding(*_classify(line, message))
    if subject.dialect.strict:
        return
    for place, line in subject.written.ignored:
        key = str(place[-1])
        yield Finding(codes.UNKNOWN_KEY, line, f"the key {key} is passed over{_near(key)}")


def _classify(line: int, message: str) -> tuple[Code, int, str]:
    if found := _UNKNOWN.search(message):
        key = found["key"]
        if key in _REMOVED:
            return codes.REMOVED_KEY, line, f"release 0.31 no longer knows the key {key}"
        return codes.UNKNOWN_KEY, line, f"unknown key {key}{_near(key)}"
    if "already set" in message:
        return codes.REPEATED_KEY, line, message
    if "didn't set a metric name" in message:
        return codes.BAD_NAME, line, "the rule has no name"
    code = next((code for start, code in _STARTS if message.startswith(start)), codes.NOT_LOADED)
    return code, line, message


def _near(key: str) -> str:
    near = difflib.get_close_matches(key, KEYS, n=1)
    return f"; did you mean {near[0]}?" if near else f" (known: {', '.join(KEYS)})"
