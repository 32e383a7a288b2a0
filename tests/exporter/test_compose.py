"""docker-compose.yaml as committed: valid, complete, pinned, on loopback, without a password of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from windsock.deploy import services

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# They do one thing and end; others wait for that.
ONE_SHOT = {"airflow-init", "windsock-role"}


def mounts() -> list[tuple[str, str]]:
    """(service, volume as written) of every mount."""
    return [(name, volume) for name, service in SERVICES.items() for volume in service.get("volumes", [])]


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of our own environment."""
    return subprocess.run(
        [str(Path(sys.executable).with_name(name)), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_meets_the_compose_specification() -> None:
    done = tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yaml")
    assert done.returncode == 0, done.stdout


def test_the_dockerfile_is_clean() -> None:
    done = tool("hadolint", "exporter/Dockerfile")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("service", "volume"), mounts())
def test_every_mounted_path_exists_and_is_read_only(service: str, volume: str) -> None:
    source, _, rest = volume.partition(":")
    if source.startswith("./"):
        assert (ROOT / source).exists(), f"{service}: {source}"
        assert rest.endswith(":ro"), f"{service}: {volume}"
    else:
        assert source in COMPOSE["volumes"], f"{service}: {volume}"


@pytest.mark.parametrize("service", sorted(set(SERVICES) - ONE_SHOT))
def test_every_lasting_service_has_a_health_check_and_comes_back(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"][0] == "CMD-SHELL"
    assert SERVICES[service]["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_ports_are_bound_to_loopback(service: str) -> None:
    for port in SERVICES[service].get("ports", []):
        assert str(port).startswith("127.0.0.1:")


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_images_are_pinned(service: str) -> None:
    assert re.fullmatch(r"[a-z0-9/.-]+:v?\d+\.\d+[a-z0-9.-]*", SERVICES[service]["image"])


def test_dependencies_are_services_with_the_condition_that_they_can_meet() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in SERVICES, f"{name} waits for {needed}"
            if how["condition"] == "service_completed_successfully":
                assert needed in ONE_SHOT
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[needed]


def test_every_secret_is_required_and_written_by_make_env(tmp_path: Path) -> None:
    text = (ROOT / "docker-compose.yaml").read_text("utf-8")
    variables = set(re.findall(r"(?<!\$)\$\{(\w+)", text))
    assert variables == set(re.findall(r"(?<!\$)\$\{(\w+):\?[^}]+\}", text)), "one of them has a default"
    (tmp_path / "deploy").mkdir()
    script = tmp_path / "deploy" / "make-env.sh"
    script.write_text((ROOT / "deploy" / "make-env.sh").read_text("utf-8"), encoding="utf-8")
    subprocess.run(["bash", str(script)], check=True, capture_output=True)
    written = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text("utf-8").splitlines())
    assert set(written) == variables
    assert all(len(value) >= 32 for value in written.values())
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    before = (tmp_path / ".env").read_text("utf-8")
    subprocess.run(["bash", str(script)], check=True, capture_output=True)
    assert (tmp_path / ".env").read_text("utf-8") == before


def test_no_password_stands_in_the_file() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|FERNET|_CONN|_URL$", key) and "http://" not in value:
                assert "${" in value, f"{name}: {key}"


def test_the_dockerfile_starts_from_the_same_image_as_the_pager() -> None:
    froms = re.findall(r"^FROM (\S+)", (ROOT / "exporter" / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert set(froms) == {services.IMAGES["python"]}


def test_the_receive_buffer_of_the_kernel_is_mentioned() -> None:
    assert "net.core.rmem_max" in (ROOT / "docker-compose.yaml").read_text("utf-8")


def test_the_image_installs_every_dependency_of_the_exporter() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    dependencies = project.partition("\ndependencies = [")[2].partition("\n]")[0]
    needed = {name.lower() for name in re.findall(r'^ *"([\w.-]+)', dependencies, re.MULTILINE)}
    lock = (ROOT / "requirements" / "exporter.txt").read_text("utf-8")
    locked = set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
    assert "click" in needed
    assert needed <= locked
