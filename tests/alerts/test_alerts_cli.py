"""`windsock alerts build` writes what Prometheus and Alertmanager read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.alerts.rules_under_test import GENERATED, ROOT, tool

OWNERS = ROOT / "demo" / "owners.yaml"
SETTINGS = ROOT / "demo" / "alerts.yaml"


def build(out: Path, *more: str, owners: Path = OWNERS) -> subprocess.CompletedProcess[str]:
    command = [
        str(Path(sys.executable).with_name("windsock")),
        "alerts",
        "build",
        f"--owners-file={owners}",
        f"--alerts-file={SETTINGS}",
        f"--out={out}",
        *more,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)


def test_build_from_the_demos_files_gives_the_committed_ones(tmp_path: Path) -> None:
    result = build(tmp_path / "out")
    assert result.returncode == 0, result.stderr
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()}
    assert written == {path.name: path.read_text(encoding="utf-8") for path in GENERATED.iterdir()}


def test_a_time_factor_gives_valid_files(tmp_path: Path) -> None:
    assert build(tmp_path, "--time-factor=6").returncode == 0
    assert "for: 7500ms" in (tmp_path / "windsock-inhibitors.rules.yaml").read_text(encoding="utf-8")
    assert tool("promtool", "check", "rules", *tmp_path.glob("*.rules.yaml")).returncode == 0
    assert tool("amtool", "check-config", tmp_path / "alertmanager.yaml").returncode == 0


def test_a_mistake_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    owners = tmp_path / "owners.yaml"
    owners.write_text("teams:\n  - {team: finance, owner: [finance]}\n", encoding="utf-8")
    result = build(tmp_path / "out", owners=owners)
    assert result.returncode == 1
    assert result.stderr.startswith(f"windsock: {owners}:2: teams.0.owner: unknown key; did you mean owners?")
    assert result.stderr.count("\n") == 1


def test_wrong_usage_is_exit_code_2(tmp_path: Path) -> None:
    assert build(tmp_path, "--time-factor=0").returncode == 2


def test_help_shows_an_example() -> None:
    command = [str(Path(sys.executable).with_name("windsock")), "alerts", "build", "--help"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "Example: windsock alerts build" in result.stdout
