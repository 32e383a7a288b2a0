"""What the containers do, done without an engine: the flags, the steps of the image, the database role."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.stack import programs, web
from demo.stack.process import Process
from demo.stack.stack import Settings, Stack
from windsock.deploy import services

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text("utf-8"))[
    "services"
]


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A stack that is never started: only its command lines count."""
    return Stack(
        Settings(
            folder=tmp_path_factory.mktemp("stack"),
            dags=ROOT / "demo" / "dags",
            slas=ROOT / "demo" / "slas.yaml",
            owners=ROOT / "demo" / "owners.yaml",
            alerts=ROOT / "demo" / "alerts.yaml",
        )
    )


def shape(argument: str) -> str:
    """The argument with every address, port and path replaced by its kind."""
    argument = re.sub(r"https?://[^/=]+", "URL", argument)
    argument = re.sub(r"(?<==)[\w.-]*:\d+$", "ADDRESS", argument)
    return re.sub(r"(?<==)/.*$", "PATH", argument)


@pytest.mark.parametrize("service", ["statsd-exporter", "windsock", "prometheus", "alertmanager"])
def test_the_native_stack_runs_with_the_flags_of_compose(native: Stack, service: str) -> None:
    flags = [shape(argument) for argument in native.services[service].argv[1:]]
    assert flags == [shape(argument) for argument in COMPOSE[service]["command"]]
    assert "ADDRESS" in " ".join(flags)


@pytest.mark.parametrize("component", sorted(services.airflow_components(3)))
def test_airflow_runs_with_the_arguments_of_compose(native: Stack, component: str) -> None:
    assert native.airflow.components[component].argv[1:] == COMPOSE[f"airflow-{component}"]["command"]


def test_airflow_runs_with_the_settings_of_compose(native: Stack) -> None:
    places = re.compile(r"HOST|PORT|URL|FOLDER|CONN|PYTHONPATH")
    names = re.compile(r"AIRFLOW__|PYTHONPATH$")
    ours = {key: value for key, value in native.airflow.env.items() if names.match(key)}
    theirs: dict[str, str] = COMPOSE["airflow-scheduler"]["environment"]
    # Containers share no home, so their secrets are given; the native stack lets everybody on loopback in.
    own = {"AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"}
    given = {"AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET"}
    assert set(ours) - own == set(theirs) - given
    same = {key for key in set(ours) - own if not places.search(key)}
    assert {key: ours[key] for key in same} == {key: theirs[key] for key in same}


def test_the_steps_of_the_image_install_a_windsock_that_runs(tmp_path: Path) -> None:
    """Each RUN line as it stands, with folders of our own and the Python that runs this test."""
    text = (ROOT / "exporter" / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    build, _, final = text.partition("\nFROM ")[2].partition("\nFROM ")
    source, wheels = tmp_path / "src", tmp_path / "wheels"
    for name in re.findall(r"^COPY (?!--)(.+) \S+$", build, re.MULTILINE):
        for part in name.split():
            target = source / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / part, target)
    shutil.copy(ROOT / "requirements" / "exporter.txt", tmp_path / "exporter.txt")
    for stage, folder in ((build, source), (final, tmp_path)):
        environment = tmp_path / f"venv-{folder.name}"
        subprocess.run(
            [programs.uv(), "venv", "-q", "--seed", "-p", sys.executable, str(environment)], check=True
        )
        for step in re.findall(r"^RUN (.+)$", stage, re.MULTILINE):
            command = (
                step.replace("/wheels", str(wheels))
                .replace("/tmp/exporter.txt", str(tmp_path / "exporter.txt"))
                .replace("/var/lib/windsock", str(tmp_path / "state"))
                .replace(" -o 65532 -g 65532", "")
            )
            done = subprocess.run(
                ["sh", "-ec", command],
                cwd=folder,
                env={"PATH": f"{environment / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path)},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{step}\n{done.stdout}{done.stderr}"
    windsock = environment / "bin" / "windsock"
    for arguments in (["--version"], ["serve", "--help"]):
        subprocess.run([str(windsock), *arguments], cwd=tmp_path, check=True, capture_output=True)
    installed = subprocess.run(
        [str(environment / "bin" / "pip"), "list"], check=True, capture_output=True, text=True
    ).stdout
    assert "grafanalib" not in installed


def test_the_role_of_compose_may_read_what_windsock_reads_and_nothing_else(tmp_path: Path) -> None:
    secret = "not-a-secret-in-a-test"
    demo = ROOT / "demo"
    settings = Settings(
        folder=tmp_path,
        dags=demo / "dags",
        slas=demo / "slas.yaml",
        owners=demo / "owners.yaml",
        alerts=demo / "alerts.yaml",
        on_postgres=True,
    )
    with Stack(settings) as stack:
        stack.configure()
        stack.prepare()
        assert stack.postgres
        script = ROOT / "deploy" / "postgres" / "windsock-role.sql"
        for _again in range(2):
            stack.postgres.psql("-v", f"password={secret}", "-f", str(script), database="airflow")
        port = stack.ports["postgres"]
        windsock = Process(
            "windsock",
            stack.services["windsock"].argv,
            log=tmp_path / "windsock.log",
            env=os.environ
            | {"WINDSOCK_DATABASE_URL": f"postgresql://windsock:{secret}@127.0.0.1:{port}/airflow"},
        )
        windsock.start()
        try:
            windsock.wait(lambda: web.answers(f"{stack.url('windsock')}/-/ready"), timeout=60)
            metrics = web.text(f"{stack.url('windsock')}/metrics")
        finally:
            windsock.stop()
        assert "\nairflow_metadb_up 1" in metrics
        failed = re.findall(r"^airflow_metadb_collector_success\{.*\} 0$", metrics, re.MULTILINE)
        assert not failed
        readable = stack.postgres.sql(
            "SELECT count(*) FROM information_schema.column_privileges WHERE grantee = 'windsock'"
            " AND (table_name IN ('connection', 'variable', 'xcom') OR privilege_type <> 'SELECT'"
            " OR table_name = 'log' AND column_name NOT IN"
            " ('id', 'dttm', 'event', 'dag_id', 'task_id', 'run_id', 'map_index')"
            " OR column_name IN ('conf', 'stacktrace', 'executor_config', 'password', 'kwargs', 'data'))",
            database="airflow",
        )
        assert readable == "0"
