"""One server of each kind per test session, PostgreSQL with the recorded databases as templates."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.stack import programs
from demo.stack.ports import choose
from demo.stack.postgres import Postgres
from tests.support.mariadb import MariaDB
from tests.support.metadb import VERSIONS, load_postgresql


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = Postgres(
        port=choose({"postgres": 0})["postgres"], log=tmp_path_factory.mktemp("postgres") / "log"
    )
    server.create()
    server.start()
    for version in VERSIONS:
        name = f"recorded_{version[0]}"
        server.sql(f"CREATE DATABASE {name}")
        load_postgresql(dsn(server.url(name)), version)
        server.sql("ANALYZE", database=name)
    yield server
    server.remove()


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `cert.pem` for localhost, its `cert.key`, and a stranger's `other.pem`."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("cert", "other"):
        subprocess.run(
            [
                programs.openssl(),
                *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
                *("-addext", "subjectAltName=DNS:localhost"),
                *("-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")),
            ],
            check=True,
            capture_output=True,
        )
    return folder


@pytest.fixture(scope="session")
def mariadb(tls: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """It has TLS; a test that stops it starts it again."""
    server = MariaDB(
        port=choose({"mariadb": 0})["mariadb"],
        log=tmp_path_factory.mktemp("mariadb") / "log",
        certificate=(tls / "cert.pem", tls / "cert.key"),
    )
    server.create()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def recorded(cluster: Postgres) -> Iterator[Callable[[str], str]]:
    """A function from version to the URL of a fresh copy of its recorded database."""
    made: list[str] = []

    def copy(version: str) -> str:
        name = f"copy_{version[0]}_{len(made)}"
        cluster.sql(f"CREATE DATABASE {name} TEMPLATE recorded_{version[0]}")
        made.append(name)
        return cluster.url(name)

    yield copy
    for name in made:
        cluster.sql(f"DROP DATABASE {name} WITH (FORCE)")


def dsn(url: str) -> str:
    """A URL of ours as libpq takes it."""
    return url.replace("+psycopg2", "")


@pytest.fixture
def update_golden() -> bool:
    """Whether to write golden files instead of only comparing them: WINDSOCK_UPDATE_GOLDEN=1."""
    return os.environ.get("WINDSOCK_UPDATE_GOLDEN") == "1"
