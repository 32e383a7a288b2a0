"""What the tests of this folder look at: every alert there is, and what their files say."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from windsock import owners
from windsock.artifact import to_yaml
from windsock_alerts import build
from windsock_alerts.rule import Alert, Recording

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ROOT / "alerts" / "generated"
TESTS = Path(__file__).parent
OWNERS = owners.read(ROOT / "demo" / "owners.yaml")
SETTINGS = build.read_settings(ROOT / "demo" / "alerts.yaml")
# The committed files hold the default set; tests look at the optional alerts too.
GROUPS = build.groups(SETTINGS, OWNERS.platform, every=True)
ALERTS: tuple[Alert, ...] = build.alerts(SETTINGS, OWNERS.platform, every=True)
DEFAULT_ALERTS: tuple[Alert, ...] = build.alerts(SETTINGS, OWNERS.platform)
RECORDINGS = [rule for group in GROUPS for rule in group.rules if isinstance(rule, Recording)]
EACH_ALERT = pytest.mark.parametrize("alert", [pytest.param(alert, id=alert.name) for alert in ALERTS])


def write_all(folder: Path) -> None:
    """Write the rule files with every alert enabled, named as the committed ones."""
    for group in GROUPS:
        text = to_yaml(group.render(SETTINGS))
        (folder / f"windsock-{group.subject}.rules.yaml").write_text(text, encoding="utf-8")


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
            [str(part) for part in command], capture_output=True, text=True, timeout=300, check=False
        )
    except FileNotFoundError as error:
        package = "prometheus" if command[0] == "promtool" else "prometheus-alertmanager"
        message = f"{command[0]} is missing: apt-get install {package}"
        raise AssertionError(message) from error


def rendered(alert: Alert) -> dict[str, Any]:
    """The alert as it stands in its file."""
    return alert.render(SETTINGS)
