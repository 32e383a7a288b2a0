"""/metrics in pieces, so that lines are taken in between."""

from __future__ import annotations

import time
from collections.abc import Iterator

import structlog

from windsock.statsd.engine.builtin import own_families
from windsock.statsd.engine.exposition import pair
from windsock.statsd.engine.numbers import format_float
from windsock.statsd.engine.registry import Values
from windsock.statsd.engine.tally import Tally
from windsock.statsd.listener.store import LiveFamily, Store

_log = structlog.get_logger()
_HELP = str.maketrans({"\\": "\\\\", "\n": "\\n"})
# Some two milliseconds of work, and a rest.
_SERIES, _REST_SECONDS = 1_000, 0.0005


def chunks(store: Store, tally: Tally, known: int) -> Iterator[bytes]:
    """The page; lines may be taken while it is made.

    Args:
        store: the series.
        tally: what was counted.
        known: how many names the cache holds.
    """
    for _, rows in own_families(tally, known):
        yield "".join(rows).encode()
    for name, family in sorted(store.live.copy().items()):
        yield from _family(name, family)


def _family(name: str, family: LiveFamily) -> Iterator[bytes]:
    series = list(family.by_labels.items())
    if not series:
        return
    help_text = next(iter(family.vectors.values())).help
    yield f"# HELP {name} {help_text.translate(_HELP)}\n# TYPE {name} {family.type}\n".encode()
    for start in range(0, len(series), _SERIES):
        yield "".join([_rows(name, *one) for one in series[start : start + _SERIES]]).encode()
        if start:
            # The thread that takes lines comes first, also where the machine is too busy for both.
            time.sleep(_REST_SECONDS)


def _rows(name: str, labels: str, values: Values) -> str:
    try:
        return "".join(
            [
                _row(name + suffix, labels, pair(label, value) if label else "", number)
                for suffix, label, value, number in values.samples()
            ]
        )
    except Exception as error:  # noqa: BLE001 (one series must not take the page with it)
        _log.error("a series cannot be shown", name=name, labels=labels, error=repr(error))
        return ""


def _row(name: str, labels: str, more: str, number: float) -> str:
    inner = f"{labels},{more}" if labels and more else labels or more
    return f"{name}{{{inner}}} {format_float(number)}\n" if inner else f"{name} {format_float(number)}\n"
