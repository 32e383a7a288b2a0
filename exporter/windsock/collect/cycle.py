"""One cycle of one tier: the clock, then every collector; a failure stays with the collector that has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from time import monotonic
from typing import Any

import structlog

from windsock.collect.collector import Collector, Reader, Tier
from windsock.collect.stock import Stock
from windsock.metadb import server
from windsock.metadb.source import Source
from windsock.metadb.statement import StatementError
from windsock.metadb.trouble import ReadError, Trouble

_log = structlog.get_logger()
# A collector that lacks a privilege or a column is tried again after this many seconds; one with a bad plan
# only when the guard has looked again.
_RETRY = 60.0
_DISABLING = {Trouble.PRIVILEGE: "privilege", Trouble.SCHEMA: "schema"}


class Cycle:
    """Runs the collectors of one tier; call `run` from one thread only."""

    def __init__(self, source: Source, stock: Stock, collectors: Sequence[Collector[Any]]) -> None:
        self._source = source
        self._stock = stock
        self._collectors = tuple(collectors)
        self._tried: dict[str, float] = {}

    def run(self) -> bool:
        """Read everything once; False if the database did not even tell its time."""
        try:
            now = self._now()
        except (ReadError, StatementError) as error:
            self._stock.silence()
            for collector in self._collectors:
                if self._stock.disabled(collector.name) is None:
                    self._stock.fail(collector.name, str(error))
            return False
        for collector in self._collectors:
            if collector.used(self._source.statements) and self._may_run(collector.name):
                self._run(collector, now)
        return True

    def _now(self) -> datetime:
        before = datetime.now(timezone.utc)
        row = self._source.database.read(server.clock(self._source.statements.flavour))[0]
        after = datetime.now(timezone.utc)
        self._stock.tick(row.now - (before + (after - before) / 2))
        return row.now

    def _may_run(self, name: str) -> bool:
        reason = self._stock.disabled(name)
        if reason is None:
            return True
        return reason != "plan" and monotonic() - self._tried.get(name, -_RETRY) >= _RETRY

    def _run(self, collector: Collector[Any], now: datetime) -> None:
        started = self._tried[collector.name] = monotonic()
        reader = Reader(database=self._source.database, statements=self._source.statements, now=now)
        try:
            value = collector.read(reader)
        except (ReadError, StatementError) as error:
            trouble = error.trouble if isinstance(error, ReadError) else Trouble.SCHEMA
            self._failed(collector.name, str(error), _DISABLING.get(trouble), monotonic() - started)
            return
        except Exception as error:  # noqa: BLE001 (a value that nobody foresaw must not end the thread)
            self._failed(collector.name, repr(error), None, monotonic() - started)
            return
        self._stock.put(
            collector.name,
            value,
            seconds=monotonic() - started,
            rows=reader.count,
            at=datetime.now(timezone.utc),
        )

    def _failed(self, name: str, why: str, disabled: str | None, seconds: float) -> None:
        if self._stock.fail(name, why, seconds=seconds, disabled=disabled):
            _log.warning("collector failed", collector=name, why=why, disabled=disabled)


def of_tier(collectors: Sequence[Collector[Any]], tier: Tier) -> tuple[Collector[Any], ...]:
    """The collectors of one tier, in their order."""
    return tuple(collector for collector in collectors if collector.tier is tier)
