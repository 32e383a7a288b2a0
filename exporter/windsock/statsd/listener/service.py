"""A stand-in for statsd_exporter: sockets, engine, mapping and what it says of itself, as one thing."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock

import structlog
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, ProcessCollector, generate_latest

from windsock import __version__
from windsock.follow import Follower
from windsock.statsd.engine.builtin import listener_families
from windsock.statsd.engine.exposition import sample
from windsock.statsd.engine.line import TagStyles
from windsock.statsd.engine.rules import Rules
from windsock.statsd.listener import kernel, known_ids, mapping_file
from windsock.statsd.listener.live import Live
from windsock.statsd.listener.page import chunks
from windsock.statsd.listener.reception import Reception, Sockets
from windsock.statsd.listener.store import RESERVED, Limits
from windsock.web import Request, Response

_log = structlog.get_logger()
_PROCESS = ProcessCollector(registry=None)
# The window of zlib, and a header and trailer of gzip around it.
_GZIP = 16 + zlib.MAX_WBITS
_OWN = {
    "windsock_statsd_decreased_total": (
        "counter",
        "By how much counters of the family were told to fall; no counter of it fell.",
    ),
    "windsock_statsd_families": ("gauge", "Families of metrics from StatsD lines."),
    "windsock_statsd_mapping_last_reload_successful": (
        "gauge",
        "Whether the mapping file, as it is now, is the mapping that counts.",
    ),
    "windsock_statsd_receive_buffer_bytes": (
        "gauge",
        "Receive buffer of the UDP socket that the system gave.",
    ),
    "windsock_statsd_series": ("gauge", "Series from StatsD lines; a histogram or summary is one."),
    "windsock_statsd_series_dropped_total": (
        "counter",
        "Events that were dropped because there are as many series as there may be.",
    ),
}
_NAMES = frozenset(RESERVED | _OWN.keys())


class Listener:
    """Listens to StatsD from `start` to `stop`.

    Args:
        sockets: bound already.
        mapping: the mapping file, which is read now; None for no mapping.
        ids: file of known DAG and task ids, which is read now; None if there is none.
        styles: which tags are read.
        cache_size: how many beginnings of lines are remembered.
        limits: of what is kept.

    Raises:
        BadInput: one of the files cannot be read or is wrong.
    """

    def __init__(
        self,
        sockets: Sockets,
        *,
        mapping: Path | None,
        ids: Path | None,
        styles: TagStyles,
        cache_size: int,
        limits: Limits,
    ) -> None:
        rules = mapping_file.read(mapping) if mapping else Rules()
        self._live = Live(
            rules,
            styles=styles,
            cache_size=cache_size,
            limits=limits,
            reserved=_NAMES,
            ids=known_ids.read(ids) if ids else known_ids.NOBODY,
        )
        self._reception = Reception(self._live, sockets)
        self._buffer = kernel.buffer(sockets.udp) if sockets.udp else None
        self._follower = Follower(mapping, mapping_file.read, what="mapping") if mapping else None
        self._ids = Follower(ids, known_ids.read, what="file of known ids") if ids else None
        self._looking = Lock()
        for follower in (self._follower, self._ids):
            if follower is not None:
                # It has just been read: only what changes from now on is news.
                follower.look()

    @property
    def running(self) -> bool:
        """Whether lines are taken."""
        return self._reception.running

    def start(self) -> None:
        """Begin to take lines."""
        self._reception.start()

    def stop(self) -> None:
        """Take what waits already, then no more."""
        self._reception.stop()

    def look(self, *, anyway: bool = False) -> bool:
        """Use files that have changed, or `anyway`; False if the mapping is wrong, and does not count."""
        with self._looking:
            self._look_at_ids()
            return self._look_at_mapping(anyway=anyway)

    def _look_at_ids(self) -> None:
        ids = self._ids.look() if self._ids is not None else None
        if ids is not None:
            self._reception.call(lambda: self._live.know(ids))
            _log.info("known ids read again")

    def _look_at_mapping(self, *, anyway: bool) -> bool:
        if self._follower is None:
            return True
        before = self._follower.problem
        rules = self._follower.look(anyway=anyway)
        now = self._follower.problem
        if rules is not None:
            self._reception.call(lambda: self._use(rules))
        elif now is not None and (anyway or now != before):
            self._reception.call(lambda: self._count_reload("failure"))
        return now is None

    def metrics(self, request: Request) -> Response:
        """/metrics. It is compressed piece by piece, so that 100,000 series take little memory."""
        headers = {"Vary": "Accept-Encoding", "Cache-Control": "no-store"}
        if "gzip" not in request.headers.get("accept-encoding", ""):
            body = b"".join(self.pages())
            return Response(body=body, content_type=CONTENT_TYPE_PLAIN_0_0_4, headers=headers)
        packer = zlib.compressobj(level=1, wbits=_GZIP)
        parts = [packer.compress(page) for page in self.pages()]
        body = b"".join((*parts, packer.flush()))
        headers["Content-Encoding"] = "gzip"
        return Response(body=body, content_type=CONTENT_TYPE_PLAIN_0_0_4, headers=headers)

    def pages(self) -> Iterator[bytes]:
        """/metrics in pieces."""
        for _, rows in listener_families(self._reception.shown()):
            yield "".join(rows).encode()
        yield "".join(self._own()).encode()
        yield generate_latest(_PROCESS)
        yield from chunks(self._live.registry, self._live.count(), self._live.known)

    def _use(self, rules: Rules) -> None:
        self._live.use(rules)
        self._count_reload("success")
        _log.info("mapping read again", rules=len(rules.rules))

    def _count_reload(self, outcome: str) -> None:
        self._live.tally.reloads[outcome] += 1

    def _own(self) -> Iterator[str]:
        store = self._live.registry
        families = list(store.live.values())
        values: dict[str, dict[str, float]] = {
            "windsock_statsd_decreased_total": _by_family(store.decreased),
            "windsock_statsd_families": {"": len(families)},
            "windsock_statsd_mapping_last_reload_successful": {
                "": float(self._follower is None or self._follower.problem is None)
            },
            "windsock_statsd_series": {"": sum(len(family.by_labels) for family in families)},
            "windsock_statsd_series_dropped_total": _by_family(store.dropped),
        }
        if self._buffer is not None:
            values["windsock_statsd_receive_buffer_bytes"] = {"": self._buffer}
        yield "# HELP statsd_exporter_build_info Which program answers.\n"
        yield "# TYPE statsd_exporter_build_info gauge\n"
        yield sample("statsd_exporter_build_info", [f'version="windsock {__version__}"'], 1)
        for name, rows in values.items():
            kind, words = _OWN[name]
            if rows:
                yield f"# HELP {name} {words}\n# TYPE {name} {kind}\n"
                for pair, value in rows.items():
                    yield sample(name, [pair] if pair else [], value)


def _by_family(counts: Mapping[str, float]) -> dict[str, float]:
    return {f'family="{name}"': count for name, count in sorted(dict(counts).items())}
