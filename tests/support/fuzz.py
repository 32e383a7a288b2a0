"""Datagrams that no honest client sends: lines known to be interesting, and what chance makes of them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.differential.examples import EXAMPLES
from tests.differential.session import session
from tests.support.statsd import recording

_PIECES = (
    *(
        b":",
        b"|",
        b"#",
        b",",
        b"=",
        b"[",
        b"]",
        b"@",
        b".",
        b"-",
        b"_",
        b"%",
        b"$1",
        b"\n",
        b"\r\n",
        b"\0",
        b"\xff",
    ),
    *(
        b"|c",
        b"|g",
        b"|ms",
        b"|h",
        b"|d",
        b"|s",
        b"|#",
        b"|@0.1",
        b"|@1e-300",
        b"|@-1",
        b"|T1",
        b"|c:x",
        b":1|c",
    ),
    *(
        b"1e400",
        b"nan",
        b"-inf",
        b"0x1p4",
        b"1_0",
        b"-1",
        b"+1",
        b"99999999999999999999",
        b"quantile",
        b"le",
        b"__name__",
    ),
    *(
        "é".encode(),
        "١".encode(),
        "\u2028".encode(),
        b"\xed\xa0\x80",
        b"statsd_exporter_lines_total",
        b"_bucket",
        b"_sum",
    ),
)


class Fuzz:
    """Makes datagrams; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        lines = [line for example in EXAMPLES.values() for line in example.lines]
        lines += [
            line for number in range(20) for case in session(seed + number).cases for line in case.lines
        ]
        for name in ("airflow-3.3.2-tags", "airflow-2.11.2-plain", "airflow-3.3.2-dogstatsd"):
            lines += [line.line.encode() for line in recording(name)[:400]]
        self._lines = lines

    def datagrams(self, number: int) -> Iterator[bytes]:
        """So many."""
        for _ in range(number):
            yield self._datagram()

    def _datagram(self) -> bytes:
        draw = self._random
        kind = draw.random()
        if kind < 0.002:
            return draw.randbytes(draw.randrange(65_508))
        if kind < 0.004:
            return (draw.choice(self._lines) + b"\n") * draw.randrange(1, 500)
        line = draw.choice(self._lines)
        if kind < 0.15:
            return line
        for _ in range(draw.randrange(1, 4)):
            line = self._changed(line)
        return line[:65_507]

    def _changed(self, line: bytes) -> bytes:  # noqa: PLR0911 (one for each way)
        draw = self._random
        at = draw.randrange(len(line) + 1)
        match draw.randrange(7):
            case 0:
                return line[:at] + draw.choice(_PIECES) + line[at:]
            case 1:
                return line[:at] + line[at + draw.randrange(1, 5) :]
            case 2:
                return line[:at] + bytes([draw.randrange(256)]) + line[at + 1 :]
            case 3:
                other = draw.choice(self._lines)
                return line[:at] + other[draw.randrange(len(other) + 1) :]
            case 4:
                return line + b"\n" + draw.choice(self._lines)
            case 5:
                # Names without end.
                return line.replace(b":", b"_%d:" % draw.randrange(10**6), 1)
            case _:
                return line[:at] + line[at : at + 8] * draw.randrange(2, 12) + line[at:]
