"""`windsock dashboards build`: files for users, one line for mistakes; `serve` never needs grafanalib."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from windsock.cli import root
from windsock.errors import BadInput
from windsock_dashboards import build
from windsock_dashboards.shapes.layout import text


def test_it_writes_one_file_per_dashboard_that_equals_the_committed_one(tmp_path: Path) -> None:
    result = CliRunner().invoke(root, ["dashboards", "build", "--out", str(tmp_path)], catch_exceptions=False)
    assert result.exit_code == 0
    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert written == {
        Path(file.path).name: file.render() for file in build.artifacts() if "/generated/" in file.path
    }


def test_the_same_settings_give_the_same_bytes() -> None:
    first, second = ([text(made) for made in build.boards(build.Settings())] for _ in range(2))
    assert first == second


def test_label_data_source_and_address_of_a_deployment_stand_in_the_files(tmp_path: Path) -> None:
    options = [
        "--label",
        "cluster",
        "--datasource",
        "mimir",
        "--windsock-url",
        "https://windsock.example.org/",
    ]
    command = ["dashboards", "build", "--out", str(tmp_path), *options]
    assert CliRunner().invoke(root, command, catch_exceptions=False).exit_code == 0
    for path in tmp_path.iterdir():
        variables = {v["name"]: v for v in json.loads(path.read_text(encoding="utf-8"))["templating"]["list"]}
        assert variables["airflow"]["query"] == "label_values(up, cluster)"
        assert variables["datasource"]["current"] == {"text": "mimir", "value": "mimir"}
        assert variables["windsock"]["query"] == "https://windsock.example.org"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(["--label", "air-flow"], "--label: 'air-flow' is not", id="label"),
        pytest.param(["--windsock-url", "windsock:9112"], "--windsock-url: 'windsock:9112' is not", id="url"),
        pytest.param(["--out", "/proc/none"], "cannot be written", id="folder"),
    ],
)
def test_a_mistake_is_one_line(options: list[str], message: str, tmp_path: Path) -> None:
    command = ["dashboards", "build", "--out", str(tmp_path), *options]
    with pytest.raises(BadInput, match=message) as caught:
        CliRunner().invoke(root, command, catch_exceptions=False)
    assert "\n" not in str(caught.value)


def test_the_command_line_does_not_load_grafanalib() -> None:
    script = "import sys, windsock.cli, windsock.cli.dashboards; sys.exit('grafanalib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
