"""Every dashboard is of the types that Grafana publishes, from the first line that we support to the last."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.grafana_types import GRAFANAS, mistakes
from windsock_dashboards import build
from windsock_dashboards.shapes.layout import text

BUILT = {board["uid"]: board for board in build.boards(build.Settings())}
Spoil = Callable[[dict[str, dict[str, Any]]], object]


def defaults(panel: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = panel["fieldConfig"]["defaults"]
    return found


def settings(panel: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = panel["fieldConfig"]["overrides"][0]["properties"]
    return found


# Each is a mistake that Grafana would not tell of: it would draw something else.
SPOILED: dict[str, Spoil] = {
    "a key of 2016": lambda p: p["stat"].update(span=4),
    "no panel type": lambda p: p["stat"].update(type="singlestat"),
    "a place without width": lambda p: p["stat"]["gridPos"].pop("w"),
    "a unit that is no text": lambda p: defaults(p["stat"]).update(unit=5),
    "a threshold in words": lambda p: defaults(p["stat"])["thresholds"]["steps"][0].update(value="null"),
    "an option of another panel": lambda p: p["stat"]["options"].update(displayMode="basic"),
    "an option that does not exist": lambda p: p["bargauge"]["options"].update(displayMode="pretty"),
    "a legend on the left": lambda p: p["timeseries"]["options"]["legend"].update(placement="left"),
    "an opacity in words": lambda p: defaults(p["timeseries"])["custom"].update(fillOpacity="30"),
    "a style of the old graph": lambda p: defaults(p["timeseries"])["custom"].update(steppedLine=True),
    "words for values without a kind": lambda p: defaults(p["state-timeline"])["mappings"][0].pop("type"),
    "a cell that is a bar": lambda p: defaults(p["table"])["custom"].update(cellOptions={"type": "bar"}),
    "a setting of no column": lambda p: settings(p["table"]).append({"id": "custom.colour", "value": 1}),
    "a width in words": lambda p: settings(p["table"]).append({"id": "custom.width", "value": "90"}),
    "a query that is none": lambda p: p["table"]["targets"][0].update(expr=None),
}  # fmt: skip


def spoiled(spoil: Spoil) -> str:
    """A dashboard with one panel of each type and one mistake."""
    board = json.loads(text(BUILT["windsock-late"]))
    board["panels"] = list({panel["type"]: panel for panel in board["panels"]}.values())
    spoil({panel["type"]: panel for panel in board["panels"]})
    return json.dumps(board, indent=1)


@pytest.mark.parametrize("grafana", GRAFANAS)
def test_every_dashboard_is_of_grafanas_types_and_each_mistake_is_not(tmp_path: Path, grafana: str) -> None:
    boards = {uid: text(board) for uid, board in BUILT.items()}
    wrong = {name.replace(" ", "-"): spoiled(spoil) for name, spoil in SPOILED.items()}
    found = mistakes(tmp_path, boards | wrong, grafana)
    assert {name: found[name] for name in boards if name in found} == {}
    assert wrong.keys() - found.keys() == set()
