"""Coverage-guided fuzzing of the StatsD listener: `python -m tests.fuzz.statsd_lines --lines 10000000`.

atheris, which is not among the tools that every checkout installs (`uv pip install atheris`), looks for bytes
that take a new way through `windsock.statsd`. The corpus begins with what real Airflows sent, and with the
lines that end or spoil statsd_exporter.

Each input is datagrams for a listener that has taken others before. After some hundreds its page must parse,
every line must be counted, and none may have met a mistake of ours. It stops at the first that does, and says
which.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

with atheris.instrument_imports(include=["windsock.statsd"]):
    from windsock.statsd.engine.rules import load
    from windsock.statsd.listener.live import Live
    from windsock.statsd.listener.store import Limits

import structlog

from demo.stack import programs
from tests.differential.examples import EXAMPLES
from tests.support.statsd import ROOT, recording

_SEEDS_OF_A_RECORDING = 60
_INPUTS_OF_A_LISTENER = 400
# The first byte of an input chooses the mapping.
_MAPPINGS = (
    "",
    "defaults: {observer_type: histogram, histogram_options: {buckets: [0.1, 1, 10]}}",
    "defaults: {ttl: 1s}\nmappings: [{match: 'a.*', name: '${1}', scale: 0.001, labels: {la: $1}}]",
    "mappings: [{match: '(.+)\\.(.*)', match_type: regex, name: $2, labels: {la: $1}, honor_labels: true}]",
    "mappings: [{match: '*.*.*', name: x, labels: {la: $1}}, {match: b.*, action: drop, name: n}]",
    (ROOT / "exporter/generated/statsd/airflow-3.3-tags.yml").read_text(encoding="utf-8"),
    (ROOT / "exporter/generated/statsd/airflow-2.11-plain.yml").read_text(encoding="utf-8"),
)
_RULES = [load(text) for text in _MAPPINGS]
_WORDS = (
    "|c",
    "|g",
    "|ms",
    "|h",
    "|d",
    "|s",
    "|@0.1",
    "|#",
    ":",
    ",",
    "=",
    "[",
    "]",
    "#",
    "nan",
    "1e400",
    "__",
    "\\x0a",
)
_COUNTED = re.compile(r"^statsd_exporter_lines_total (\S+)$", re.MULTILINE)
# 3: it parses, and breaks a rule of style.
_PARSED = {0, 3}
_LIMITS = Limits(series=50, families=200, text=500)


class _Trial:
    """Listeners one after another, and what they have taken."""

    def __init__(self, lines: int) -> None:
        self._wanted = lines
        self._began = time.monotonic()
        self._live: list[Live] = []
        self._lines: list[int] = []
        self._inputs = 0
        self.taken = 0
        self.pages = 0
        self._anew()

    def take(self, data: bytes) -> None:
        """One input: a mapping's number, then datagrams with a zero byte between them."""
        if not data:
            return
        which = data[0] % len(self._live)
        packets = data[1:].split(b"\0")
        # Twice: what is remembered is tried as well as what is not.
        for _ in range(2):
            self._live[which].take_all(packets)
        lines = 2 * sum(packet.count(b"\n") + 1 for packet in packets)
        self._lines[which] += lines
        self.taken += lines
        self._inputs += 1
        if self._inputs >= _INPUTS_OF_A_LISTENER:
            self._look()
            self._anew()
        if self.taken >= self._wanted:
            self._look()
            self._say()

    def _anew(self) -> None:
        self._live = [Live(rules, cache_size=1_000, limits=_LIMITS) for rules in _RULES]
        self._lines = [0] * len(_RULES)
        self._inputs = 0

    def _look(self) -> None:
        for live, lines in zip(self._live, self._lines, strict=True):
            page = live.page()
            # prometheus_client's own parser takes no counter of the name `_total`.
            found = subprocess.run(
                [programs.promtool(), "check", "metrics"],
                input=page.text,
                capture_output=True,
                text=True,
                check=False,
            )
            assert found.returncode in _PARSED, found.stderr
            counted = _COUNTED.search(page.text)
            assert counted, page.text
            assert float(counted[1]) == lines
            assert "internal" not in live.count().errors, "a mistake of ours; the log names the line"
            live.take(b"works:1|c")
            assert "works" in live.registry.live or len(live.registry.live) >= _LIMITS.families
            self.pages += 1

    def _say(self) -> None:
        seconds = time.monotonic() - self._began
        done = f"{self.taken:,} lines, {self.pages:,} pages, {seconds:.0f} s"
        print(f"{done}: every page parses, every line counted")
        sys.stdout.flush()
        # libFuzzer would report another way out as a finding.
        os._exit(0)


def _seeds() -> Iterator[bytes]:
    draw = random.Random(0)
    for path in sorted((ROOT / "tests" / "data" / "statsd").glob("*.txt.gz")):
        lines = [each.line.encode() for each in recording(path.name.removesuffix(".txt.gz"))]
        for _ in range(3):
            yield b"\n".join(draw.sample(lines, _SEEDS_OF_A_RECORDING))
    for example in EXAMPLES.values():
        yield b"\0".join(example.lines)


def main() -> None:
    """Fuzz until so many lines are taken."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=10_000_000)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    trial = _Trial(given.lines)
    corpus = Path(tempfile.mkdtemp(prefix="statsd-lines-"))
    for number, seed in enumerate(_seeds()):
        (corpus / str(number)).write_bytes(bytes([number % len(_RULES)]) + seed)
    words = corpus.with_suffix(".words")
    words.write_text("".join(f'"{word}"\n' for word in _WORDS), encoding="utf-8")
    print(f"corpus and findings in {corpus}")
    # Refused lines are what it is about.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    atheris.Setup(
        [
            sys.argv[0],
            f"-seed={given.seed}",
            f"-dict={words}",
            "-max_len=8192",
            "-len_control=0",
            f"-artifact_prefix={corpus}/",
            str(corpus),
        ],
        trial.take,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
