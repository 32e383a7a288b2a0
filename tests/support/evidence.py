"""What proves each StatsD name of the catalogue: recordings of real Airflows, then their sources.

`make evidence` writes the answer beside the catalogue, and `windsock generate` makes a page of it.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from demo.stack import programs
from windsock.airflow_versions import RELEASES
from windsock.statsd.drift.compare import Row, Status
from windsock.statsd.drift.expected import Expected, expected
from windsock.statsd.drift.installation import at_site_packages
from windsock.statsd.drift.report import Report, look
from windsock.statsd.evidence import FILE, PROVIDERS, Proof
from windsock.wire import Wire, shape

RECORDINGS = programs.ROOT / "tests" / "data" / "statsd"
_PREFIX = "airflow."


def build() -> dict[str, Any]:
    """The whole file: what was scanned, and the proof of each name in each Airflow."""
    reports = {line: report(line) for line in RELEASES}
    names: dict[str, dict[str, str]] = {}
    for line, drift in reports.items():
        known = expected(line)
        sent = recorded(line, known)
        for row in drift.rows:
            if shape(row.name) in known:
                proof = Proof.SENT if shape(row.name) in sent else _proof(row, known[shape(row.name)])
                names.setdefault(_name(row.name, names), {})[line] = proof.value
    return {
        "releases": {line: _release(drift, modes(line)) for line, drift in reports.items()},
        "names": dict(sorted(names.items())),
    }


@cache
def report(line: str) -> Report:
    """The drift table of the source of an Airflow, beside the newest providers that run on it."""
    return look(at_site_packages(programs.sources(RELEASES[line])))


def recorded(line: str, known: Mapping[str, Expected]) -> set[str]:
    """Shapes of the names that recordings of this Airflow hold."""
    exact = {(key, wire) for key, one in known.items() if "{}" not in key for wire in one.wires}
    patterns = [
        (re.compile(re.escape(key).replace(r"\{\}", ".+")), key, wire)
        for key, one in sorted(known.items(), key=lambda item: -len(item[0]))
        for wire in one.wires
        if "{}" in key
    ]
    found = set()
    for name, wire in set(_lines(line)):
        if (name, wire) in exact:
            found.add(name)
        elif match := next(
            (key for regex, key, of in patterns if of == wire and regex.fullmatch(name)), None
        ):
            found.add(match)
    return found


def modes(line: str) -> list[str]:
    """The modes in which this Airflow was recorded."""
    names = (path.name.removesuffix(".txt.gz") for path in _files(line))
    return sorted({name.removeprefix(f"airflow-{RELEASES[line]}-").split("-")[0] for name in names})


def _files(line: str) -> list[Path]:
    return sorted(RECORDINGS.glob(f"airflow-{RELEASES[line]}-*.txt.gz"))


def _lines(line: str) -> Iterator[tuple[str, Wire]]:
    """Names and types that were recorded, without prefix and tags."""
    for path in _files(line):
        for row in gzip.decompress(path.read_bytes()).decode().splitlines():
            head, _, rest = row.split("\t")[-1].partition(":")
            wire = rest.split("|")[1] if "|" in rest else ""
            if head.startswith(_PREFIX) and wire in {"c", "g", "ms"}:
                yield head.removeprefix(_PREFIX).split(",")[0], Wire(wire)


def _name(name: str, names: Mapping[str, object]) -> str:
    """The same name under the words for its ids that another Airflow has in it."""
    return next((known for known in names if shape(known) == shape(name)), name)


def _proof(row: Row, known: Expected) -> Proof:
    if known.dead:
        return Proof.DOCUMENTED
    if row.status in {Status.SAME, Status.DIFFERENT}:
        return Proof.SOURCE
    return Proof.PROVIDER if row.why else Proof.NONE


def _release(drift: Report, recorded_modes: list[str]) -> dict[str, Any]:
    installed = drift.installation.distributions
    providers = {name: installed.get(f"apache-airflow-providers-{name}") for name in PROVIDERS}
    return {
        "airflow": drift.installation.version,
        "providers": {name: version for name, version in providers.items() if version},
        "recorded": recorded_modes,
        "same": drift.same,
        "explained": drift.explained,
        "unexplained": len(drift.unexplained),
    }


def main() -> None:
    """Write the file."""
    FILE.write_text(json.dumps(build(), indent=1) + "\n", encoding="utf-8")
    print(f"wrote {FILE.relative_to(programs.ROOT)}")


if __name__ == "__main__":
    main()
