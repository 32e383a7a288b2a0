"""The drift table of one installation, and how it is printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from windsock.airflow_versions import RELEASES
from windsock.statsd.drift.compare import Row, Status, compare
from windsock.statsd.drift.expected import expected, nearest
from windsock.statsd.drift.installation import Installation, numbers
from windsock.statsd.drift.registry import registry
from windsock.statsd.drift.scan import scan

_ORDER = (Status.NEW, Status.GONE, Status.DIFFERENT, Status.ABSENT, Status.SAME)
_QUIET = frozenset({Status.SAME, Status.ABSENT})
_MORE_PLACES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was compared, and every name.

    Attributes:
        installation: the Airflow.
        line: the line of the catalogue it was compared with.
        note: what the reader must know about the line; empty where it was asked for, or is the checked one.
        rows: unexplained first, then the others that differ, then the same.
    """

    installation: Installation
    line: str
    note: str
    rows: tuple[Row, ...]

    @property
    def same(self) -> int:
        """Names that match."""
        return sum(row.status is Status.SAME for row in self.rows)

    @property
    def absent(self) -> tuple[Row, ...]:
        """Names of providers that are not installed."""
        return tuple(row for row in self.rows if row.status is Status.ABSENT)

    @property
    def unexplained(self) -> tuple[Row, ...]:
        """Differences that nobody has explained."""
        return tuple(row for row in self.rows if row.unexplained)

    @property
    def explained(self) -> int:
        """Differences with a reason."""
        return len(self.rows) - self.same - len(self.absent) - len(self.unexplained)


def _note(installation: Installation, line: str) -> str:
    """What the reader must know about a line that was not asked for; empty for a checked release."""
    version, known = installation.version, RELEASES[line]
    if version == known:
        return ""
    if installation.release[:2] == numbers(line):
        return f"The catalogue was checked with {known}; {version} may differ in few names."
    lines = ", ".join(RELEASES)
    return f"Airflow {version} is no line of the catalogue ({lines}): compared with {line}, the nearest."


def look(installation: Installation, line: str | None = None) -> Report:
    """Compare an installation with the catalogue.

    Args:
        installation: the Airflow; only its files are read.
        line: the line of the catalogue; the installation's own, or the nearest, if None.

    Raises:
        BadInput: Airflow's own list of metrics, or a file of its source, cannot be read.
    """
    chosen = line or nearest(installation.release)
    rows = compare(installation, chosen, expected(chosen), scan(installation), registry(installation.root))
    ordered = sorted(rows, key=lambda row: (not row.unexplained, _ORDER.index(row.status), row.name))
    return Report(
        installation=installation,
        line=chosen,
        note="" if line else _note(installation, chosen),
        rows=tuple(ordered),
    )


def as_text(report: Report, *, everything: bool) -> str:
    """The table for people: what differs, or with `everything` each name."""
    where = f"Airflow {report.installation.version} in {report.installation.root}"
    lines = [f"{where}, compared with the catalogue for {report.line}."]
    if report.note:
        lines.append(report.note)
    shown = [row for row in report.rows if everything or row.status not in _QUIET]
    if shown:
        lines.append("")
        lines.extend(_table(shown))
    lines.append("")
    lines.append(
        f"{_names(report.same)} match, {report.explained} differences explained, "
        f"{len(report.unexplained)} unexplained."
    )
    lines.extend(
        f"{_names(sum(row.detail == why for row in report.absent))} not compared: {why}."
        for why in sorted({row.detail for row in report.absent})
    )
    return "\n".join(lines) + "\n"


def as_json(report: Report, *, everything: bool) -> str:
    """The same for programs."""
    data = {
        "airflow": report.installation.version,
        "site_packages": str(report.installation.root),
        "line": report.line,
        "note": report.note,
        "counts": {
            "same": report.same,
            "explained": report.explained,
            "unexplained": len(report.unexplained),
            "absent": len(report.absent),
        },
        "rows": [
            {
                "status": row.status.value,
                "name": row.name,
                "types": [wire.value for wire in row.wires],
                "tags": list(row.tags),
                "difference": row.detail,
                "explanation": row.why,
                "where": list(row.where),
            }
            for row in report.rows
            if everything or row.status not in _QUIET
        ],
    }
    return json.dumps(data, indent=2) + "\n"


def _table(rows: list[Row]) -> Iterator[str]:
    width = max(len(row.name) for row in rows)
    yield f"{'STATUS':<10} {'TYPE':<8} {'NAME':<{width}}  WHERE"
    for row in rows:
        types = " ".join(wire.name.lower() for wire in row.wires)
        yield f"{row.status.value:<10} {types:<8} {row.name:<{width}}  {_places(row)}"
        if row.detail:
            yield f"{'':<20}{row.detail}"
        if row.status not in _QUIET:
            yield f"{'':<20}{'explained: ' + row.why if row.why else 'UNEXPLAINED'}"


def _names(count: int) -> str:
    return f"{count} name{'' if count == 1 else 's'}"


def _places(row: Row) -> str:
    if not row.where:
        return "-"
    more = len(row.where) - _MORE_PLACES
    return ", ".join(row.where[:_MORE_PLACES]) + (f" and {more} more" if more > 0 else "")
