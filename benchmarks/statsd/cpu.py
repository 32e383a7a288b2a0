"""CPU seconds per million lines: our mapping and sixteen rules in turn, the same lines for both."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.statsd.exporter import Exporter, running
from benchmarks.statsd.traffic import traffic
from demo.stack.ports import HOST
from windsock.statsd.mapping import path
from windsock.wire import Profile

ROOT = Path(__file__).resolve().parents[2]
SIXTEEN = Path(__file__).parent / "sixteen"
VERSIONS = ("2.11", "3.3")
PROFILES = (Profile.PLAIN, Profile.TAGS)
HEADS = (200, 2_000, 20_000)
TCP_LINES, UDP_LINES, ALONE_LINES = 300_000, 120_000, 5_000
# Of the sizes, the one at which datagrams are sent one by one as well.
ALONE_HEADS, ALONE_PER_SECOND = 2_000, 5_000
# Fewer than the buffer takes at the kernel's default, which is some five hundred.
_UDP_BLOCK = 400

OURS, THEIRS, SUMMARIES = "ours", "sixteen", "summaries"


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of Airflow and one size.

    Attributes:
        version: of Airflow.
        profile: how it sends.
        heads: distinct names with their tags and type.
    """

    version: str
    profile: Profile
    heads: int

    @property
    def rules(self) -> tuple[str, ...]:
        """What is compared; the sixteen rules with statsd_exporter's own kind of timer only once."""
        return (OURS, THEIRS, SUMMARIES) if self.heads == HEADS[-1] else (OURS, THEIRS)

    def mapping(self, rules: str, folder: Path) -> Path:
        """The mapping file; one that has to be made is written to `folder`."""
        if rules == OURS:
            return ROOT / path(self.version, self.profile)
        sixteen = SIXTEEN / f"{self.version}-{self.profile.value}.yml"
        if rules == THEIRS:
            return sixteen
        made = folder / "summaries.yml"
        text = sixteen.read_text(encoding="utf-8").partition("\nmappings:")[2]
        made.write_text(f"defaults:\n  observer_type: summary\nmappings:{text}", encoding="utf-8")
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One statsd_exporter from start to end.

    Attributes:
        first: CPU microseconds for the first line of each name, series included.
        tcp: CPU seconds per million lines over TCP, all names known.
        udp: the same over UDP, one line for each datagram, of which hundreds wait whenever it reads.
        alone: the same with nothing waiting, so that each datagram wakes it up; None if not measured.
        resident: MB.
        mapped: share of the lines that were mapped; the others were dropped by a rule.
        series: made of them.
    """

    first: float
    tcp: float
    udp: float
    alone: float | None
    resident: float
    mapped: float
    series: int


def cases() -> Iterator[Case]:
    """All of them."""
    for version in VERSIONS:
        for profile in PROFILES:
            for heads in HEADS:
                yield Case(version, profile, heads)


def measure(case: Case, *, turned: bool = False) -> dict[str, Run]:
    """Run one case with each set of rules, in a fresh statsd_exporter each.

    Args:
        case: what to run.
        turned: begin with the last set of rules.

    Raises:
        RuntimeError: lines were lost, or not all were mapped or dropped.
    """
    lines = traffic(case.version, case.profile, heads=case.heads)
    first, tcp, udp = lines.first(), list(lines.lines(TCP_LINES)), list(lines.lines(UDP_LINES, seed=2))
    alone = list(lines.lines(ALONE_LINES, seed=3)) if case.heads == ALONE_HEADS else []
    phases: list[tuple[Callable[[Exporter, list[str]], None], list[str]]] = [
        (Exporter.send_tcp, first),
        (Exporter.send_tcp, tcp),
        (_send_blocks, udp),
        (_send_alone, alone),
    ]
    with ExitStack() as stack:
        exporters = {}
        for name in case.rules[:: -1 if turned else 1]:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            exporters[name] = stack.enter_context(running(case.mapping(name, folder), folder))
        marks = {name: [exporter.settle()] for name, exporter in exporters.items()}
        for send, sent in phases:
            for name, exporter in exporters.items():
                send(exporter, sent)
                marks[name].append(exporter.settle())
        sizes = [len(sent) for _, sent in phases]
        return {name: _run(exporter, marks[name], sizes) for name, exporter in exporters.items()}


def _run(exporter: Exporter, marks: list[float], sizes: list[int]) -> Run:
    resident, figures, drops = exporter.resident(), exporter.figures(), exporter.drops()
    sent = sum(sizes)
    if drops or figures.mapped + figures.dropped != sent or figures.conflicts:
        raise RuntimeError(f"of {sent:,} lines {figures}, dropped by the kernel: {drops}")
    first, tcp, udp, alone = (
        (after - before) / size * 1e6 if size else None
        for before, after, size in zip(marks, marks[1:], sizes, strict=False)
    )
    assert first is not None and tcp is not None and udp is not None  # noqa: PT018 (always sent)
    return Run(
        first=first,
        tcp=tcp,
        udp=udp,
        alone=alone,
        resident=resident,
        mapped=figures.mapped / sent,
        series=figures.series,
    )


def _send_blocks(exporter: Exporter, lines: list[str]) -> None:
    """A block whenever the last one is read, none of it lost.

    The exporter sleeps while a block is sent: else each datagram wakes it up or not as the machine's load
    will have it, which costs more than all the rest.
    """
    datagrams = [line.encode() for line in lines]
    with _connected(exporter) as sock:
        for start in range(0, len(datagrams), _UDP_BLOCK):
            with exporter.frozen():
                for datagram in datagrams[start : start + _UDP_BLOCK]:
                    sock.send(datagram)
            while exporter.waiting():
                time.sleep(0.001)


def _send_alone(exporter: Exporter, lines: list[str]) -> None:
    """One by one, evenly."""
    with _connected(exporter) as sock:
        started = time.perf_counter()
        for number, line in enumerate(lines):
            time.sleep(max(0.0, started + number / ALONE_PER_SECOND - time.perf_counter()))
            sock.send(line.encode())


def _connected(exporter: Exporter) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((HOST, exporter.port))
    return sock
