"""Metadata databases for tests: Airflow's own schemas, the recorded data, and one reading of them."""

from __future__ import annotations

import gzip
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg

from tests.support.mariadb import MariaDB
from windsock.cardinality import Cardinality, Preset
from windsock.collect.collector import Context, Reader
from windsock.collect.dags import known
from windsock.collect.dags.choices import Choices
from windsock.collect.default import COLLECTORS, wanted
from windsock.collect.picture import Picture, draw
from windsock.collect.runs.watched import Selection
from windsock.figures import Figures
from windsock.metadb.database import Database
from windsock.metadb.source import Source
from windsock.metadb.url import parse
from windsock.owners import Owners
from windsock.sla import Register, Slas
from windsock.sla.rules import Looks
from windsock.state import State

DATA = Path(__file__).parents[1] / "data" / "metadb"
VERSIONS = ("2.11", "3.3")
CHOICES = Choices(dag_tags=("team-*",), check_tasks=("check_*",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one cycle of all collectors gave.

    Attributes:
        full: the figures of the preset `full`.
    """

    figures: Figures
    full: Figures
    picture: Picture


def source(url: str) -> Source:
    """The database as `windsock serve` opens it."""
    return Source(Database(parse(url, origin="test")), wanted())


def read(
    opened: Source,
    *,
    now: datetime,
    slas: Slas | None = None,
    owners: Owners | None = None,
    grace: timedelta = timedelta(minutes=1),
    preset: Preset = Preset.DEFAULT,
    cycles: int = 1,
) -> Reading:
    """Run every collector as if the database's clock said `now`."""
    values: dict[str, Any] = {}
    register = Register(slas or Slas())
    selection = Selection(register, lambda: _looks(values, register))
    context = Context(
        state=State(None),
        watched=selection,
        counted=selection.counted,
        scopes=selection.scopes,
        choices=CHOICES,
        full=True,
    )
    collectors = [kind(context) for kind in COLLECTORS]
    for collector in collectors * cycles:
        if not collector.used(opened.statements):
            continue
        reader = Reader(database=opened.database, statements=opened.statements, now=now)
        values[collector.name] = collector.read(reader)
    figures, full = Figures(Cardinality(preset=preset)), Figures(Cardinality(preset=Preset.FULL))
    for each in (full, figures):
        picture = draw(
            each,
            values,
            collectors,
            owners=owners or Owners(),
            now=now,
            grace=grace,
        )
    return Reading(figures=figures, full=full, picture=picture)


CONTEXT = Context(state=State(None))


def _looks(values: dict[str, Any], register: Register) -> list[Looks]:
    return list(known.looks(values.get("dags", ()), values.get("dag_tags", {}), Owners(), register))


def schema(line: str, dialect: str) -> str:
    """The script that makes the tables of a line of Airflow on `postgresql`, `mariadb` or `sqlite`."""
    packed = (DATA / "schemas" / f"airflow-{line}-{dialect}.sql.gz").read_bytes()
    return gzip.decompress(packed).decode()


def make_mariadb(server: MariaDB, name: str, version: str) -> str:
    """An empty database as `airflow db migrate` makes it; its URL."""
    server.sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
    server.run("mariadb", name, script=schema(version, "mariadb"))
    return server.url(name)


def make_sqlite(path: Path, version: str) -> str:
    """An empty database as `airflow db migrate` makes it; its URL."""
    with sqlite3.connect(path) as connection:
        connection.executescript(schema(version, "sqlite"))
        if version.startswith("3"):
            # As Airflow 3 does; Airflow 2 leaves the rollback journal.
            connection.execute("PRAGMA journal_mode = wal")
    connection.close()
    return f"sqlite:///{path}"


def load_postgresql(dsn: str, version: str) -> None:
    """Load schema and recorded data into an empty database, as superuser."""
    with gzip.open(DATA / f"airflow-{version}-postgresql.sql.gz", "rt", encoding="utf-8") as file:
        script = file.read()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(script.encode())


def at(text: str) -> datetime:
    """A moment in UTC, `2026-01-31 06:30`."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
