"""StatsD lines from UDP into a file, and back."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import BinaryIO

_LARGEST = 65_535
_BUFFER = 4 * 1024 * 1024
# At most so many lines in a millisecond when nobody asks for the recorded pace.
_BURST = 10


def record(
    sock: socket.socket, out: BinaryIO, *, until: Callable[[], bool], change: Callable[[bytes], bytes]
) -> int:
    """Write every line that arrives: seconds since the first one, a tab, the line. Returns how many.

    Args:
        sock: a bound UDP socket.
        out: where to.
        until: asked at least every 100 ms whether it is enough.
        change: what to do with each line before it is written.
    """
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    sock.settimeout(0.1)
    lines, start = 0, 0.0
    while not until():
        try:
            packet = sock.recv(_LARGEST)
        except TimeoutError:
            continue
        now = time.monotonic()
        start = start or now
        for line in packet.split(b"\n"):
            if line:
                out.write(b"%.6f\t%s\n" % (now - start, change(line)))
                lines += 1
    out.flush()
    return lines


def read(text: bytes) -> Iterator[tuple[float, bytes]]:
    """What `record` wrote: seconds and line; plain lines are all at 0.

    Raises:
        ValueError: a row is of neither form; the text names it.
    """
    for number, row in enumerate(text.split(b"\n"), start=1):
        before, tab, line = row.partition(b"\t")
        if not row or row.startswith(b"# "):
            continue
        if not tab:
            yield 0.0, row
            continue
        try:
            yield float(before), line
        except ValueError:
            raise ValueError(f"line {number} begins with no number of seconds") from None


def replay(
    sock: socket.socket, address: tuple[str, int], rows: Iterator[tuple[float, bytes]], *, speed: float
) -> int:
    """Send each line as a datagram; returns how many.

    Args:
        sock: a UDP socket.
        address: where to.
        rows: seconds and line.
        speed: 1 for the pace of the recording, 2 for twice as fast; 0 for 10,000 lines a second.
    """
    lines, start = 0, time.monotonic()
    for seconds, line in rows:
        if speed:
            time.sleep(max(0.0, start + seconds / speed - time.monotonic()))
        elif lines % _BURST == 0:
            time.sleep(0.001)
        sock.sendto(line, address)
        lines += 1
    return lines
