"""demo/install.sh on a machine that lacks something: one line that says what and how to get it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What the script itself calls; every Debian has them.
_BASIC = [
    "bash",
    "cat",
    "cut",
    "dirname",
    "flock",
    "grep",
    "head",
    "id",
    "mkdir",
    "python3",
    "sha256sum",
    "sort",
    "tail",
    "tr",
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which nothing is installed, with a PATH that holds nothing but the basic commands."""
    for name in ("demo", "requirements"):
        (tmp_path / name).mkdir()
    shutil.copy(ROOT / "demo" / "install.sh", tmp_path / "demo")
    (tmp_path / "bin").mkdir()
    for name in _BASIC:
        real = shutil.which(name)
        assert real is not None
        (tmp_path / "bin" / name).symlink_to(real)
    return tmp_path


def add(checkout: Path, name: str, script: str) -> None:
    program = checkout / "bin" / name
    program.unlink(missing_ok=True)
    program.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


def install(checkout: Path, target: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(checkout / "demo" / "install.sh"), target],
        env={"PATH": str(checkout / "bin")},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_without_go_one_line_says_that_statsd_exporter_is_missing(checkout: Path) -> None:
    done = install(checkout, "test")
    assert done.returncode == 1
    assert done.stderr == (
        "install: statsd_exporter 0.31.0 is missing: put it on PATH, "
        "or Go 1.25 or newer to build it (found: no Go)\n"
    )


def test_a_go_that_is_too_old_is_named(checkout: Path) -> None:
    add(
        checkout,
        "go",
        'if [ "$1" = env ]; then echo go1.19.8; else echo "go version go1.19.8 linux/amd64"; fi',
    )
    done = install(checkout, "test")
    assert done.returncode == 1
    assert "found: go version go1.19.8" in done.stderr


def test_statsd_exporter_of_another_version_does_not_count(checkout: Path) -> None:
    add(checkout, "statsd_exporter", 'echo "statsd_exporter, version 0.26.1"')
    assert "statsd_exporter 0.31.0 is missing" in install(checkout, "test").stderr


def test_missing_packages_are_named_with_the_command_when_not_root(checkout: Path) -> None:
    add(checkout, "id", "echo 1000")
    done = install(checkout, "demo")
    assert done.returncode == 1
    assert done.stderr.startswith(
        "install: missing packages; run: sudo apt-get install --no-install-recommends "
    )
    assert done.stderr.count("\n") == 1
    assert "prometheus prometheus-alertmanager" in done.stderr


def test_an_unknown_target_is_refused(checkout: Path) -> None:
    done = install(checkout, "everything")
    assert done.returncode == 1
    assert done.stderr == "install: usage: demo/install.sh check|demo|test|full|airflow VERSION\n"


def test_an_airflow_without_a_lock_file_is_refused_with_the_choices(checkout: Path) -> None:
    for version in ("2.7.3", "3.2.2"):
        (checkout / "requirements" / f"airflow-{version}.txt").touch()
    done = subprocess.run(
        [str(checkout / "demo" / "install.sh"), "airflow", "3.9"],
        env={"PATH": str(checkout / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "install: no lock file for Airflow `3.9`; there are: 2.7.3 3.2.2\n"


def test_a_failing_step_shows_the_end_of_its_log_and_fails(checkout: Path) -> None:
    add(checkout, "id", "echo 1000")
    for name in ("prometheus", "promtool", "amtool", "prometheus-alertmanager"):
        add(checkout, name, "exit 0")
    add(checkout, "uv", "echo the index is down; exit 2")
    add(checkout, "touch", "exit 0")
    for name in ("dev.txt", "uv.txt"):
        (checkout / "requirements" / name).touch()
    (checkout / "pyproject.toml").touch()
    done = install(checkout, "check")
    assert done.returncode == 1
    assert "the index is down" in done.stderr
    assert not (checkout / ".venv" / ".stamp").exists()
