"""What happened when, in real seconds and as it would have been without the time factor."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: seconds since the scenario began on this Airflow, and what was done or arrived."""

    airflow: str
    scenario: str
    seconds: float
    text: str


class Timeline:
    """Entries of several Airflows that run at the same time; safe to use from their threads.

    Args:
        factor: what all times of the alerts were divided by.
        file: where the table is written at each entry, so that a run that hangs leaves it too.
    """

    def __init__(self, factor: float, file: Path) -> None:
        self.factor = factor
        self._file = file
        self._entries: list[Entry] = []
        self._scenario: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def begin(self, airflow: str, scenario: str) -> None:
        """From now on entries of this Airflow belong to `scenario`, and its clock starts at zero."""
        with self._lock:
            self._scenario[airflow] = (scenario, time.time())

    def note(self, airflow: str, text: str, *, at: float | None = None) -> None:
        """Add an entry, `at` in seconds since 1970; now unless given."""
        with self._lock:
            scenario, began = self._scenario.get(airflow, ("start", time.time()))
            seconds = (time.time() if at is None else at) - began
            self._entries.append(Entry(airflow=airflow, scenario=scenario, seconds=seconds, text=text))
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(self._render(), encoding="utf-8")

    def render(self) -> str:
        """One Markdown table per Airflow and scenario."""
        with self._lock:
            return self._render()

    def _render(self) -> str:
        groups = dict.fromkeys((entry.scenario, entry.airflow) for entry in self._entries)
        return "\n".join(
            line
            for scenario, airflow in groups
            for line in self._table(
                f"{scenario}: Airflow {airflow}",
                (e for e in self._entries if (e.scenario, e.airflow) == (scenario, airflow)),
            )
        )

    def _table(self, title: str, entries: Iterable[Entry]) -> list[str]:
        rows = [
            f"| {entry.seconds:.1f} s | {_clock(entry.seconds * self.factor)} | {_cell(entry.text)} |"
            for entry in entries
        ]
        return [f"## {title}", "", f"| real | ×{self.factor:g} | what |", "| --: | --: | --- |", *rows, ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min"
