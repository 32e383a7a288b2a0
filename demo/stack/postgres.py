"""A PostgreSQL cluster of its own on loopback, never run as root."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from demo.stack import programs
from demo.stack.ports import HOST
from demo.stack.process import Process
from windsock.errors import BadInput

_USER = "postgres"
_STOP_SECONDS = 20.0


class Postgres:
    """The cluster: `create` once, then `start`, `stop`, `kill` as often as a test likes, `remove` at the end.

    The data lie below the system's temporary folder: the server's user must be able to reach them, and a
    checkout may stand in a home that only its owner enters.

    Args:
        folder: for data that outlive this object; `create` only if it has none yet.
        settings: of the server, over ours.
    """

    def __init__(
        self,
        *,
        port: int,
        log: Path,
        folder: Path | None = None,
        settings: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.port = port
        self._settings = dict(settings or {})
        self._folder = folder or Path(tempfile.mkdtemp(prefix="windsock-pg-"))
        self._data = self._folder / "data"
        self._secret = self._folder / "password" if folder else None
        self._password = secrets.token_urlsafe(16)
        if self._secret and self._secret.exists():
            self._password = self._secret.read_text(encoding="utf-8")
        self.process = Process(
            "PostgreSQL",
            # Only the server itself, not what changes the user, may know a library that is loaded before it.
            [
                *as_user(),
                "env",
                *(f"{name}={value}" for name, value in (env or {}).items()),
                programs.postgres("postgres"),
                *self._arguments(),
            ],
            log=log,
            cwd=self._folder,
        )

    def create(self) -> None:
        """Make the cluster, with a superuser of our own and a random password."""
        self._folder.mkdir(parents=True, exist_ok=True)
        secret = self._folder / "password"
        secret.write_text(self._password, encoding="utf-8")
        secret.chmod(0o600)
        if os.geteuid() == 0:
            user = account()
            for path in (self._folder, secret):
                os.chown(path, user.pw_uid, user.pw_gid)
        done = subprocess.run(
            [
                *as_user(),
                programs.postgres("initdb"),
                "--username=airflow",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                str(self._data),
            ],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if self._secret is None:
            secret.unlink()
        if done.returncode != 0:
            raise BadInput(f"initdb failed: {done.stderr.strip()}")

    def follow(self, primary: Postgres) -> None:
        """Instead of `create`: become a hot standby of another cluster, which must run."""
        self._password = primary._password
        if os.geteuid() == 0:
            os.chown(self._folder, account().pw_uid, account().pw_gid)
        done = subprocess.run(
            [
                *as_user(),
                programs.postgres("pg_basebackup"),
                f"--pgdata={self._data}",
                f"--dbname=host={HOST} port={primary.port} user=airflow",
                "--checkpoint=fast",
                "--write-recovery-conf",
                "--no-sync",
            ],
            cwd=self._folder,
            env={**os.environ, "PGPASSWORD": self._password},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise BadInput(f"pg_basebackup failed: {done.stderr.strip()}")

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        self.process.start()
        self.process.wait(self._ready, timeout=60)

    def stop(self) -> None:
        """Shut down in order: connections are ended, then the server."""
        if self.process.pid and self.process.running:
            # setpriv executes the server in its own place, so this is the postmaster itself; INT is "fast".
            os.kill(self.process.pid, signal.SIGINT)
            deadline = time.monotonic() + _STOP_SECONDS
            while self.process.running and time.monotonic() < deadline:
                time.sleep(0.1)
        self.process.stop()

    def remove(self) -> None:
        """Stop it and delete its data."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str, *, driver: str = "psycopg2") -> str:
        """SQLAlchemy URL of a database in the cluster, as Airflow writes it."""
        return f"postgresql+{driver}://airflow:{self._password}@{HOST}:{self.port}/{database}"

    def sql(self, statement: str, *, database: str = "postgres") -> str:
        """Run a statement and return its plain output."""
        return self.psql("-c", statement, database=database)

    def psql(self, *arguments: str, database: str) -> str:
        """Run psql with these arguments as the superuser and return its plain output."""
        done = subprocess.run(
            [programs.postgres("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", *arguments],
            env={
                **os.environ,
                "PGHOST": HOST,
                "PGPORT": str(self.port),
                "PGUSER": "airflow",
                "PGPASSWORD": self._password,
                "PGDATABASE": database,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise BadInput(f"PostgreSQL refused: {done.stderr.strip()}")
        return done.stdout.strip()

    def _ready(self) -> bool:
        done = subprocess.run(
            [programs.postgres("pg_isready"), "-q", "-h", HOST, "-p", str(self.port)], check=False
        )
        return done.returncode == 0

    def _arguments(self) -> list[str]:
        settings = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": "64MB",
            # The data live for one run.
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            **self._settings,
        }
        return [
            "-D",
            str(self._data),
            *(part for key, value in settings.items() for part in ("-c", f"{key}={value}")),
        ]


def account() -> pwd.struct_passwd:
    """The user that server programs run as when root starts them.

    Raises:
        BadInput: there is none.
    """
    try:
        return pwd.getpwnam(_USER)
    except KeyError as error:
        raise BadInput(f"PostgreSQL refuses to run as root and there is no user `{_USER}`") from error


def as_user() -> list[str]:
    """What to put before a server program: nothing, or for root a change to the user `postgres`."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={account().pw_uid}", f"--regid={account().pw_gid}", "--clear-groups", "--"]
