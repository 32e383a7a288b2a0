"""One cycle of one tier: the clock, then every collector; a failure stays with the collector that has it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from time import monotonic
from typing import Any

import structlog

from windsock.collect.collector import Collector, Reader, Tier
from windsock.collect.pace import Limits, Pace
from windsock.collect.stock import Standby, Stock
from windsock.metadb import server
from windsock.metadb.replica import Replica
from windsock.metadb.source import Source
from windsock.metadb.statement import StatementError
from windsock.metadb.trouble import ReadError, Trouble

_log = structlog.get_logger()
# A collector that lacks a privilege or a column is tried again after this many seconds; one with a bad plan
# only when the guard has looked again.
_RETRY = 60.0
_DISABLING = {Trouble.PRIVILEGE: "privilege", Trouble.SCHEMA: "schema"}


@dataclass(frozen=True, slots=True)
class _Round:
    """What is left to do of one run, and what its collectors have in common."""

    now: datetime
    lag: timedelta
    left: deque[Collector[Any]]
    shared: dict[str, list[Any]] = field(default_factory=dict)


class Cycle:
    """Runs the collectors of one tier; call `run` from one thread only, `help` from one other.

    Args:
        source: where to read.
        stock: where to put what was read.
        collectors: those of the tier.
        interval: seconds between two calls of `run`.
        limits: what each collector may take.
        replica: read there instead.
    """

    def __init__(
        self,
        source: Source,
        stock: Stock,
        collectors: Sequence[Collector[Any]],
        *,
        interval: float,
        limits: Limits,
        replica: Replica | None = None,
    ) -> None:
        self._source = source
        self._stock = stock
        self._collectors = tuple(collectors)
        self._replica = replica
        self._database = source.database if replica is None else replica.database
        self._most_lag = timedelta(seconds=limits.lag)
        self._paces = {collector.name: Pace(interval, limits) for collector in collectors}
        self._tried: dict[str, float] = {}
        self._round: _Round | None = None

    def run(self) -> bool:
        """Read everything that is due; False if the database did not even tell its time."""
        try:
            now, lag = self._now()
        except (ReadError, StatementError) as error:
            self._silence()
            for collector in self._collectors:
                if self._stock.disabled(collector.name) is None:
                    self._stock.fail(collector.name, str(error))
            return False
        statements = self._source.statements
        left = deque(collector for collector in self._collectors if collector.used(statements))
        self._round = _Round(now, lag, left)
        self._take(self._round, left.popleft)
        return True

    def help(self) -> None:
        """Do a part of what `run` does meanwhile, from the end: what others build on stands in front."""
        if self._round is not None:
            self._take(self._round, self._round.left.pop)

    def _take(self, work: _Round, following: Callable[[], Collector[Any]]) -> None:
        while work.left:
            try:
                collector = following()
            except IndexError:
                return  # the other thread took the last one
            if collector.lies_under_lag and work.lag > self._most_lag:
                self._withhold(collector.name)
            elif self._may_run(collector.name):
                self._run(collector, work.now, work.shared)

    def _now(self) -> tuple[datetime, timedelta]:
        """The moment that is read, and how long ago that was."""
        if self._replica is not None:
            standing = self._replica.look()
            self._stock.follow(Standby(answered=True, lag=standing.lag))
            return standing.now - standing.lag, standing.lag
        before = datetime.now(timezone.utc)
        row = self._database.read(server.clock(self._source.statements.flavour))[0]
        after = datetime.now(timezone.utc)
        self._stock.tick(row.now - (before + (after - before) / 2))
        return row.now, timedelta(0)

    def _silence(self) -> None:
        if self._replica is None:
            self._stock.silence()
        else:
            self._stock.follow(Standby(answered=False))

    def _withhold(self, name: str) -> None:
        self._stock.drop(name)
        most = self._most_lag.total_seconds()
        self._failed(name, f"the replica is more than {most:.0f} s behind", "lag", 0.0)

    def _may_run(self, name: str) -> bool:
        reason = self._stock.disabled(name)
        if reason == "plan":
            return False
        if reason in _DISABLING.values():
            return monotonic() - self._tried.get(name, -_RETRY) >= _RETRY
        return self._paces[name].due(monotonic())

    def _run(self, collector: Collector[Any], now: datetime, shared: dict[str, list[Any]]) -> None:
        started = self._tried[collector.name] = monotonic()
        reader = Reader(
            database=self._database,
            statements=self._source.statements,
            now=now,
            timeout=collector.timeout,
            shared_rows=shared,
        )
        pace = self._paces[collector.name]
        try:
            value = collector.read(reader)
        except (ReadError, StatementError) as error:
            trouble = error.trouble if isinstance(error, ReadError) else Trouble.SCHEMA
            seconds = monotonic() - started
            if trouble is Trouble.TIMEOUT:
                pace.timed_out(started, seconds)
            else:
                pace.failed(started)
            disabled = "timeout" if pace.resting else _DISABLING.get(trouble)
            self._failed(collector.name, str(error), disabled, seconds)
        except Exception as error:  # noqa: BLE001 (a value that nobody foresaw must not end the thread)
            pace.failed(started)
            self._failed(collector.name, repr(error), None, monotonic() - started)
        else:
            seconds = monotonic() - started
            pace.ran(started, seconds)
            self._stock.put(
                collector.name, value, seconds=seconds, rows=reader.count, at=datetime.now(timezone.utc)
            )
        self._say(collector.name, pace)

    def _say(self, name: str, pace: Pace) -> None:
        """Tell of an interval that changed."""
        before = self._stock.interval(name)
        if pace.interval != before:
            _log.info("collector's interval changed", collector=name, seconds=pace.interval, before=before)
            self._stock.pace(name, pace.interval)

    def _failed(self, name: str, why: str, disabled: str | None, seconds: float) -> None:
        if self._stock.fail(name, why, seconds=seconds, disabled=disabled):
            _log.warning("collector failed", collector=name, why=why, disabled=disabled)


def of_tier(collectors: Sequence[Collector[Any]], tier: Tier) -> tuple[Collector[Any], ...]:
    """The collectors of one tier, in their order."""
    return tuple(collector for collector in collectors if collector.tier is tier)
