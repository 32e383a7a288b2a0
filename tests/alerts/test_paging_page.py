"""docs/paging.md: its example works as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from tests.alerts.rules_under_test import ROOT, tool
from windsock.owners import Owners
from windsock.receivers import Reach
from windsock.yamlfile import parse
from windsock_alerts.routing import alertmanager
from windsock_alerts.settings import Settings

PAGE = (ROOT / "docs" / "paging.md").read_text(encoding="utf-8")
URLS = "urls: {windsock: https://w.org, grafana: https://g.org, prometheus: https://p.org}"


def test_the_example_is_taken_by_alertmanager(tmp_path: Path) -> None:
    [text] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    owners = parse(text, Owners, name="docs/paging.md")
    config = alertmanager(parse(URLS, Settings, name="alerts.yaml"), owners, name="docs/paging.md")
    path = tmp_path / "alertmanager.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    result = tool("amtool", "check-config", path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_way_is_in_the_table() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == set(Reach.model_fields)
