"""Lines without the ids in them: what is no word of Airflow's becomes `p1`, `p2`, the same each time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from windsock.airflow_versions import VERSIONS
from windsock.statsd.sent import names
from windsock.wire import PLACEHOLDER

# Tags whose values come from a short list in Airflow's own code.
_KEPT = frozenset({"state", "return_code", "run_type", "status", "job_name", "type", "result", "prior_state"})
# What the DogStatsD client counts of itself.
_CLIENT = b"datadog.dogstatsd.client."
_TAGS = re.compile(rb"\|#[^|]*|\|c:[^|]*")
_VALUE = re.compile(rb"^[-+0-9.eExXpPinfatyINFATY_]*$")


class Pseudonyms:
    """Replaces ids, consistently over all lines.

    Args:
        prefix: Airflow's `statsd_prefix`; it is kept.
    """

    def __init__(self, prefix: str = "airflow") -> None:
        self._words = {part.encode() for part in (*prefix.split("."), *_words())}
        self._heads = sorted((head.encode() for head in _heads()), key=len, reverse=True)
        self._known: dict[bytes, bytes] = {}

    def line(self, line: bytes) -> bytes:
        """A line with its ids replaced; what is no StatsD line at all becomes one pseudonym."""
        head, colon, rest = line.partition(b":")
        if not colon or b"|" not in rest:
            return self._one(line) if line else line
        cut = min((at for mark in b",#[" if (at := head.find(mark)) > 0), default=len(head))
        name = head[:cut]
        if not name.startswith(_CLIENT):
            name = b".".join(self._part(part) for part in name.split(b"."))
        tags = self._name_tags(head[cut:])
        return name + tags + b":" + _TAGS.sub(lambda found: self._section(found[0]), self._values(rest))

    def _values(self, rest: bytes) -> bytes:
        # A value that is no number may be anything.
        value, bar, more = rest.partition(b"|")
        return (
            (value if all(_VALUE.match(one) for one in value.split(b":")) else self._one(value)) + bar + more
        )

    def _part(self, part: bytes) -> bytes:
        if part in self._words or not part:
            return part
        for head in self._heads:
            if part.startswith(head):
                return head + self._one(part[len(head) :])
        return self._one(part)

    def _one(self, text: bytes) -> bytes:
        if not text:
            return text
        return self._known.setdefault(text, f"p{len(self._known) + 1}".encode())

    def _name_tags(self, text: bytes) -> bytes:
        return re.sub(rb"([,#\[])([^=,\]]*)=([^,\]]*)", self._tag, text)

    def _section(self, text: bytes) -> bytes:
        if text.startswith(b"|c:"):
            return b"|c:" + self._one(text[3:])
        return b"|#" + re.sub(rb"(^|,)([^:,]*):([^,]*)", self._tag, text[2:])

    def _tag(self, found: re.Match[bytes]) -> bytes:
        mark, key, value = found.groups()
        separator = found[0][len(mark) + len(key) : len(mark) + len(key) + 1]
        kept = key.decode(errors="replace") in _KEPT
        return (
            mark
            + key
            + separator
            + (value if kept else b".".join(self._one(one) for one in value.split(b".")))
        )


def _words() -> Iterator[str]:
    """Every part of a name that Airflow itself writes."""
    for name in names("", VERSIONS):
        yield from (part for part in name.shown.split(".") if "{" not in part)


def _heads() -> set[str]:
    """Beginnings of parts that an id follows, such as `operator_failures_`."""
    parts = [part for name in names("", VERSIONS) for part in name.shown.split(".")]
    return {PLACEHOLDER.split(part)[0] for part in parts if "{" in part and not part.startswith("{")}
