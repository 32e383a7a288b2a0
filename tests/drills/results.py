"""Results of drills: a committed file of JSON, and the page that is made from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).resolve().parent / "results.json"
PAGE = ROOT / "docs" / "drills.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a drill went.

    Attributes:
        seconds: real ones from the fault (or the missed deadline) to the first of what is expected; None if
            nothing is expected, or it never came.
        hold: real seconds of its hold as the rules had it.
        resolved: real seconds from healing to the end of the last incident.
        pages: who was woken and by what.
        tickets: the same for tickets.
        findings: what was wrong; empty if all is well.
        peers: peer -> what its rules sent: `<alert>: <when>`, which is `before` (open already), `fault`,
            `early` (ended while the fault lasted) or `after`.
    """

    name: str
    what: str
    airflow: str
    expects: tuple[str, ...]
    scale: float
    seconds: float | None
    hold: float
    hold_unscaled: float
    resolved: float | None
    pages: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    peers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date: str = ""
    commit: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """One result is kept for each."""
        return self.airflow, self.name


def read(file: Path = FILE) -> list[Result]:
    """All that is known."""
    if not file.is_file():
        return []
    return [Result(**_tuples(row)) for row in json.loads(file.read_text(encoding="utf-8"))]


def keep(result: Result, *, order: Sequence[str], file: Path = FILE) -> list[Result]:
    """Put it in the place of the last one of its kind; drills stand in the given order."""
    known = {each.key: each for each in read(file)} | {result.key: result}
    places = {name: place for place, name in enumerate(order)}
    rows = sorted(known.values(), key=lambda each: (each.airflow != "3.3.2", places.get(each.name, 999)))
    text = json.dumps([asdict(each) for each in rows], indent=1, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")
    return rows


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:  # JSON knows only lists
    found = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    found["peers"] = {peer: tuple(sent) for peer, sent in row["peers"].items()}
    return found
