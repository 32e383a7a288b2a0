"""StatsD lines as a recording holds them: few enough to review, yet every name, tag, type, kind of value."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

# The id of a job in `local_task_job.task_exit.<job>.<dag>.<task>.<code>` is new with each try.
_JOB = re.compile(r"(?<=\.task_exit\.)\d+(?=\.)")


def split(datagram: bytes) -> list[str]:
    """The lines of one datagram; DogStatsD and negative gauges send several."""
    return [line for line in datagram.decode("utf-8", errors="replace").split("\n") if line]


def key(line: str) -> tuple[str, str, str]:
    """What two lines have in common when one of them is enough: name and tags, type, kind of value.

    A counter that adds nothing, one that adds and one that takes away are of different kinds; so are gauges
    that are set, moved down (a sign) or infinite. The values of timers are of one kind.
    """
    head, _, rest = line.partition(":")
    value, _, wire = rest.partition("|")
    return _JOB.sub("#", head), wire, _kind(value, wire)


def _kind(value: str, wire: str) -> str:
    if wire.startswith("ms"):
        return "time"
    if value[:1] in {"-", "+"}:
        return value[0]
    if not value[:1].isdigit():
        return value
    return "0" if wire.startswith("c") and float(value) == 0 else "1"


def compact(lines: Mapping[str, int]) -> dict[str, int]:
    """One line, the first, of those with the same key, with how often they came together."""
    first: dict[tuple[str, str, str], str] = {}
    times: dict[str, int] = {}
    for line, count in lines.items():
        kept = first.setdefault(key(line), line)
        times[kept] = times.get(kept, 0) + count
    return times


def merge(old: Mapping[str, int], new: Mapping[str, int]) -> dict[str, int]:
    """The old recording, and of the new one what it lacks: no single run sees everything."""
    known = {key(line) for line in old}
    return {**old, **{line: times for line, times in new.items() if key(line) not in known}}


def without_paths(lines: Iterable[tuple[str, int]], places: Mapping[str, str]) -> dict[str, int]:
    """The lines with the paths of this machine replaced; `places` is path -> what stands for it."""
    result: dict[str, int] = {}
    for line, times in lines:
        for path, neutral in places.items():
            line = line.replace(path, neutral)  # noqa: PLW2901
        result[line] = result.get(line, 0) + times
    return result


def names(lines: Iterable[str]) -> set[str]:
    """Distinct names, without tags."""
    return {re.split(r"[:,]", line, maxsplit=1)[0] for line in lines}


def read(path: Path) -> dict[str, int]:
    """A recording: line -> how often it came; nothing when there is no such file."""
    if not path.is_file():
        return {}
    rows = (row.split("\t", 1) for row in gzip.decompress(path.read_bytes()).decode().splitlines())
    return {line: int(times) for times, line in rows}


def write(path: Path, lines: Mapping[str, int]) -> None:
    """Write a recording, the same bytes for the same lines."""
    text = "".join(f"{lines[line]}\t{line}\n" for line in sorted(lines))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
