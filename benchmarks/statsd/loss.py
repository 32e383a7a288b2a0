"""What gets lost when many datagrams come at once, at two sizes of the kernel's receive buffer."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from benchmarks.statsd.cpu import ROOT
from benchmarks.statsd.exporter import Exporter, running
from benchmarks.statsd.traffic import Traffic, traffic
from demo.stack.ports import HOST
from windsock.statsd.mapping import path
from windsock.wire import Profile

LIMITS = (212_992, 4 * 1024 * 1024)
BURSTS = (500, 1_000, 5_000, 20_000, 100_000)
REPEATS = 10
HEADS = 2_000
_VERSION, _PROFILE = "2.11", Profile.PLAIN
_RMEM_MAX = Path("/proc/sys/net/core/rmem_max")
# More than any of the buffers takes.
_MORE_THAN_FITS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Datagrams sent as fast as one process can.

    Attributes:
        limit: net.core.rmem_max.
        known: whether the exporter had seen every name before.
        frozen: whether the exporter was stopped meanwhile, so that only the buffer took them.
        sent: datagrams of one line.
        lost: of them, lines that the exporter did not count.
        kernel_drops: what /proc/net/udp says.
        own_drops: what statsd_exporter_udp_packet_drops_total says.
        per_second: how fast they were sent.
    """

    limit: int
    known: bool
    frozen: bool
    sent: int
    lost: int
    kernel_drops: int
    own_drops: int
    per_second: float


def bursts() -> Iterator[Burst]:
    """Every burst of every kind; needs root, to change net.core.rmem_max for the time it takes."""
    lines = traffic(_VERSION, _PROFILE, heads=HEADS)
    for limit in LIMITS:
        with _rmem_max(limit):
            yield from _with_known_names(limit, lines)
            yield from (_with_new_names(limit) for _ in range(REPEATS))


def _with_known_names(limit: int, lines: Traffic) -> Iterator[Burst]:
    with _running() as exporter:
        exporter.send_tcp(lines.first())
        exporter.settle()
        for repeat in range(REPEATS):
            for size in BURSTS:
                yield _burst(exporter, lines.lines(size, seed=repeat), limit, known=True)
        for repeat in range(3):
            yield _burst(exporter, lines.lines(_MORE_THAN_FITS, seed=repeat), limit, known=True, frozen=True)


def _with_new_names(limit: int) -> Burst:
    """Airflow goes on sending while statsd_exporter has just been started."""
    lines = traffic(_VERSION, _PROFILE, heads=20_000).first()
    with _running() as exporter:
        return _burst(exporter, iter(lines), limit, known=False)


@contextmanager
def _running() -> Iterator[Exporter]:
    mapping = ROOT / path(_VERSION, _PROFILE)
    with tempfile.TemporaryDirectory() as folder, running(mapping, Path(folder)) as exporter:
        exporter.settle()
        yield exporter


def _burst(
    exporter: Exporter, lines: Iterator[str], limit: int, *, known: bool, frozen: bool = False
) -> Burst:
    datagrams = [line.encode() for line in lines]
    before, dropped = exporter.figures(), exporter.drops()
    with (
        exporter.frozen() if frozen else nullcontext(),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock,
    ):
        sock.connect((HOST, exporter.port))
        started = time.perf_counter()
        for datagram in datagrams:
            sock.send(datagram)
        seconds = time.perf_counter() - started
    exporter.settle()
    after = exporter.figures()
    return Burst(
        limit=limit,
        known=known,
        frozen=frozen,
        sent=len(datagrams),
        lost=len(datagrams) - (after.lines - before.lines),
        kernel_drops=exporter.drops() - dropped,
        own_drops=after.packet_drops - before.packet_drops,
        per_second=len(datagrams) / seconds,
    )


@contextmanager
def _rmem_max(limit: int) -> Iterator[None]:
    """The most that a socket may ask for, which is what caps --statsd.read-buffer."""
    was = _RMEM_MAX.read_text(encoding="ascii")
    _RMEM_MAX.write_text(str(limit), encoding="ascii")
    try:
        yield
    finally:
        _RMEM_MAX.write_text(was, encoding="ascii")
