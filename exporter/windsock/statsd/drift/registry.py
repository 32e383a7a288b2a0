"""Airflow's own list of metrics, `metrics_template.yaml`, which it has and obeys from 3.2 on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from windsock.errors import BadInput
from windsock.wire import Wire

# Core first: the Task SDK carries a copy.
_PLACES = (
    "airflow/_shared/observability/metrics/metrics_template.yaml",
    "airflow/sdk/_shared/observability/metrics/metrics_template.yaml",
)
_WIRES = {"counter": Wire.COUNTER, "gauge": Wire.GAUGE, "timer": Wire.TIMER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One entry.

    Attributes:
        legacy: the name with ids in it under which Airflow sends it too; None where there is none.
        variables: the tags that stand in the legacy name.
        where: `file:line`.
    """

    name: str
    wire: Wire
    legacy: str | None
    variables: tuple[str, ...]
    where: str


def registry(root: Path) -> Mapping[str, Registered]:
    """The entries by name; empty before 3.2.

    Raises:
        BadInput: the file is there, but not in the shape that we know.
    """
    for place in _PLACES:
        if (path := root / place).is_file():
            return _read(path.read_text(encoding="utf-8"), place)
    return {}


def _read(text: str, place: str) -> Mapping[str, Registered]:
    lines = {
        line.split("name:", 1)[1].strip().strip("\"'"): number
        for number, line in enumerate(text.splitlines(), start=1)
        if line.lstrip().startswith("- name:")
    }
    try:
        found = {
            entry["name"]: Registered(
                name=entry["name"],
                wire=_WIRES[entry["type"].lower()],
                legacy=None if entry.get("legacy_name", "-") == "-" else entry["legacy_name"],
                variables=tuple(entry.get("name_variables") or ()),
                where=f"{place}:{lines.get(entry['name'], 1)}",
            )
            for entry in yaml.safe_load(text)["metrics"]
        }
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{place}: not the list of metrics that we know: {error!r}") from error
    return found
