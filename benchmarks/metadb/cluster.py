"""A PostgreSQL cluster with the generated data, kept in a folder or gone at the end."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from benchmarks.metadb.fill import fill
from benchmarks.metadb.size import Size
from demo.stack.ports import choose
from demo.stack.postgres import Postgres
from tests.support.metadb import load_postgresql
from windsock.errors import BadInput

DATABASE = "af"
# A server for this work; what the planner sees stays at its defaults.
SETTINGS = {
    "shared_buffers": "4GB",
    "work_mem": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "1h",
    # What a vacuum does meanwhile is not what is measured.
    "autovacuum": "off",
}


class Cluster:
    """A running server with the data.

    Attributes:
        size: of the data.
        at: the moment that the data show.
    """

    def __init__(self, postgres: Postgres, size: Size, at: datetime, note: Path) -> None:
        self.postgres = postgres
        self.size = size
        self.at = at
        self._note = note

    def move_on(self, at: datetime) -> None:
        """The data show a later moment now."""
        self.at = at
        self._note.write_text(json.dumps({"size": asdict(self.size), "at": at.isoformat()}), encoding="utf-8")

    @property
    def url(self) -> str:
        """As Airflow writes it."""
        return self.postgres.url(DATABASE)

    @property
    def dsn(self) -> str:
        """For psycopg."""
        return self.url.replace("+psycopg2", "")


@contextmanager
def opened(size: Size, keep: Path | None) -> Iterator[Cluster]:
    """Fill a cluster, or open the one that `keep` holds.

    Raises:
        BadInput: `keep` holds data of another size.
    """
    folder = keep or Path(tempfile.mkdtemp(prefix="windsock-bench-"))
    postgres = Postgres(
        port=choose({"postgres": 0})["postgres"],
        log=folder.with_name(f"{folder.name}.log"),
        folder=folder,
        settings=SETTINGS,
    )
    try:
        yield _loaded(postgres, size, folder / "filled.json")
    finally:
        postgres.stop()
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def _loaded(postgres: Postgres, size: Size, note: Path) -> Cluster:
    if note.exists():
        known = json.loads(note.read_text(encoding="utf-8"))
        if Size(**known["size"]) != size:
            raise BadInput(f"{note}: holds {known['size']}; give the same size, or another folder")
        postgres.start()
        # What was measured before left dead rows, which autovacuum would have removed long ago.
        postgres.sql("VACUUM (ANALYZE)", database=DATABASE)
        return Cluster(postgres, size, datetime.fromisoformat(known["at"]), note)
    if note.parent.exists() and any(note.parent.iterdir()):
        raise BadInput(
            f"{note.parent}: not empty, and not filled to the end; remove it or give another folder"
        )
    at = datetime.now(timezone.utc).replace(microsecond=0)
    postgres.create()
    postgres.start()
    postgres.sql(f"CREATE DATABASE {DATABASE}")
    cluster = Cluster(postgres, size, at, note)
    load_postgresql(cluster.dsn, "3.3")
    fill(cluster.dsn, size, at)
    cluster.move_on(at)
    return cluster
