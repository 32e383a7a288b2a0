"""A real statsd_exporter with the flags that we ship, and what a recording of Airflow holds."""

from __future__ import annotations

import gzip
import math
import re
import socket
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from demo.stack import ports, programs
from demo.stack.ports import HOST
from demo.stack.process import Process
from windsock.statsd import flags
from windsock.wire import Wire

ROOT = Path(__file__).parents[2]
RECORDINGS = ROOT / "tests" / "data" / "statsd"
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """One distinct line of a recording and how often it came; tags are still in it."""

    times: int
    line: str

    @property
    def name(self) -> str:
        """The name without tags."""
        return self.line.split(":", 1)[0].split(",", 1)[0]

    @property
    def tags(self) -> dict[str, str]:
        """InfluxDB's tags behind the name, or DogStatsD's behind the value."""
        if "|#" in self.line:
            return dict(tag.split(":", 1) for tag in self.line.split("|#", 1)[1].split(","))
        return dict(tag.split("=", 1) for tag in self.line.split(":", 1)[0].split(",")[1:])

    @property
    def value(self) -> float:
        return float(self.line.split(":", 1)[1].split("|", 1)[0])

    @property
    def wire(self) -> Wire:
        return Wire(self.line.split(":", 1)[1].split("|")[1])


def recording(name: str) -> list[Recorded]:
    """A file of `tests/data/statsd`: each distinct line with how often it came."""
    text = gzip.decompress((RECORDINGS / f"{name}.txt.gz").read_bytes()).decode()
    rows = (row.split("\t", 1) for row in text.splitlines())
    return [Recorded(int(times), line) for times, line in rows]


@dataclass(frozen=True, slots=True)
class Page:
    """What /metrics answered; Airflow's families and the exporter's own figures apart."""

    text: str
    families: Mapping[str, tuple[str, str]]
    samples: tuple[Sample, ...]

    @classmethod
    def parse(cls, text: str) -> Page:
        families: dict[str, tuple[str, str]] = {}
        samples: list[Sample] = []
        for family in text_string_to_metric_families(text):
            counter = family.type == "counter"
            families[f"{family.name}_total" if counter else family.name] = (family.type, family.documentation)
            samples.extend(family.samples)
        return cls(text, families, tuple(samples))

    def value(self, name: str, **labels: str) -> float:
        """Sum over all series of `name` that have these labels; 0 without any."""
        return math.fsum(
            sample.value
            for sample in self.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def series(self, name: str) -> list[dict[str, str]]:
        """Labels of every series of `name`, the empty ones left out as Prometheus does."""
        return [without_empty(sample.labels) for sample in self.samples if sample.name == name]


def without_empty(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels as Prometheus stores them: one without a value does not exist."""
    return {name: value for name, value in labels.items() if value}


class Exporter:
    """A running statsd_exporter that also listens on TCP, where no line is lost."""

    def __init__(self, process: Process, web: int, statsd: int) -> None:
        self._process = process
        self._web = web
        self._statsd = statsd

    @property
    def udp_port(self) -> int:
        """Where Airflow sends to."""
        return self._statsd

    def send(self, lines: Iterable[str]) -> None:
        """Send over TCP, and return when the exporter has taken all of it in."""
        before = self._taken()
        text = [line + "\n" for line in lines]
        with socket.create_connection((HOST, self._statsd), timeout=_PATIENCE_SECONDS) as sock:
            sock.sendall("".join(text).encode())
        self._wait(before + len(text))

    def send_datagram(self, line: str) -> None:
        """Send one UDP datagram, as Airflow does, and return when it is taken in."""
        self.send_datagrams([line])

    def send_datagrams(self, lines: Sequence[str]) -> None:
        """Send one UDP datagram per line, slowly enough for any receive buffer; return when all are in."""
        before = self._taken()
        shoot(self._statsd, lines)
        self._wait(before + len(lines))

    @property
    def address(self) -> str:
        """`host:port` where it takes StatsD."""
        return f"{HOST}:{self._statsd}"

    def kill(self) -> None:
        """End it without a word, as a crash does."""
        self._process.kill()

    def start(self) -> None:
        """Start it again, on the same ports."""
        self._process.start()
        _until_it_listens(self._process, self._web)

    def page(self) -> Page:
        """/metrics now; fails unless the answer is 200."""
        return Page.parse(self._text())

    def _text(self) -> str:
        url = f"http://{HOST}:{self._web}/metrics"
        with urllib.request.urlopen(url, timeout=_PATIENCE_SECONDS) as answer:
            assert answer.status == 200
            text: str = answer.read().decode()
            return text

    def _taken(self) -> float:
        return _number("statsd_exporter_lines_total", self._text())

    def _wait(self, lines: float) -> None:
        """Until all lines are taken and the events made of them, flushed every 200 ms, have arrived."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        settled = (-1.0, -1.0)
        while time.monotonic() < deadline:
            text = self._text()
            taken = _number("statsd_exporter_lines_total", text)
            handled = sum(
                float(value)
                for value in re.findall(
                    r"^statsd_exporter_events_(?:actions_total\{.*\}|unmapped_total) (\S+)$",
                    text,
                    re.MULTILINE,
                )
            )
            if taken >= lines and settled == (taken, handled):
                return
            settled = (taken, handled)
            time.sleep(0.3)
        raise AssertionError(
            f"statsd_exporter took {settled[0]:g} of {lines:g} lines: {self._process.tail()}"
        )


def shoot(port: int, lines: Sequence[str]) -> None:
    """Send one UDP datagram per line to a port of loopback, at most 10,000 a second; nobody need listen."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for number, line in enumerate(lines, start=1):
            sock.sendto(line.encode(), (HOST, port))
            if number % 50 == 0:
                time.sleep(0.005)


@contextmanager
def running(mapping: Path, folder: Path, *more: str) -> Iterator[Exporter]:
    """Start statsd_exporter with a mapping and `more` arguments; its log goes to `folder`."""
    port = ports.choose({"web": 0, "statsd": 0})
    udp = f"{HOST}:{port['statsd']}"
    arguments = flags.arguments(mapping=str(mapping), web=f"{HOST}:{port['web']}", udp=udp, tcp=udp)
    process = Process(
        "statsd_exporter",
        [programs.statsd_exporter(), *arguments, *more],
        log=folder / "statsd_exporter.log",
    )
    process.start()
    try:
        _until_it_listens(process, port["web"])
        yield Exporter(process, port["web"], port["statsd"])
    finally:
        process.stop()


def _until_it_listens(process: Process, port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not ports.taken(port):
        assert process.running, process.tail()
        assert time.monotonic() < deadline, process.tail()
        time.sleep(0.05)


def _number(name: str, text: str) -> float:
    found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0
