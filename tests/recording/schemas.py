"""`python -m tests.recording.schemas [3.2]`: the tables an Airflow makes, into tests/data/metadb/schemas.

PostgreSQL for every line; the oldest and newest that are also tested on MariaDB and SQLite there too. Airflow
does not support MariaDB officially; it works with the MySQL dialect.
"""

from __future__ import annotations

import argparse
import gzip
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pymysql

from demo.stack import ports, programs
from demo.stack.airflow import Airflow
from demo.stack.postgres import Postgres
from tests.recording.settings import pinned
from tests.support.mariadb import MariaDB
from windsock.airflow_versions import RELEASES, line_of
from windsock.errors import BadInput

SCHEMAS = programs.ROOT / "tests" / "data" / "metadb" / "schemas"
# Which lines are tested on the databases other than PostgreSQL.
ELSEWHERE = ("2.11", "3.3")
_DATABASE = "airflow"
_REVISION = "SELECT version_num FROM alembic_version"


def main(argv: Sequence[str] | None = None) -> int:
    """Make them; 0 fine, 1 bad input or an Airflow that does not migrate."""
    parser = argparse.ArgumentParser(prog="python -m tests.recording.schemas", description=__doc__)
    parser.add_argument("version", nargs="?", help="3.2, or in full 3.2.2; all if none is given")
    parser.add_argument("--installed", action="store_true", help="take what is in .airflow/ as it is")
    chosen = parser.parse_args(argv)
    # However it is stopped, what it has started ends with it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        for version in [pinned(chosen.version)] if chosen.version else RELEASES.values():
            if not chosen.installed:
                subprocess.run(["demo/install.sh", "airflow", version], cwd=programs.ROOT, check=True)
            for path in make(version):
                print(f"{path.relative_to(programs.ROOT)}: {path.stat().st_size} bytes", flush=True)
    except (BadInput, subprocess.CalledProcessError) as error:
        print(f"metadb-schemas: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def make(version: str) -> Iterator[Path]:
    """Write the schemas of a release; the file of each as it is done."""
    line = line_of(version)
    makers = {"postgresql": _postgresql, "mariadb": _mariadb, "sqlite": _sqlite}
    for dialect in makers if line in ELSEWHERE else ("postgresql",):
        folder = Path(tempfile.mkdtemp(prefix="windsock-schema-"))
        try:
            text = makers[dialect](version, folder)
        finally:
            shutil.rmtree(folder)
        path = SCHEMAS / f"airflow-{line}-{dialect}.sql.gz"
        # No time in it: the same tables are the same bytes.
        path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
        yield path


def _migrate(version: str, url: str, folder: Path, **extra: str) -> None:
    Airflow(
        version,
        home=folder / "home",
        dags=folder / "dags",
        logs=folder,
        database_url=url,
        port=0,
        statsd_port=0,
        extra=extra,
    ).migrate()


def _postgresql(version: str, folder: Path) -> str:
    with _postgres(folder) as server:
        server.sql(f"CREATE DATABASE {_DATABASE}")
        _migrate(version, server.url(_DATABASE), folder)
        done = subprocess.run(
            [
                programs.postgres("pg_dump"),
                *("--schema-only", "--no-owner", "--no-privileges", "--no-comments"),
                server.url(_DATABASE).replace("+psycopg2", ""),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        revision = server.sql(_REVISION, database=_DATABASE)
    # Comments and the settings of the session, and what newer releases put before and after a dump.
    kept = (row for row in done.stdout.splitlines() if not re.match(r"--|SET |SELECT |\\|$", row))
    return _script([*kept, f"INSERT INTO public.alembic_version VALUES ('{revision}');"])


def _mariadb(version: str, folder: Path) -> str:
    server = MariaDB(port=ports.choose({"mariadb": 0})["mariadb"], log=folder / "mariadb.log")
    try:
        server.create()
        server.start()
        server.sql(f"CREATE DATABASE {_DATABASE} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
        _migrate(
            version,
            server.url(_DATABASE, driver="mysql+pymysql"),
            folder,
            PYTHONPATH=str(_driver(folder)),
            # Airflow 3 would look for aiomysql; nothing is read with this.
            AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC="sqlite+aiosqlite://",
        )
        dump = server.run(
            "mariadb-dump", "--no-data", "--compact", "--skip-opt", "--create-options", _DATABASE
        )
        ((revision,),) = server.sql(_REVISION, database=_DATABASE)
    finally:
        server.remove()
    tables = re.findall(r"^CREATE TABLE .*?;$", dump, flags=re.MULTILINE | re.DOTALL)
    return _script(
        [
            # Tables come by name, not in the order of their references.
            "SET foreign_key_checks = 0;",
            *map(_in_order, tables),
            f"INSERT INTO alembic_version VALUES ('{revision}');",
        ]
    )


def _in_order(table: str) -> str:
    """A table whose keys are in the order of their names, and that begins to count at 1."""
    first, *body, last = re.sub(r" AUTO_INCREMENT=\d+", "", table).splitlines()
    rows = [row.rstrip(",") for row in body]
    keys = sorted(row for row in rows if row.startswith(("  KEY", "  UNIQUE")))
    references = [row for row in rows if row.startswith("  CONSTRAINT")]
    columns = [row for row in rows if row not in {*keys, *references}]
    return "\n".join([first, ",\n".join([*columns, *keys, *references]), last])


def _driver(folder: Path) -> Path:
    """A folder with our own driver for Airflow, and as much of the official one as it asks for at import."""
    packages = folder / "packages"
    (packages / "MySQLdb").mkdir(parents=True)
    (packages / "pymysql").symlink_to(Path(pymysql.__file__).parent)
    (packages / "MySQLdb" / "__init__.py").touch()
    (packages / "MySQLdb" / "converters.py").write_text(
        "from pymysql.converters import conversions, escape_datetime as DateTime2literal\n", encoding="utf-8"
    )
    return packages


def _sqlite(version: str, folder: Path) -> str:
    file = folder / "airflow.db"
    _migrate(version, f"sqlite:///{file}", folder)
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
            " ORDER BY type DESC, name"
        ).fetchall()
        ((revision,),) = connection.execute(_REVISION).fetchall()
    return _script([*(f"{sql};" for (sql,) in rows), f"INSERT INTO alembic_version VALUES ('{revision}');"])


@contextmanager
def _postgres(folder: Path) -> Iterator[Postgres]:
    server = Postgres(port=ports.choose({"postgres": 0})["postgres"], log=folder / "postgres.log")
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.remove()


def _script(parts: Sequence[str]) -> str:
    return "\n".join(row.rstrip() for part in parts for row in part.splitlines()) + "\n"


if __name__ == "__main__":
    sys.exit(main())
