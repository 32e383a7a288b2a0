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
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, cwd=ROOT)


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
    result = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    assert "Example:\n    windsock alerts build --alerts-file" in result.stdout


def windsock(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("windsock")), "alerts", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, cwd=ROOT)


def test_check_says_what_differs_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "alerts.yaml"
    path.write_text(
        "thresholds: {pool_exhausted: 1h}\n"
        "alerts:\n  AirflowClockSkew: {enabled: false}\n"
        "airflows:\n  dev:\n    thresholds: {dag_overdue: 2h}\n"
        "    alerts: {AirflowPoolExhausted: {hold: 3h}}\n"
        "dags:\n- dag: x*\n  tier: 1\n  thresholds: {dag_overdue: 5m}\n"
        "  alerts: {AirflowDagOverdue: {severity: page}}\n",
        encoding="utf-8",
    )
    result = windsock("check", str(path))
    assert result.returncode == 0, result.stderr
    *lines, last = result.stdout.splitlines()
    assert lines == [
        f"{path}:1: pool_exhausted: 1h (default 15m)",
        f"{path}:3: AirflowClockSkew: off",
        f"{path}:6: Airflow dev: dag_overdue: 2h (all others 15m)",
        f"{path}:7: Airflow dev: AirflowPoolExhausted: hold 3h",
        f"{path}:11: DAGs with dag x*, tier 1: dag_overdue: 5m (all others 15m)",
        f"{path}:12: DAGs with dag x*, tier 1: AirflowDagOverdue: page",
    ]
    assert last.startswith(f"{path}: no mistake; ")


def test_check_of_a_wrong_file_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    path = tmp_path / "alerts.yaml"
    path.write_text("thresholds: {pool: 1h}\n", encoding="utf-8")
    result = windsock("check", f"--alerts-file={path}")
    assert result.returncode == 1
    assert result.stderr.startswith(f"windsock: {path}:1: thresholds.pool: unknown key")
    assert result.stderr.count("\n") == 1
    assert windsock("check").returncode == 2


def test_a_wrong_file_leaves_the_old_files_alone(tmp_path: Path) -> None:
    path, out = tmp_path / "alerts.yaml", tmp_path / "out"
    assert build(out).returncode == 0
    before = {each.name: each.read_bytes() for each in out.iterdir()}
    path.write_text("alerts: {Nonsense: {enabled: true}}\n", encoding="utf-8")
    assert build(out, f"--alerts-file={path}").returncode == 1
    assert {each.name: each.read_bytes() for each in out.iterdir()} == before


def test_schema_is_the_committed_one() -> None:
    result = windsock("schema")
    assert result.stdout == (ROOT / "exporter" / "generated" / "alerts.schema.json").read_text(
        encoding="utf-8"
    )


def test_links_to_this_machine_itself_are_refused_unless_it_is_a_demo(tmp_path: Path) -> None:
    settings, owners = tmp_path / "alerts.yaml", tmp_path / "owners.yaml"
    settings.write_text("{}\n", encoding="utf-8")
    owners.write_text(
        "receivers: {default: {page: {webhook: {url: 'https://pager.example.org'}}}}\n", encoding="utf-8"
    )
    refused = build(tmp_path / "out", f"--alerts-file={settings}", owners=owners)
    assert refused.returncode == 1
    assert "urls.windsock: http://127.0.0.1:9112 is this machine itself" in refused.stderr
    assert not (tmp_path / "out").exists()
    demo = build(tmp_path / "out", f"--alerts-file={settings}", "--demo", owners=owners)
    assert demo.returncode == 0
    assert demo.stderr == (
        f"warning: {owners}: receivers.default.ticket: is missing: "
        "tickets of teams without their own reach nobody\n"
    )


def test_the_shadow_has_the_same_rules_and_no_address(tmp_path: Path) -> None:
    assert build(tmp_path / "out").returncode == 0
    assert build(tmp_path / "shadow", "--shadow").returncode == 0
    for path in (tmp_path / "out").glob("*.rules.yaml"):
        assert path.read_bytes() == (tmp_path / "shadow" / path.name).read_bytes()
    shadow = (tmp_path / "shadow" / "alertmanager.yaml").read_text(encoding="utf-8")
    assert "http" not in shadow
    assert "name: finance-page" in shadow
