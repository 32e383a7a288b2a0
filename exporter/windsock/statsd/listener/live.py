"""The engine for sockets: quick for lines that came before, and unmoved by any line."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Container, Iterable
from dataclasses import replace
from functools import partial
from typing import TypeVar

import structlog

from windsock.statsd.engine.dialect import V0_31
from windsock.statsd.engine.engine import Engine
from windsock.statsd.engine.exposition import Page
from windsock.statsd.engine.fate import Crash
from windsock.statsd.engine.line import ALL_STYLES, Event, TagStyles
from windsock.statsd.engine.mapping import Mapping
from windsock.statsd.engine.matching import Matcher
from windsock.statsd.engine.rules import Rules
from windsock.statsd.engine.series import Counter as CounterSeries
from windsock.statsd.engine.series import Gauge
from windsock.statsd.engine.tally import Tally
from windsock.statsd.listener.known_ids import NOBODY, IdMatcher, KnownIds
from windsock.statsd.listener.page import chunks
from windsock.statsd.listener.store import RESERVED, Expiry, Limits, Store, Unwanted

_log = structlog.get_logger()
# Values that most lines have; a look is quicker than reading them.
_NUMBERS = {b"%d" % number: float(number) for number in range(1_000)}
# What is longer may be no double.
_MOST_DIGITS = 20
# The original makes an event of each.
_MOST_TIMES = 10_000
# A beginning that is longer is not remembered.
_MOST_BYTES = 1_024
_SHOWN_BYTES = 200

_Key = TypeVar("_Key")
_Take = Callable[[float], object]
# What to do with the value, how often it was done, and what the value is divided by first.
_Entry = tuple[_Take, list[int], float]


class _Stale(Exception):  # noqa: N818 (the usual way back from what was remembered)
    """The series was removed meanwhile."""


class Live(Engine):
    """Takes lines as `Engine` does, for ever.

    What stands around a line's value is remembered with the series it leads to. Lines that would end
    statsd_exporter, or make its page an error, are counted and dropped.

    One thread takes lines, sweeps and changes the mapping; any thread may read.

    Args:
        rules: the mapping.
        styles: which tags are read.
        cache_size: how many beginnings of lines, and how many names, are remembered; 0 for none.
        limits: of what is kept.
        reserved: names of families that the page has for something else.
        ids: DAG and task ids that may have dots.
        clock: seconds of a clock that does not go back.
    """

    registry: Store

    def __init__(
        self,
        rules: Rules,
        *,
        styles: TagStyles = ALL_STYLES,
        cache_size: int = 50_000,
        limits: Limits | None = None,
        reserved: Container[str] = RESERVED,
        ids: KnownIds = NOBODY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._of_kind: dict[bytes, dict[bytes, _Entry]] = {}
        self._tagged: dict[tuple[bytes, bytes], _Entry] = {}
        # By kind of event, action of its rule ("" without one), number of samples with tags.
        self._groups: dict[tuple[str, str, int], list[int]] = {}
        self._known = 0
        self._ids = ids
        self._told: set[str] = set()
        super().__init__(rules, styles=styles, dialect=V0_31, cache_size=cache_size, clock=clock)
        self._clock = clock
        self.registry = Store(self.tally, clock, limits or Limits(), reserved)

    def take(self, line: bytes) -> None:
        """Take one line without its newline; never raises."""
        self.take_all((line,))

    def take_all(self, packets: Iterable[bytes]) -> None:
        """Take datagrams of one or more lines; never raises."""
        of_kind, tagged, numbers = self._of_kind, self._tagged, _NUMBERS
        lines = 0
        for packet in packets:
            for line in packet.split(b"\n") if b"\n" in packet else (packet,):
                lines += 1
                head, _, rest = line.partition(b":")
                value, _, kind = rest.partition(b"|")
                heads = of_kind.get(kind)
                entry = tagged.get((head, kind)) if heads is None else heads.get(head)
                if entry is not None:
                    number = numbers.get(value)
                    if number is None:
                        number = _plain(value)
                    if number is not None:
                        take, group, divisor = entry
                        try:
                            take(number / divisor)
                        except Exception:  # noqa: BLE001, S110 (whatever it is, the slow way counts it)
                            pass
                        else:
                            group[0] += 1
                            continue
                self._take_slowly(line, head, kind)
        self.tally.lines += lines

    def use(self, rules: Rules) -> None:
        """Take lines by another mapping from now on; series stay."""
        self._use(rules)

    def know(self, ids: KnownIds) -> None:
        """Split names by other ids from now on."""
        self._ids = ids
        self._use(self._rules)

    def count(self) -> Tally:
        """What was counted so far, on the quick way too."""
        mine = self.tally
        tally = replace(
            mine,
            sample_errors=_copy(mine.sample_errors),
            events=_copy(mine.events),
            actions=_copy(mine.actions),
            errors=_copy(mine.errors),
            conflicts=_copy(mine.conflicts),
            vectors=_copy(mine.vectors),
            reloads=_copy(mine.reloads),
        )
        for (kind, action, tags), (times,) in list(self._groups.items()):
            tally.samples += times
            tally.tags += tags * times
            tally.gets += times
            tally.hits += times
            if action:
                tally.actions[action] += times
            else:
                tally.unmapped += times
            if action != "drop":
                tally.events[kind] += times
        return tally

    @property
    def known(self) -> int:
        """How many beginnings of lines are remembered."""
        return self._known

    def page(self) -> Page:
        """What /metrics answers now; always 200."""
        return Page(200, b"".join(chunks(self.registry, self.count(), self._known)).decode())

    def _matcher_of(self, rules: Rules) -> Matcher:
        return IdMatcher(rules, self.tally, size=self._cache_size, ids=self._ids)

    def _use(self, rules: Rules) -> None:
        super()._use(rules)
        self._forget()

    def _refuse_negative(self, name: str, number: float) -> None:
        if not self.registry.decrease(name, -number):
            super()._refuse_negative(name, number)

    def _forget(self) -> None:
        self._of_kind.clear()
        self._tagged.clear()
        # Kinds without tags have their own, so that the beginning alone is looked for.
        self._of_kind.update({kind: {} for kind in (b"c", b"g", b"ms", b"h", b"d")})
        self._known = 0

    def _take_slowly(self, line: bytes, head: bytes, kind: bytes) -> None:
        tally = self.tally
        before = tally.samples, tally.tags, tally.tag_errors, tally.sample_errors.total()
        refused = tally.errors.total()
        try:
            events = self._parser.parse(line)
            tags = tally.tags - before[1]
            clean = (tally.samples - 1, tally.tag_errors, tally.sample_errors.total()) == (
                before[0],
                *before[2:],
            )
            for event in events:
                mapping = self._repeat(event)
            if clean and len(events) == 1 and mapping is not None and b"|@" not in kind:
                self._remember(head, kind, events[0], mapping, tags)
        except Crash:
            tally.sample_errors["illegal_brackets"] += 1
        except Exception as error:  # noqa: BLE001 (a mistake of ours must not cost more than this line)
            tally.errors["internal"] += 1
            _log.error("a line could not be taken", line=_shown(line), error=repr(error))
        if (tally.sample_errors.total(), tally.errors.total()) != (before[3], refused):
            self._tell(line)

    def _repeat(self, event: Event) -> Mapping | None:
        if event.times > _MOST_TIMES:
            self.tally.errors["illegal_sample_factor"] += 1
            return None
        mapping = None
        try:
            for _ in range(event.times):
                mapping = self._handle(event)
        except Unwanted as unwanted:
            self.tally.errors[unwanted.reason] += 1
            return None
        return mapping

    def _remember(self, head: bytes, kind: bytes, event: Event, mapping: Mapping, tags: int) -> None:
        if len(head) + len(kind) > _MOST_BYTES or (mapping.scale is not None and not mapping.scale >= 0):
            return
        if self._known >= self._cache_size:
            if not self._cache_size:
                return
            self._forget()
        action = "" if mapping is self._unmapped else mapping.action
        group = self._groups.setdefault((event.kind, action, tags), [0])
        take = _ignore if action == "drop" else self._taker(mapping.scale)
        entry = take, group, 1000.0 if kind.partition(b"|")[0] == b"ms" else 1.0
        heads = self._of_kind.get(kind)
        if heads is None:
            self._known += (head, kind) not in self._tagged
            self._tagged[head, kind] = entry
        else:
            self._known += head not in heads
            heads[head] = entry

    def _taker(self, scale: float | None) -> _Take:
        """What gives a value to the series of the last event."""
        assert self.registry.last is not None  # noqa: S101 (an event was just made part of it)
        series, expiry = self.registry.last
        take: _Take
        if isinstance(series, Gauge):
            take = partial(setattr, series, "value")
        elif isinstance(series, CounterSeries):
            take = series.add
        else:
            take = series.observe
        if scale is not None:
            take = partial(_scaled, take, scale)
        return take if expiry is None else partial(_renewed, take, expiry, self._clock)

    def _tell(self, line: bytes) -> None:
        """Log the first line of each reason: a counter says how many there are, this what they look like."""
        for reason in (self.tally.sample_errors.keys() | self.tally.errors.keys()) - self._told:
            self._told.add(reason)
            _log.warning(
                "a line was refused; further ones of this reason are only counted",
                reason=reason,
                line=_shown(line),
            )


def _copy(counts: Counter[_Key]) -> Counter[_Key]:
    # A plain copy of a dict is not interrupted by the thread that changes it.
    return Counter(dict(counts))


def _plain(value: bytes) -> float | None:
    """An unsigned decimal number; None for all else, which may be a number too."""
    if len(value) > _MOST_DIGITS or value.translate(None, b"0123456789."):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _ignore(_value: float) -> None:
    pass


def _scaled(take: _Take, scale: float, value: float) -> None:
    take(value * scale)


def _renewed(take: _Take, expiry: Expiry, clock: Callable[[], float], value: float) -> None:
    if expiry.gone:
        raise _Stale
    expiry.updated = clock()
    take(value)


def _shown(line: bytes) -> str:
    return line[:_SHOWN_BYTES].decode(errors="backslashreplace")
