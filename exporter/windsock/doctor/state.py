"""The state of an installation as a file: what there was before an upgrade, to be compared afterwards.

The format is JSON with the key `windsock_state`, which is its version.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from windsock.errors import BadInput
from windsock.families import Family
from windsock.yamlfile import Entry, why_not

FORMAT = 1
# Instead of a file: a container may have none that can be written.
STANDARD = Path("-")


class Rule(Entry):
    """One rule; several may have the same name.

    Attributes:
        expr: PromQL.
        severity: of an alert, where it is fixed.
        hold: its `for`; empty without one.
    """

    expr: str
    severity: str = ""
    hold: str = ""


class Panel(Entry):
    """One panel of a dashboard.

    Attributes:
        title: as readers see it.
        unit: as Grafana calls it; empty where the panel has none.
        columns: units of single columns or series, by their name.
        queries: PromQL.
    """

    title: str
    unit: str = ""
    columns: dict[str, str] = Field(default_factory=dict)
    queries: tuple[str, ...] = ()


class Dashboard(Entry):
    """One dashboard: its panels by their id, which stays when a panel is renamed."""

    title: str
    panels: dict[str, Panel]


class State(Entry):
    """What there is at one moment.

    Attributes:
        taken: when.
        windsock: version of the command that wrote it.
        airflow: line such as `3.3` that the metrics are of; None for all of them.
        name: value of the label `airflow` that the series are of; None for all of them.
        metrics: the catalogue.
        series: family -> how many series Prometheus had; None if it was not asked.
        rules: name of an alert or a recording -> its rules, as the alerts file makes them.
        dashboards: by uid, as they would be built; None where they could not be.
    """

    windsock_state: Literal[1] = 1
    taken: datetime
    windsock: str
    airflow: str | None = None
    name: str | None = None
    metrics: dict[str, Family]
    series: dict[str, int] | None = None
    rules: dict[str, tuple[Rule, ...]]
    dashboards: dict[str, Dashboard] | None = None


def read(path: Path) -> State:
    """The state in a file; `-` is standard input.

    Raises:
        BadInput: it cannot be read, is none, or of a format that this version does not know.
    """
    try:
        text = sys.stdin.read() if path == STANDARD else path.read_text(encoding="utf-8")
        data: Any = json.loads(text)
    except OSError as error:
        raise BadInput(f"--compare: {path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadInput(f"--compare: {path}: not JSON: {error}") from error
    if not isinstance(data, dict) or "windsock_state" not in data:
        raise BadInput(f"--compare: {path}: no state; `windsock doctor --save {path}` writes one")
    if data["windsock_state"] != FORMAT:
        raise BadInput(
            f"--compare: {path}: windsock_state: {data['windsock_state']!r} is unknown here, "
            f"only {FORMAT} is; save it again with this version, or compare with the version that wrote it"
        )
    try:
        return State.model_validate(data)
    except ValidationError as error:
        key = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise BadInput(f"--compare: {path}: {key}: {why_not(error)}") from error


def render(state: State) -> str:
    """The text of the file, the same for the same state."""
    data = state.model_dump(mode="json", exclude_defaults=True) | {"windsock_state": FORMAT}
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write(state: State, path: Path) -> None:
    """Write it.

    Raises:
        BadInput: the file cannot be written.
    """
    try:
        path.write_text(render(state), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"--save: {path}: cannot be written: {error.strerror}") from error
