"""A statsd_exporter to measure: CPU time and memory as the kernel counts them, then its own figures."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.stack import ports, programs
from demo.stack.ports import HOST
from demo.stack.process import Process
from windsock.statsd import flags

# Further rows of a histogram or summary, and what is not made of StatsD lines.
_OF_A_SERIES = re.compile(
    r"(statsd_exporter|go|process|promhttp|windsock)_|\w+_(bucket|sum)\{|\w+_sum |\w+\{.*quantile="
)
_TICKS = os.sysconf("SC_CLK_TCK")
_POLL_SECONDS = 0.1
# It flushes events every 200 ms: three looks without any work mean that it has nothing left to do.
_QUIET_LOOKS = 3
_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What statsd_exporter counts itself.

    Attributes:
        lines: StatsD lines taken.
        mapped: lines that a rule mapped.
        dropped: lines that a rule dropped.
        conflicts: lines refused, since their family has another type.
        packet_drops: datagrams thrown away because its own queue was full.
        series: on /metrics; a histogram is one, whatever its buckets.
    """

    lines: int
    mapped: int
    dropped: int
    conflicts: int
    packet_drops: int
    series: int


class Exporter:
    """A running statsd_exporter with the flags that we ship, on UDP and TCP.

    Attributes:
        port: of StatsD, both UDP and TCP.
        web: of its own figures.
    """

    def __init__(self, pid: int, *, port: int, web: int) -> None:
        self._pid = pid
        self.port = port
        self.web = web

    def cpu(self) -> float:
        """CPU seconds so far, user and system, to a hundredth."""
        fields = Path(f"/proc/{self._pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident(self) -> float:
        """Resident memory in MB, the highest so far."""
        for line in Path(f"/proc/{self._pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
        raise LookupError("no VmHWM")

    def drops(self) -> int:
        """Datagrams that the kernel threw away because the socket's buffer was full."""
        return int(self._udp()[-1])

    def waiting(self) -> bool:
        """Whether datagrams wait in the socket's buffer."""
        return int(self._udp()[4].partition(":")[2], 16) > 0

    def _udp(self) -> list[str]:
        """Its row of /proc/net/udp."""
        for row in Path("/proc/net/udp").read_text(encoding="utf-8").splitlines()[1:]:
            fields = row.split()
            if int(fields[1].partition(":")[2], 16) == self.port:
                return fields
        raise LookupError("no such socket")

    def settle(self) -> float:
        """Wait until it does nothing more; its CPU seconds then. Reading /metrics would cost it time."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        quiet, last = 0, self.cpu()
        while quiet < _QUIET_LOOKS:
            if time.monotonic() > deadline:
                raise TimeoutError("statsd_exporter works on and on")
            time.sleep(_POLL_SECONDS)
            now = self.cpu()
            # A sweep for outdated series comes each second, and may take a tick.
            quiet, last = (quiet + 1, now) if now - last <= 1 / _TICKS else (0, now)
        return last

    def figures(self) -> Figures:
        """What it says of itself on /metrics now, and how many series it has made."""
        with urllib.request.urlopen(f"http://{HOST}:{self.web}/metrics", timeout=_PATIENCE_SECONDS) as answer:
            rows = answer.read().decode().splitlines()
        values = dict(row.rsplit(" ", 1) for row in rows if row.startswith("statsd_exporter_"))
        number = {name.removeprefix("statsd_exporter_"): float(value) for name, value in values.items()}
        return Figures(
            lines=int(number["lines_total"]),
            mapped=int(number.get('events_actions_total{action="map"}', 0)),
            dropped=int(number.get('events_actions_total{action="drop"}', 0)),
            conflicts=int(sum(value for name, value in number.items() if name.startswith("events_conflict"))),
            packet_drops=int(number.get("udp_packet_drops_total", 0)),
            series=sum(not row.startswith("#") and not _OF_A_SERIES.match(row) for row in rows),
        )

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Meanwhile it reads nothing, and the socket's buffer takes what is sent."""
        os.kill(self._pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._pid, signal.SIGCONT)

    def send_tcp(self, lines: Iterable[str]) -> None:
        """All lines over one TCP connection."""
        data = "".join(f"{line}\n" for line in lines).encode()
        with socket.create_connection((HOST, self.port), timeout=_PATIENCE_SECONDS) as sock:
            sock.sendall(data)


@contextmanager
def running(
    mapping: Path, folder: Path, *, program: Sequence[str] = (), more: Sequence[str] = ()
) -> Iterator[Exporter]:
    """A fresh statsd_exporter; its log goes to `folder`.

    Args:
        mapping: the mapping file.
        folder: for the log.
        program: what takes its place, and understands its flags.
        more: further arguments.
    """
    port = ports.choose({"web": 0, "statsd": 0})
    statsd = f"{HOST}:{port['statsd']}"
    arguments = flags.arguments(mapping=str(mapping), web=f"{HOST}:{port['web']}", udp=statsd, tcp=statsd)
    log = folder / "statsd_exporter.log"
    process = Process(
        "statsd_exporter", [*(program or [programs.statsd_exporter()]), *arguments, *more], log=log
    )
    process.start()
    try:
        process.wait(lambda: ports.taken(port["statsd"]) and ports.taken(port["web"]), what="listening")
        assert process.pid
        yield Exporter(process.pid, port=port["statsd"], web=port["web"])
    finally:
        process.stop()
