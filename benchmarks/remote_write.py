"""A history for Prometheus: series over hours, written in seconds by its remote-write protocol."""

from __future__ import annotations

import struct
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

_BATCH = 20_000
# All series move on together by so many seconds: Prometheus refuses what is an hour behind the newest.
_SLICE_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Series:
    """One series.

    Attributes:
        name: of the metric.
        labels: those of the scrape too.
        value: at the first moment.
        step: by how much it grows from one moment to the next.
    """

    name: str
    labels: Mapping[str, str]
    value: float
    step: float = 0.0


def write(
    url: str,
    series: Iterable[Series],
    moments: Sequence[float],
    progress: Callable[[float], None],
) -> None:
    """Write every series at every moment.

    Args:
        url: of Prometheus, which runs with `--web.enable-remote-write-receiver`.
        series: all of them.
        moments: in seconds since 1970, rising.
        progress: told which share is done.
    """
    known = [(_labels(each), each.value, each.step) for each in series]
    begin = 0
    while begin < len(moments):
        part = [at for at in moments[begin:] if at < moments[begin] + _SLICE_SECONDS]
        blobs: dict[tuple[float, float], bytes] = {}
        rest = iter(known)
        while batch := list(islice(rest, _BATCH)):
            request = b"".join(_time_series(each, part, begin, blobs) for each in batch)
            _post(url, request)
        begin += len(part)
        progress(begin / len(moments))


def _time_series(
    each: tuple[bytes, float, float],
    part: Sequence[float],
    begin: int,
    blobs: dict[tuple[float, float], bytes],
) -> bytes:
    labels, value, step = each
    samples = blobs.get((value, step))
    if samples is None:
        samples = b"".join(
            _field(2, b"\x09" + struct.pack("<d", value + step * number) + b"\x10" + _varint(int(at * 1000)))
            for number, at in enumerate(part, begin)
        )
        blobs[value, step] = samples
    return _field(1, labels + samples)


def _labels(series: Series) -> bytes:
    pairs = sorted({"__name__": series.name, **{k: v for k, v in series.labels.items() if v}}.items())
    return b"".join(_field(1, _field(1, k.encode()) + _field(2, v.encode())) for k, v in pairs)


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _post(url: str, body: bytes) -> None:
    headers = {
        "Content-Encoding": "snappy",
        "Content-Type": "application/x-protobuf",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
    }
    packed = _varint(len(body)) + b"".join(_literals(body))
    request = urllib.request.Request(f"{url}/api/v1/write", packed, headers)
    try:
        with urllib.request.urlopen(request, timeout=120):
            pass
    except urllib.error.HTTPError as error:
        message = f"Prometheus takes no history: {error.read().decode()}"
        raise RuntimeError(message) from error


def _literals(body: bytes) -> Iterator[bytes]:
    """Snappy's format without compression: nothing but literals."""
    for begin in range(0, len(body), 1 << 20):
        part = body[begin : begin + (1 << 20)]
        yield bytes([62 << 2]) + (len(part) - 1).to_bytes(3, "little") + part
