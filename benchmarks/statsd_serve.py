"""`windsock statsd serve` beside statsd_exporter: CPU per line, loss, memory, and scrapes under load.

Run:  .venv/bin/python -m benchmarks.statsd_serve      (ten minutes on a machine with nothing else to do)
Both get the same lines in the same run, in turn with who begins, and each is fresh in every run. CPU seconds
are the process's own, user and system, from /proc. Prints the tables for a page in benchmarks/results.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread

from benchmarks.statsd.cpu import ALONE_PER_SECOND, ROOT
from benchmarks.statsd.exporter import Exporter, running
from benchmarks.statsd.traffic import traffic
from demo.stack import programs
from demo.stack.ports import HOST
from windsock.statsd.mapping import path
from windsock.wire import Profile

_VERSION, _PROFILE = "3.3", Profile.TAGS
_HEADS = 20_000
_OURS, _THEIRS = "windsock", "statsd_exporter"
_PROGRAMS: Mapping[str, Sequence[str]] = {
    _OURS: (str(programs.windsock()), "statsd", "serve", "--statsd.max-series=200000"),
    _THEIRS: (),
}
# Fewer than the buffer takes at the kernel's default.
_BLOCK = 400
_LINES = {"blocks": 120_000, "flow": 100_000, "alone": 5_000, "tcp": 300_000}
_FLOW_PER_SECOND = 20_000
_FAST_PER_SECOND, _FAST_SECONDS = 60_000, 5
_SERIES = 100_000
_SCRAPES = 5
# On a machine that does something else a burst may be too much; so few change no figure.
_MOST_LOST = 0.002

Send = Callable[[Exporter, Sequence[bytes]], None]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    taken: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    loads = []
    for number in range(given.runs):
        loads.append(os.getloadavg()[0])
        for name, seconds in _cpu(list(_PROGRAMS)[:: 1 if number % 2 else -1]):
            for what, value in seconds.items():
                taken[what][name].append(value)
        sys.stderr.write(f"{number + 1}/{given.runs}: load {loads[-1]:.1f}\n")
    print(f"{given.runs} runs, load of the machine (one minute) {min(loads):.1f} to {max(loads):.1f}\n")
    print("| lines | windsock | statsd_exporter | ratio |\n|---|--:|--:|--:|")
    for what, values in taken.items():
        ratios = [ours / theirs for ours, theirs in zip(values[_OURS], values[_THEIRS], strict=True)]
        print(f"| {what} | {_spread(values[_OURS])} | {_spread(values[_THEIRS])} | **{_spread(ratios)}** |")
    print("\n| | windsock | statsd_exporter |\n|---|--:|--:|")
    rows: dict[str, dict[str, str]] = defaultdict(dict)
    for name in _PROGRAMS:
        for what, text in (*_fast(name), *_big(name)):
            rows[what][name] = text
    for what, texts in rows.items():
        print(f"| {what} | {texts[_OURS]} | {texts[_THEIRS]} |")


def _cpu(names: Sequence[str]) -> Iterator[tuple[str, dict[str, float]]]:
    """CPU seconds per million lines of each program, by kind of sending."""
    lines = traffic(_VERSION, _PROFILE, heads=_HEADS)
    sent = {
        "first line of each name": (_tcp, [line.encode() for line in lines.first()]),
        "UDP, hundreds waiting": (_blocks, _bytes(lines.lines(_LINES["blocks"], seed=2))),
        f"UDP, {_FLOW_PER_SECOND:,} a second": (_flow, _bytes(lines.lines(_LINES["flow"], seed=3))),
        f"UDP, {ALONE_PER_SECOND:,} a second": (_alone, _bytes(lines.lines(_LINES["alone"], seed=4))),
        "TCP, one connection": (_tcp, _bytes(lines.lines(_LINES["tcp"]))),
    }
    with ExitStack() as stack:
        exporters = {name: stack.enter_context(_started(name)) for name in names}
        seconds: dict[str, dict[str, float]] = {name: {} for name in names}
        for what, (send, data) in sent.items():
            for name, exporter in exporters.items():
                before = exporter.settle()
                send(exporter, data)
                seconds[name][what] = (exporter.settle() - before) / len(data) * 1e6
        total = sum(len(data) for _, data in sent.values())
        for name, exporter in exporters.items():
            figures, lost = exporter.figures(), exporter.drops()
            if figures.mapped + figures.dropped + lost != total or lost > total * _MOST_LOST:
                raise RuntimeError(f"{name}: of {total:,} lines {figures}, lost: {lost}")
            if lost:
                sys.stderr.write(f"{name}: {lost} of {total:,} lines lost in this run\n")
        yield from seconds.items()


def _fast(name: str) -> Iterator[tuple[str, str]]:
    """What is lost at many lines a second."""
    lines = _bytes(traffic(_VERSION, _PROFILE, heads=_HEADS).lines(_FAST_PER_SECOND * _FAST_SECONDS))
    with _started(name) as exporter:
        _tcp(exporter, lines)
        exporter.settle()
        took = _paced(exporter, lines, _FAST_PER_SECOND)
        exporter.settle()
        rate = len(lines) / took
        yield (
            f"lost at {_FAST_PER_SECOND:,} a second for {_FAST_SECONDS} s",
            f"{exporter.drops():,} ({rate:,.0f} sent)",
        )


def _big(name: str) -> Iterator[tuple[str, str]]:
    """Memory, scrapes, and loss meanwhile, with many series."""
    lines = [
        b"airflow.ti.start,dag_id=orders_daily_%04d,task_id=copy_table_%02d:1|c" % divmod(number, 20)
        for number in range(_SERIES)
    ]
    with _started(name) as exporter:
        _tcp(exporter, lines)
        exporter.settle()
        before = exporter.resident()
        yield f"MB with {_SERIES:,} counters", f"{before:.0f}"
        sender = Thread(target=_paced, args=(exporter, lines, _FLOW_PER_SECOND))
        sender.start()
        took = []
        for _ in range(_SCRAPES):
            started = time.perf_counter()
            url = urllib.request.Request(
                f"http://{HOST}:{exporter.web}/metrics", headers={"Accept-Encoding": "gzip"}
            )
            with urllib.request.urlopen(url, timeout=60) as answer:
                size = len(answer.read())
            took.append(time.perf_counter() - started)
            time.sleep(0.3)
        sender.join()
        exporter.settle()
        yield f"seconds for a scrape of it at {_FLOW_PER_SECOND:,} lines a second", _spread(took)
        yield "MB of that answer, compressed", f"{size / 1e6:.1f}"
        yield "lost meanwhile", f"{exporter.drops():,}"
        yield "MB at most, scrapes included", f"{exporter.resident():.0f}"


@contextmanager
def _started(name: str) -> Iterator[Exporter]:
    mapping = ROOT / path(_VERSION, _PROFILE)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(mapping, Path(folder), program=_PROGRAMS[name]) as exporter,
    ):
        yield exporter


def _bytes(lines: Iterator[str]) -> list[bytes]:
    return [line.encode() for line in lines]


def _tcp(exporter: Exporter, lines: Sequence[bytes]) -> None:
    exporter.send_tcp(line.decode() for line in lines)


def _blocks(exporter: Exporter, lines: Sequence[bytes]) -> None:
    """A block whenever the last one is read; it sleeps meanwhile: waking up is not what is measured."""
    with _connected(exporter) as sock:
        for start in range(0, len(lines), _BLOCK):
            with exporter.frozen():
                for line in lines[start : start + _BLOCK]:
                    sock.send(line)
            while exporter.waiting():
                time.sleep(0.001)


def _flow(exporter: Exporter, lines: Sequence[bytes]) -> None:
    _paced(exporter, lines, _FLOW_PER_SECOND)


def _alone(exporter: Exporter, lines: Sequence[bytes]) -> None:
    _paced(exporter, lines, ALONE_PER_SECOND, at_once=1)


def _paced(exporter: Exporter, lines: Sequence[bytes], per_second: float, *, at_once: int = 20) -> float:
    """Send evenly, some at once; returns the seconds that it took."""
    with _connected(exporter) as sock:
        started = time.perf_counter()
        for start in range(0, len(lines), at_once):
            wait = started + start / per_second - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            for line in lines[start : start + at_once]:
                sock.send(line)
        return time.perf_counter() - started


def _connected(exporter: Exporter) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((HOST, exporter.port))
    return sock


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


if __name__ == "__main__":
    main()
