"""Ways to reach a team that only a newer Alertmanager knows, on the amtool of the image"""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

from demo.stack.programs import ROOT
from windsock.owners import Owners
from windsock.yamlfile import parse
from windsock_alerts.routing import alertmanager
from windsock_alerts.settings import Settings

# Built by `demo/install.sh full`.
AMTOOL = ROOT / ".bin" / "current" / "amtool"
OWNERS = """
watchdog: {url_file: /run/s/watchdog}
business_hours: {timezone: Europe/Berlin}
receivers:
  default:
    page: &all
      teams: {webhook_url_file: /run/s/teams}
      webhook: {url_file: /run/s/url, credentials_file: /run/s/token}
      opsgenie: {api_key_file: /run/s/og}
    ticket: *all
    info: *all
"""


def test_teams_and_url_file_are_understood(tmp_path: Path) -> None:
    owners = parse(OWNERS, Owners, name="owners.yaml")
    config = alertmanager(Settings(), owners, name="owners.yaml", demo=True)
    path = tmp_path / "alertmanager.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    result = subprocess.run([AMTOOL, "check-config", path], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
