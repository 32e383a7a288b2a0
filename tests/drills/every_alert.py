"""The drill in which every alert is enabled, the optional ones too, on an Airflow that is well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from demo.stack import web
from tests.drills.drill import USUAL_SLAS
from tests.drills.run import rescale
from tests.e2e.loop import Loop
from windsock_alerts import build

_PLATFORM = "data-platform"


@contextmanager
def enabled(loop: Loop) -> Iterator[None]:
    """Each rule is evaluated without an error, from the first time to the last."""
    usual = loop.stack.settings
    loop.stack.settings = replace(usual, alerts=_with_everything(usual.alerts, loop.stack.settings.folder))
    _begin(loop)
    number = len(build.alerts(build.read_settings(loop.stack.settings.alerts), _PLATFORM, every=True))
    loop.until("every alert evaluated", lambda: _evaluated(loop, number))
    loop.note(f"{number} alerts are enabled")
    yield
    loop.until("every alert evaluated without an error", lambda: _evaluated(loop, number), timeout=10)
    loop.stack.settings = usual
    _begin(loop)


def _begin(loop: Loop) -> None:
    rescale(loop, loop.factor)
    # The stack wrote its own.
    loop.set_slas(USUAL_SLAS)


def _with_everything(alerts: Path, folder: Path) -> Path:
    settings = yaml.safe_load(alerts.read_text(encoding="utf-8"))
    every = build.alerts(build.read_settings(alerts), _PLATFORM, every=True)
    # One runs here; without a word it would be expected to have a second one beside it.
    settings["thresholds"] = {"schedulers": 1}
    settings["alerts"] = {alert.name: {"enabled": True} for alert in every if alert.optional}
    path = folder / "every-alert.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def _evaluated(loop: Loop, number: int) -> bool:
    """Whether so many alerts of ours have been evaluated, none with an error."""
    groups: list[dict[str, Any]] = web.call("GET", f"{loop.stack.url('prometheus')}/api/v1/rules?type=alert")[
        "data"
    ]["groups"]
    ours = (group for group in groups if Path(group["file"]).name.startswith("windsock-"))
    rules = [rule for group in ours for rule in group["rules"]]
    return len({rule["name"] for rule in rules}) == number and all(rule["health"] == "ok" for rule in rules)
