"""A MariaDB server of its own on loopback, never run as root."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pymysql

from demo.stack import programs
from demo.stack.ports import HOST
from demo.stack.process import Process
from windsock.errors import BadInput

_USER = "mysql"
_TIMEOUT = 10.0


class MariaDB:
    """The server: `create` once, then `start`, `stop`, `kill` as often as a test likes, `remove` at the end.

    It runs in another time zone than UTC, as some do; the data lie below the system's temporary folder.

    Args:
        port: on loopback.
        log: takes what the server says.
        certificate: and its key, for TLS.
    """

    def __init__(self, *, port: int, log: Path, certificate: tuple[Path, Path] | None = None) -> None:
        self.port = port
        self._certificate = certificate
        self._folder = Path(tempfile.mkdtemp(prefix="windsock-mariadb-"))
        self._data = self._folder / "data"
        self._password = secrets.token_urlsafe(16)
        self.process = Process(
            "MariaDB", [programs.mariadb("mariadbd"), *self._arguments()], log=log, cwd=self._folder
        )

    def create(self) -> None:
        """Make the data directory, with a superuser `airflow` of our own and a random password."""
        start = self._folder / "start.sql"
        start.write_text(
            "FLUSH PRIVILEGES;\n"
            f"CREATE USER airflow@'{HOST}' IDENTIFIED BY '{self._password}';\n"
            f"GRANT ALL PRIVILEGES ON *.* TO airflow@'{HOST}' WITH GRANT OPTION;\n",
            encoding="utf-8",
        )
        copies = [Path(shutil.copy(path, self._folder)) for path in self._certificate or ()]
        if os.geteuid() == 0:
            user = _account()
            for path in (self._folder, start, *copies):
                os.chown(path, user.pw_uid, user.pw_gid)
        done = subprocess.run(
            [
                programs.mariadb("mariadb-install-db"),
                "--no-defaults",
                *_as_user(),
                f"--datadir={self._data}",
                "--skip-test-db",
                "--skip-name-resolve",
                f"--extra-file={start}",
            ],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        start.unlink()
        if done.returncode != 0:
            raise BadInput(f"mariadb-install-db failed: {(done.stderr or done.stdout).strip()}")

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        self.process.start()
        self.process.wait(self._ready, timeout=120)

    def stop(self) -> None:
        """Shut down in order: TERM ends the connections, then the server."""
        self.process.stop(grace=20)

    def remove(self) -> None:
        """Stop it and delete its data."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str, *, driver: str = "mysql+mysqldb") -> str:
        """SQLAlchemy URL of a database, as Airflow writes it."""
        return f"{driver}://airflow:{self._password}@{HOST}:{self.port}/{database}"

    def connect(self, database: str | None = None, **options: Any) -> pymysql.Connection[Any]:
        """A connection of the superuser that commits by itself; times are UTC, and an id may be 0."""
        return pymysql.connect(
            host=HOST,
            port=self.port,
            user="airflow",
            password=self._password,
            database=database,
            autocommit=True,
            connect_timeout=_TIMEOUT,
            ssl_disabled=True,
            init_command="SET time_zone = '+00:00', sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')",
            **options,
        )

    def sql(self, statement: str, *, database: str | None = None) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def run(self, program: str, *arguments: str, script: str = "") -> str:
        """Run a client program (`mariadb`, `mariadb-dump`) as the superuser and return what it prints."""
        done = subprocess.run(
            [
                programs.mariadb(program),
                "--no-defaults",
                *("--protocol=tcp", f"--host={HOST}", f"--port={self.port}", "--user=airflow"),
                *("--default-character-set=utf8mb4", *arguments),
            ],
            env={**os.environ, "MYSQL_PWD": self._password},
            input=script,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise BadInput(f"MariaDB refused: {done.stderr.strip()}")
        return done.stdout

    def _ready(self) -> bool:
        try:
            self.connect().close()
        except pymysql.Error:
            return False
        return True

    def _arguments(self) -> list[str]:
        settings = {
            "datadir": str(self._data),
            "socket": str(self._folder / "socket"),
            "pid-file": str(self._folder / "pid"),
            "bind-address": HOST,
            "port": str(self.port),
            "default-time-zone": "+05:00",
            "max-connections": "100",
            "innodb-buffer-pool-size": "64M",
            "innodb-log-file-size": "32M",
            # The data live for one run.
            "debug-no-sync": "1",
            "innodb-doublewrite": "0",
            "innodb-flush-log-at-trx-commit": "0",
            "innodb-flush-method": "nosync",
        }
        if self._certificate:
            for key, path in zip(("ssl-cert", "ssl-key"), self._certificate, strict=True):
                settings[key] = str(self._folder / path.name)
        given = [f"--{key}={value}" for key, value in settings.items()]
        return ["--no-defaults", *_as_user(), "--skip-log-bin", "--skip-name-resolve", *given]


def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(_USER)
    except KeyError as error:
        raise BadInput(f"MariaDB shall not run as root and there is no user `{_USER}`") from error


def _as_user() -> list[str]:
    """The option with which root's server becomes the user `mysql`; nothing for anybody else."""
    return [f"--user={_account().pw_name}"] if os.geteuid() == 0 else []
