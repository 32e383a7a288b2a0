"""StatsD lines to events: plain, DogStatsD, InfluxDB, Librato and SignalFX."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from windsock.statsd.engine.dialect import V0_31, Dialect, Timestamp
from windsock.statsd.engine.escaping import escape
from windsock.statsd.engine.fate import Crash
from windsock.statsd.engine.numbers import TooLarge, parse_float
from windsock.statsd.engine.tally import Tally

Kind = Literal["counter", "gauge", "observer"]
_KINDS: dict[str, Kind] = {"c": "counter", "g": "gauge", "ms": "observer", "h": "observer", "d": "observer"}
_REPEATED = frozenset({"ms", "h", "d"})


@dataclass(slots=True)
class Event:
    """One value for one name. Events of one line share `labels`, so a rule's labels reach the next one.

    Attributes:
        kind: what the value is for.
        name: the name without tags, not escaped; `""` where a line is tags only.
        value: `ms` already in seconds, a counter already divided by its sampling rate.
        relative: the value was written with a sign; gauges move by it.
        labels: the tags, names escaped.
        times: how often the value counts: more than once for a sampled timer.
    """

    kind: Kind
    name: str
    value: float
    relative: bool
    labels: dict[str, str]
    times: int = 1


class _Wrong(Exception):  # noqa: N818 (the line is, and is counted)
    """A line or sample is refused for a reason."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class TagStyles:
    """Which tags are read; each is a flag of statsd_exporter."""

    dogstatsd: bool = True
    influxdb: bool = True
    librato: bool = True
    signalfx: bool = True


ALL_STYLES = TagStyles()


class Parser:
    """Turns lines into events and counts what it refuses."""

    def __init__(self, tally: Tally, styles: TagStyles = ALL_STYLES, dialect: Dialect = V0_31) -> None:
        self._tally = tally
        self._styles = styles
        self._dialect = dialect
        self._name_marks = ("#" if styles.librato else "") + ("," if styles.influxdb else "")

    def parse(self, line: bytes) -> list[Event]:
        """The events of one line without its newline.

        Raises:
            Crash: statsd_exporter would end here.
        """
        if not line:
            return []
        labels: dict[str, str] = {}
        events: list[Event] = []
        try:
            name, samples = self._split(line, labels)
        except _Wrong as wrong:
            self._tally.sample_errors[wrong.reason] += 1
            return events
        for sample in samples:
            self._tally.samples += 1
            try:
                event = self._event(name, sample, labels)
            except _Wrong as wrong:
                self._tally.sample_errors[wrong.reason] += 1
                continue
            if event.times:
                events.append(event)
        return events

    def _split(self, line: bytes, labels: dict[str, str]) -> tuple[str, list[str]]:
        """The name without tags, and the samples; tags go to `labels`."""
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise _Wrong("malformed_line") from None
        head, colon, rest = text.partition(":")
        if not colon or not head:
            raise _Wrong("malformed_line")
        name = self._split_name(head, labels)
        dogstatsd = "|#" in rest
        if dogstatsd and labels:
            raise _Wrong("mixed_tagging_styles")
        if "|" not in rest:
            raise _Wrong("not_enough_parts_after_colon")
        values, _, suffix = rest.partition("|")
        if ":" not in values:
            return name, [rest] if dogstatsd else rest.split(":")
        if suffix.split("|", 1)[0] not in _REPEATED:
            raise _Wrong("invalid_extended_aggregate_type")
        return name, [f"{value}|{suffix}" for value in values.split(":")]

    def _event(self, name: str, sample: str, labels: dict[str, str]) -> Event:
        number, *parts = sample.split("|")
        if not 1 <= len(parts) < self._dialect.most_parts:
            raise _Wrong("malformed_component")
        letter, *extras = parts
        try:
            value = parse_float(number)
        except ValueError:
            raise _Wrong("malformed_value") from None
        if "" in extras:
            raise _Wrong("malformed_component")
        times = 1
        for extra in extras:
            if extra[0] == "@":
                rate = self._rate(extra[1:])
                if letter == "c":
                    value /= rate
                elif letter in _REPEATED:
                    times = repetitions(rate)
            else:
                self._take_extra(extra, labels)
        if labels:
            self._tally.tags += 1
        kind = _KINDS.get(letter)
        if kind is None:
            raise _Wrong("illegal_event")
        value = value / 1000 if letter == "ms" else value
        return Event(kind, name, value, number[0] in "+-", labels, times)

    def _take_extra(self, extra: str, labels: dict[str, str]) -> None:
        match extra[0]:
            case "#":
                if self._styles.dogstatsd:
                    self._take_tags(extra[1:], ":", labels, hashes=True)
            case "c":
                if not extra.startswith("c:") or len(extra) == 2:
                    raise _Wrong("malformed_container_id")
                labels["container_id"] = extra[2:]
            case "T" if self._dialect.timestamp is Timestamp.IGNORED:
                pass
            case _:
                raise _Wrong("invalid_sample_factor")

    def _rate(self, text: str) -> float:
        try:
            rate = parse_float(text)
        except ValueError as error:
            self._tally.sample_errors["invalid_sample_factor"] += 1
            return error.nearest if isinstance(error, TooLarge) else 1.0
        return rate or 1.0

    def _split_name(self, head: str, labels: dict[str, str]) -> str:
        """The name without its tags, which go to `labels`."""
        if self._styles.signalfx and ("[" in head or "]" in head):
            start, end = head.find("["), head.find("]")
            if start < 0 or end < 0:
                self._tally.tag_errors += 1
                return head
            if end < start:
                raise Crash("a name with `]` before `[` (slice bounds out of range)")
            self._take_tags(head[start + 1 : end], "=", labels)
            return head[:start] + head[end + 1 :]
        at = min((found for mark in self._name_marks if (found := head.find(mark)) >= 0), default=-1)
        if at < 0:
            return head
        self._take_tags(head[at + 1 :], "=", labels)
        return head[:at]

    def _take_tags(self, text: str, separator: str, labels: dict[str, str], *, hashes: bool = False) -> None:
        tags = text.split(",")
        if not tags[-1]:
            # One comma at the end is free.
            tags.pop()
        for tag in tags:
            key, _, value = (tag.removeprefix("#") if hashes else tag).partition(separator)
            if key and value:
                labels[escape(key)] = value
            else:
                self._tally.tag_errors += 1


def repetitions(rate: float) -> int:
    """How often a timer with this sampling rate counts: 1/rate cut to a whole number, 0 if that is absurd."""
    times = 1 / rate
    # What does not fit into 64 bits becomes the most negative number on amd64.
    return int(times) if math.isfinite(times) and 0 < times < 2**63 else 0
