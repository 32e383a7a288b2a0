"""The thread that takes lines from sockets. It alone changes the engine."""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

import structlog

from windsock.statsd.listener import kernel
from windsock.statsd.listener.datagrams import reader
from windsock.statsd.listener.live import Live

_log = structlog.get_logger()
_SWEEP_SECONDS = 1.0
# Of what waits at one socket, before the others have their turn.
_BATCHES = 64
# Waking up costs more than a line. With this much room for what comes meanwhile, one sleeps a moment, unless
# more than this many datagrams came during the last one.
_ROOMY_BYTES, _PAUSE_SECONDS, _CALM = 1024 * 1024, 0.001, 100
# As statsd_exporter: its reader's buffer, the newline included.
_LONGEST_TCP_LINE = 4_095
_TCP_BYTES = 65_536


@dataclass(slots=True, kw_only=True)
class Sockets:
    """What is listened to, bound already; None for nothing."""

    udp: socket.socket | None = None
    tcp: socket.socket | None = None
    unixgram: socket.socket | None = None

    def close(self) -> None:
        """Close them all, and remove the Unix socket's file."""
        for sock in (self.udp, self.tcp):
            if sock is not None:
                sock.close()
        if self.unixgram is not None:
            path = Path(self.unixgram.getsockname())
            self.unixgram.close()
            path.unlink(missing_ok=True)


class Reception:
    """Takes lines from sockets in a thread of its own.

    Args:
        live: where they go.
        sockets: where they come from.

    Attributes:
        counts: statsd_exporter's own figures about sockets, by name without `statsd_exporter_`.
    """

    def __init__(self, live: Live, sockets: Sockets) -> None:
        self._live = live
        self._sockets = sockets
        self._read = reader()
        self.counts: Counter[str] = Counter(
            {
                "event_queue_flushed_total": 0,
                "tcp_connection_errors_total": 0,
                "tcp_connections_total": 0,
                "tcp_too_long_lines_total": 0,
                "udp_packet_drops_total": 0,
                "udp_packets_total": 0,
                "unixgram_packets_total": 0,
            }
        )
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._bell, self._ear = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._ending = False
        self._roomy = True
        self._thread = Thread(target=self._run, name="statsd", daemon=True)
        for sock, handler in (
            (sockets.udp, self._take_udp),
            (sockets.unixgram, self._take_unixgram),
            (sockets.tcp, self._accept),
            (self._ear, self._do_jobs),
        ):
            if sock is not None:
                self._watch(sock, handler)
        for sock in (sockets.udp, sockets.unixgram):
            self._roomy &= sock is None or kernel.buffer(sock) >= _ROOMY_BYTES

    @property
    def running(self) -> bool:
        """Whether lines are taken."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to take lines."""
        self._thread.start()

    def call(self, job: Callable[[], None]) -> None:
        """Do something in the thread that takes lines, soon; it must not raise."""
        self._jobs.put(job)
        self._bell.send(b"!")

    def stop(self) -> None:
        """Take what waits already, then no more; closes the sockets."""
        if self._thread.is_alive():
            self.call(self._end)
            self._thread.join()
        self._selector.close()
        self._sockets.close()
        self._bell.close()
        self._ear.close()

    def shown(self) -> dict[str, float]:
        """`counts` now."""
        udp = self._sockets.udp
        if udp is not None and udp.fileno() >= 0:
            self.counts["udp_packet_drops_total"] = kernel.drops(udp)
        return dict(self.counts)

    def _watch(self, sock: socket.socket, handler: Callable[[socket.socket], None]) -> None:
        self._selector.register(sock, selectors.EVENT_READ, handler)

    def _run(self) -> None:
        due = time.monotonic() + _SWEEP_SECONDS
        while not self._ending:
            for key, _ in self._selector.select(timeout=max(0.0, due - time.monotonic())):
                key.data(key.fileobj)
            if time.monotonic() >= due:
                self._live.sweep()
                due = time.monotonic() + _SWEEP_SECONDS

    def _end(self) -> None:
        self._ending = True
        for sock in (self._sockets.udp, self._sockets.unixgram):
            if sock is not None:
                self._drain(
                    sock, "udp_packets_total" if sock is self._sockets.udp else "unixgram_packets_total"
                )
        for key in list(self._selector.get_map().values()):
            if isinstance(key.data, _Connection):
                key.data(key.fileobj)  # type: ignore[arg-type]

    def _do_jobs(self, sock: socket.socket) -> None:
        sock.recv(1024)
        with suppress(Empty):
            while True:
                self._jobs.get_nowait()()

    def _take_udp(self, sock: socket.socket) -> None:
        if self._drain(sock, "udp_packets_total") <= _CALM and self._roomy:
            time.sleep(_PAUSE_SECONDS)

    def _take_unixgram(self, sock: socket.socket) -> None:
        self._drain(sock, "unixgram_packets_total")

    def _drain(self, sock: socket.socket, name: str) -> int:
        """Take what waits, within reason; returns how many datagrams it was."""
        taken = 0
        for _ in range(_BATCHES):
            packets = self._read(sock)
            if not packets:
                break
            taken += len(packets)
            self._take(packets)
        self.counts[name] += taken
        return taken

    def _take(self, packets: Iterable[bytes]) -> None:
        self._live.take_all(packets)
        self.counts["event_queue_flushed_total"] += 1

    def _accept(self, sock: socket.socket) -> None:
        try:
            connection, _ = sock.accept()
        except OSError as error:
            self.counts["tcp_connection_errors_total"] += 1
            _log.warning("a TCP connection could not be taken", error=error.strerror or str(error))
            time.sleep(0.01)
            return
        self.counts["tcp_connections_total"] += 1
        connection.settimeout(0)
        self._watch(connection, _Connection(self._take, self._close, self.counts))

    def _close(self, sock: socket.socket) -> None:
        self._selector.unregister(sock)
        sock.close()


class _Connection:
    """Cuts what one TCP client sends into lines."""

    def __init__(
        self,
        take: Callable[[Iterable[bytes]], None],
        close: Callable[[socket.socket], None],
        counts: Counter[str],
    ) -> None:
        self._take = take
        self._close = close
        self._counts = counts
        self._rest = b""

    def __call__(self, sock: socket.socket) -> None:
        try:
            data = sock.recv(_TCP_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self._counts["tcp_connection_errors_total"] += 1
            data = b""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if not data and self._rest:
            # The last line may lack its end.
            lines.append(self._rest)
            self._rest = b""
        long = next((at for at, line in enumerate(lines) if len(line) > _LONGEST_TCP_LINE), None)
        self._take([line.removesuffix(b"\r") for line in lines[:long]])
        if long is not None or len(self._rest) > _LONGEST_TCP_LINE:
            self._counts["tcp_too_long_lines_total"] += 1
        elif data:
            return
        self._close(sock)
