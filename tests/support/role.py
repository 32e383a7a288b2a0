"""The role of `windsock db grants`, made in a real database by its own client as its user would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.stack.postgres import Postgres
from tests.support.mariadb import MariaDB
from windsock.collect.grants import script

_NAME = "reader"


@contextmanager
def role(cluster: Postgres, database: str, line: str, folder: Path) -> Iterator[str]:
    """The URL to read a database of this line of Airflow with."""
    file = folder / "role.sql"
    file.write_text(script(line, role=_NAME))
    try:
        for _again in range(2):
            cluster.psql("-v", "password=hunter2", "-f", str(file), database=database)
        yield f"postgresql://{_NAME}:hunter2@127.0.0.1:{cluster.port}/{database}"
    finally:
        cluster.sql(f"DROP OWNED BY {_NAME}", database=database)
        cluster.sql(f"DROP ROLE {_NAME}")


@contextmanager
def user(server: MariaDB, database: str, line: str) -> Iterator[str]:
    """The same for MariaDB."""
    text = script(line, dialect="mariadb", role=_NAME)
    try:
        for _again in range(2):
            server.run("mariadb", database, script=f"SET @password = 'hunter''2';\n{text}")
        yield f"mysql://{_NAME}:hunter'2@127.0.0.1:{server.port}/{database}"
    finally:
        server.sql(f"DROP USER IF EXISTS {_NAME}@'%'")
