"""The built wheels work outside the checkout, with what they need and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


def _uv() -> str:
    found = shutil.which("uv") or shutil.which("uv", path=str(CHECKOUT / ".tools" / "bin"))
    if found is None:
        pytest.fail("uv is missing: run `make test`, which installs it, or `pip install uv`")
    return found


def _run(argv: Sequence[str | Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("WINDSOCK_", "AIRFLOW", "PYTHONPATH"))
    }
    return subprocess.run(
        argv, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=180
    )


def _build(project: Path, dist: Path) -> Path:
    build = _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", dist], project)
    assert build.returncode == 0, build.stderr
    (wheel,) = dist.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside the checkout; its environment `env` holds the wheel and its requirements."""
    place = tmp_path_factory.mktemp("wheel")
    wheel = _build(CHECKOUT, place / "dist")
    python = place / "env" / "bin" / "python"
    pip: list[str | Path] = [_uv(), "pip", "install", "--quiet", "--python", python]
    steps: list[list[str | Path]] = [
        [_uv(), "venv", "--quiet", "--python", sys.executable, place / "env"],
        [*pip, "--require-hashes", "-r", CHECKOUT / "requirements" / "exporter.txt"],
        [*pip, "--no-deps", wheel],
    ]
    for argv in steps:
        done = _run(argv, place)
        assert done.returncode == 0, done.stderr
    return place


def test_every_command_teaches_itself_without_the_extras(installed: Path) -> None:
    shown = _run([installed / "env/bin/windsock", "--help"], installed)
    assert shown.returncode == 0, shown.stderr
    commands = re.findall(r"^  (\S+)", shown.stdout.split("Commands:")[1], re.MULTILINE)
    assert {"serve", "generate", "statsd", "alerts", "sla", "dashboards"} <= set(commands)
    failed = {
        command: done.stderr
        for command in commands
        if (done := _run([installed / "env/bin/windsock", command, "--help"], installed)).returncode != 0
    }
    assert failed == {}


def test_dashboards_without_their_extra_are_one_line_that_names_it(installed: Path) -> None:
    done = _run([installed / "env/bin/windsock", "dashboards", "build", "--out", "boards"], installed)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "windsock[dashboards]" in done.stderr


def test_the_exporters_image_saves_and_compares_all_but_dashboards(installed: Path) -> None:
    saved = _run([installed / "env/bin/windsock", "doctor", "--save", "before.json"], installed)
    assert saved.returncode == 0, saved.stderr
    assert "no dashboards (pip install 'windsock[all]')" in saved.stdout
    compared = _run([installed / "env/bin/windsock", "doctor", "--compare", "before.json"], installed)
    assert compared.returncode == 0, compared.stderr
    assert "rules: no difference\npanels: not compared: " in compared.stdout


def test_the_mapping_from_the_wheel_is_the_committed_one(installed: Path) -> None:
    done = _run(
        [installed / "env/bin/windsock", "statsd", "mapping", "--airflow", "3.3", "--profile", "tags"],
        installed,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == (CHECKOUT / "exporter/generated/statsd/airflow-3.3-tags.yml").read_text()


def test_rules_and_routes_are_built_from_the_users_own_files(installed: Path) -> None:
    for name in ("owners.yaml", "alerts.yaml"):
        shutil.copy(CHECKOUT / "demo" / name, installed / name)
    done = _run(
        [installed / "env/bin/windsock", "alerts", "build", "--owners-file", "owners.yaml",
         "--alerts-file", "alerts.yaml", "--out", "rules"],
        installed,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (installed / "rules" / "alertmanager.yaml").is_file()
    checked = _run(
        ["promtool", "check", "rules", *sorted((installed / "rules").glob("*.rules.yaml"))], installed
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_runbooks_are_part_of_the_wheel(installed: Path) -> None:
    folders = list((installed / "env/lib").glob("python*/site-packages/windsock/runbooks"))
    assert len(folders) == 1
    inside = {path.name for path in folders[0].iterdir()}
    assert inside == {path.name for path in (CHECKOUT / "alerts/runbooks").iterdir()}


def test_the_handler_for_airflow_is_a_wheel_of_its_own_that_needs_nothing(tmp_path: Path) -> None:
    wheel = _build(CHECKOUT / "exporter" / "statsd_names", tmp_path / "dist")
    python = tmp_path / "env" / "bin" / "python"
    says = (
        "import importlib.metadata as m, windsock_statsd_names as w, pathlib;"
        "print(w.clean('ti.start,dag_id=umsätze'), w.__version__, m.version('windsock-statsd-names'),"
        " m.requires('windsock-statsd-names'), (pathlib.Path(w.__file__).parent / 'py.typed').is_file())"
    )
    steps: list[list[str | Path]] = [
        [_uv(), "venv", "--quiet", "--python", sys.executable, tmp_path / "env"],
        [_uv(), "pip", "install", "--quiet", "--offline", "--no-index", "--python", python, wheel],
        [python, "-c", says],
    ]
    for argv in steps:
        done = _run(argv, tmp_path)
        assert done.returncode == 0, done.stderr
    name, version, installed_version, requires, typed = done.stdout.split()
    assert name.startswith("ti.start,dag_id=umsatze~")
    assert version == installed_version
    assert (requires, typed) == ("None", "True")
