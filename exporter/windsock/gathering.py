"""Reading the database in the background, each tier at its own pace; what was read stands in the stock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic
from typing import Any

import structlog

from windsock.collect.collector import Collector, Tier
from windsock.collect.cycle import Cycle, of_tier
from windsock.collect.pace import Limits
from windsock.collect.stock import Health, Stock
from windsock.errors import BadInput
from windsock.metadb.replica import Replica
from windsock.metadb.source import Source
from windsock.metadb.trouble import ReadError

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How often, how long, how patient; all in seconds."""

    fast_interval: float = 15.0
    slow_interval: float = 60.0
    drop_after: float = 90.0
    overdue_grace: float = 60.0
    limits: Limits = field(default_factory=Limits)

    def interval(self, tier: Tier) -> float:
        """Seconds between two cycles of the tier."""
        return self.fast_interval if tier is Tier.FAST else self.slow_interval

    def max_age(self, interval: float) -> float:
        """How old the figures of a collector may become: three of its intervals, at least `drop_after`."""
        return max(self.drop_after, 3 * interval)


class Gathering:
    """Runs collectors.

    Args:
        source: what they read.
        settings: how often.
        collectors: in the order in which a cycle runs them.
        stop: ends everything.
        news: set when there is something new to show.
    """

    def __init__(
        self,
        source: Source,
        settings: Settings,
        collectors: Sequence[Collector[Any]],
        *,
        stop: Event,
        news: Event,
    ) -> None:
        self.stock = Stock()
        self._source = source
        self._settings = settings
        self._collectors = collectors
        self._stop = stop
        self._news = news
        self._first = {Tier.FAST: Event(), Tier.SLOW: Event()}
        for collector in collectors:
            self.stock.register(collector.name, collector.tier, settings.interval(collector.tier))
        self._apply_guard()

    def threads(self) -> list[Thread]:
        """One for each tier."""
        fast, slow = self._cycle(Tier.FAST), self._cycle(Tier.SLOW)
        return [
            Thread(target=self._go_on, args=(Tier.FAST, fast, slow), name="fast", daemon=True),
            Thread(target=self._go_on, args=(Tier.SLOW, slow), name="slow", daemon=True),
        ]

    def once(self, tiers: Iterable[Tier]) -> None:
        """Read everything of these, in this order, without threads."""
        for tier in tiers:
            self._cycle(tier).run()

    def begun(self) -> None:
        """Wait until every tier has run, or everything ends."""
        for first in self._first.values():
            while not self._stop.is_set() and not first.wait(0.2):
                pass

    def healths(self) -> tuple[Health, ...]:
        """Of the collectors whose subject this Airflow has."""
        statements = self._source.statements
        present = {collector.name for collector in self._collectors if collector.used(statements)}
        return tuple(each for each in self.stock.health() if each.name in present)

    def is_fresh(self, name: str) -> bool:
        """Whether a collector has run as it should."""
        age = self.stock.age(name)
        return age is not None and age <= 2 * self.stock.interval(name) + 1

    def _go_on(self, tier: Tier, cycle: Cycle, other: Cycle | None = None) -> None:
        """Run the cycle until everything ends; the first time, then help the other one."""
        interval = self._settings.interval(tier)
        replica = self._replica(tier)
        who = "database" if replica is None else "replica"
        was_up = True
        while not self._stop.is_set():
            started = monotonic()
            if tier is Tier.SLOW and self._first[tier].is_set():
                self._refresh()
            up = cycle.run()
            if up != was_up and (tier is Tier.FAST or replica is not None):
                _log.info(f"{who} answers again") if up else _log.error(f"{who} does not answer")
            was_up = up
            if other is not None and not self._first[tier].is_set():
                # There is nothing to scrape until both have ended.
                other.help()
            self._first[tier].set()
            if tier is Tier.FAST:
                self._news.set()
            self._stop.wait(max(0.0, interval - (monotonic() - started)))

    def _replica(self, tier: Tier) -> Replica | None:
        return self._source.replica if tier is Tier.SLOW else None

    def _cycle(self, tier: Tier) -> Cycle:
        return Cycle(
            self._source,
            self.stock,
            of_tier(self._collectors, tier),
            interval=self._settings.interval(tier),
            limits=self._settings.limits,
            replica=self._replica(tier),
        )

    def _refresh(self) -> None:
        try:
            changed = self._source.refresh(in_doubt=self.stock.doubts())
        except ReadError:
            return  # the cycle that follows meets the same trouble and reports it
        except BadInput as error:
            for collector in self._collectors:
                if self.stock.fail(collector.name, str(error), disabled="schema"):
                    _log.error("collector disabled", collector=collector.name, why=str(error))
            return
        self._apply_guard()
        if changed:
            self._news.set()

    def _apply_guard(self) -> None:
        """Switch off collectors whose statement was refused; a good run switches one on again."""
        refused = self._source.refused
        for collector in self._collectors:
            reasons = [
                refused[each.name] for each in collector.used(self._source.statements) if each.name in refused
            ]
            if not reasons:
                self.stock.allow(collector.name)
            elif self.stock.fail(collector.name, reasons[0].message, disabled=reasons[0].reason):
                _log.warning(
                    "collector disabled",
                    collector=collector.name,
                    reason=reasons[0].reason,
                    why=reasons[0].message,
                )
