"""A whole statsd_exporter without sockets: lines in, /metrics out."""

from __future__ import annotations

import time
from collections.abc import Callable

from windsock.statsd.engine.decoding import Refused
from windsock.statsd.engine.dialect import V0_31, Dialect
from windsock.statsd.engine.escaping import escape
from windsock.statsd.engine.exposition import Page, page
from windsock.statsd.engine.fate import Crash
from windsock.statsd.engine.line import ALL_STYLES, Event, Parser, TagStyles
from windsock.statsd.engine.mapping import Mapping
from windsock.statsd.engine.matching import Matcher
from windsock.statsd.engine.registry import Conflict, Registry
from windsock.statsd.engine.rules import Rules, load
from windsock.statsd.engine.tally import Tally

# The original makes an event of each before it goes on.
_TOO_OFTEN = 50_000_000


class Engine:
    """Takes lines as statsd_exporter does.

    Args:
        rules: the mapping; `Rules()` for none.
        styles: which tags are read.
        dialect: the release.
        cache_size: names whose rule is remembered; 0 for none.
        clock: seconds of a clock that does not go back.
    """

    def __init__(
        self,
        rules: Rules,
        *,
        styles: TagStyles = ALL_STYLES,
        dialect: Dialect = V0_31,
        cache_size: int = 1000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tally = Tally()
        self.registry = Registry(self.tally, clock)
        self._dialect = dialect
        self._cache_size = cache_size
        self._parser = Parser(self.tally, styles, dialect)
        self._use(rules)

    def take(self, line: bytes) -> None:
        """Take one line without its newline.

        Raises:
            Crash: statsd_exporter would end here.
        """
        self.tally.lines += 1
        for event in self._parser.parse(line):
            if event.times > _TOO_OFTEN:
                raise Crash(f"one sample that counts {event.times} times: no memory would do")
            for _ in range(event.times):
                self._handle(event)

    def reload(self, text: str) -> None:
        """Use another mapping from now on; series stay.

        Raises:
            Refused: the file is wrong, and the old mapping stays.
        """
        try:
            self._use(load(text, self._dialect))
        except Refused:
            self.tally.reloads["failure"] += 1
            raise
        self.tally.reloads["success"] += 1

    def sweep(self) -> None:
        """Remove series past their time to live; the original does so every second."""
        self.registry.sweep()

    def page(self) -> Page:
        """What /metrics answers now."""
        return page(self.registry, self.tally, self._matcher.known)

    def _use(self, rules: Rules) -> None:
        self._rules = rules
        self._matcher = self._matcher_of(rules)
        self._unmapped = Mapping(ttl=rules.defaults.ttl)
        self.tally.loaded = len(rules.rules)

    def _matcher_of(self, rules: Rules) -> Matcher:
        return Matcher(rules, self.tally, size=self._cache_size)

    def _handle(self, event: Event) -> Mapping | None:
        """Keep or drop the event, as the mapping that is returned says; None if it is refused."""
        found = self._matcher.find(event.name, event.kind)
        mapping = found.rule.mapping if found else self._unmapped
        if mapping.action == "drop":
            self.tally.actions["drop"] += 1
            return mapping
        if found is None:
            self.tally.unmapped += 1
            name = escape(event.name)
        else:
            if not found.name:
                self.tally.errors["empty_metric_name"] += 1
                return None
            name = escape(found.name)
            for label, value in found.labels.items():
                if not (mapping.honor_labels and label in event.labels):
                    event.labels[label] = value
            self.tally.actions[mapping.action] += 1
        number = event.value if mapping.scale is None else event.value * mapping.scale
        if event.kind == "counter" and number < 0:
            self._refuse_negative(name, number)
            return None
        try:
            self._update(event, name, number, mapping)
        except Conflict:
            self.tally.conflicts[event.kind, name] += 1
            return None
        self.tally.events[event.kind] += 1
        return mapping

    def _refuse_negative(self, name: str, number: float) -> None:  # noqa: ARG002 (for who can do better)
        self.tally.errors["illegal_negative_counter"] += 1

    def _update(self, event: Event, name: str, value: float, mapping: Mapping) -> None:
        defaults = self._rules.defaults
        match event.kind:
            case "counter":
                self.registry.counter(name, event.labels, mapping).add(value)
            case "gauge":
                gauge = self.registry.gauge(name, event.labels, mapping)
                gauge.value = gauge.value + value if event.relative else value
            case _ if (mapping.observer_type or defaults.observer_type) == "histogram":
                self.registry.histogram(name, event.labels, mapping, defaults).observe(value)
            case _:
                self.registry.summary(name, event.labels, mapping, defaults).observe(value)
