"""The thresholds of an alert, and where each comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from windsock.yamlfile import Lines
from windsock_alerts.by_dag import Looks, matches
from windsock_alerts.changes import of, shown
from windsock_alerts.settings import Settings
from windsock_alerts.thresholds import OF_A_DAG, given


class Limit(NamedTuple):
    """One threshold.

    Attributes:
        name: its name in `alerts.yaml`.
        value: as people write it.
        of: for which Airflow or DAG; empty for all others.
        origin: `default`, or `file:line` with the entry that says it.
    """

    name: str
    value: str
    of: str
    origin: str


class File(NamedTuple):
    """The settings, and where they stand."""

    settings: Settings
    lines: Lines | None
    path: Path | None

    def place(self, *keys: str | int) -> str:
        """`file:line` of a key."""
        return f"{self.path}:{self.lines.line(*keys)}" if self.lines else "default"


def limits(file: File, names: Sequence[str], airflow: str | None, looks: Looks | None) -> Iterator[Limit]:
    """The thresholds that decide, in general, for Airflows and for DAGs that have their own.

    Args:
        file: the alerts file.
        names: of the thresholds that the alert uses.
        airflow: only this one; None for all.
        looks: the DAG, if one is asked for; None to list what the entries of `dags` say.
    """
    settings = file.settings
    for name in names:
        written = name in settings.thresholds.model_fields_set
        origin = file.place("thresholds", name) if written else "default"
        yield Limit(name, of(settings.thresholds, name), "", origin)
        for other, own in settings.airflows.items():
            if name in given(own.thresholds) and airflow in {None, other}:
                place = file.place("airflows", other, "thresholds", name)
                yield Limit(name, of(settings.thresholds_of(other), name), f"Airflow {other}", place)
        if name in OF_A_DAG:
            yield from _of_dags(file, name, looks)


def _of_dags(file: File, name: str, looks: Looks | None) -> Iterator[Limit]:
    for index, entry in enumerate(file.settings.dags):
        value = given(entry.thresholds).get(name)
        if value is None or (looks is not None and not matches(entry, looks)):
            continue
        place = file.place("dags", index, "thresholds", name)
        if looks is not None:
            yield Limit(name, shown(name, value), f"DAG {looks.dag_id}", f"{place} ({entry.subject})")
            return
        yield Limit(name, shown(name, value), f"DAGs with {entry.subject}", place)
