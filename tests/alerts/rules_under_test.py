"""What the tests of this folder look at: the alerts of the demo, and what their files say."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from windsock import owners
from windsock_alerts import build
from windsock_alerts.rule import Alert, Recording
from windsock_alerts.settings import read

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ROOT / "alerts" / "generated"
TESTS = Path(__file__).parent
OWNERS = owners.read(ROOT / "demo" / "owners.yaml")
SETTINGS = read(ROOT / "demo" / "alerts.yaml")
GROUPS = build.groups(SETTINGS, OWNERS.platform)
ALERTS: tuple[Alert, ...] = build.alerts(SETTINGS, OWNERS.platform)
RECORDINGS = [rule for group in GROUPS for rule in group.rules if isinstance(rule, Recording)]
EACH_ALERT = pytest.mark.parametrize("alert", [pytest.param(alert, id=alert.name) for alert in ALERTS])


@cache
def ways_tested() -> dict[str, str]:
    """Alert -> all that the names of its promtool tests say."""
    names: dict[str, str] = {}
    for path in sorted(TESTS.glob("*.test.yaml")):
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            alert, _, what = test["name"].partition(": ")
            names[alert] = f"{names.get(alert, '')}; {what}"
    return names


def tool(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run promtool or amtool.

    Raises:
        AssertionError: it is not installed.
    """
    try:
        return subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, timeout=120, check=False
        )
    except FileNotFoundError as error:
        package = "prometheus" if command[0] == "promtool" else "prometheus-alertmanager"
        message = f"{command[0]} is missing: apt-get install {package}"
        raise AssertionError(message) from error


def rendered(alert: Alert) -> dict[str, Any]:
    """The alert as it stands in its file."""
    return alert.render(SETTINGS)
