"""A PostgreSQL database of Airflow 3.3 with as many task instances as asked, made by SQL alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How big: `tasks` task instances in runs of ten, of which `active` are unfinished."""

    dags: int = 1_000
    tasks: int = 1_000_000
    active: int = 20_000

    @property
    def runs(self) -> int:
        """DAG runs."""
        return self.tasks // 10


_SQL = Path(__file__).with_suffix(".sql")


def fill(dsn: str, size: Size) -> None:
    """Replace what the database holds; it has the schema of Airflow 3.3 already."""
    values = {
        "dags": size.dags,
        "tasks": size.tasks,
        "active": size.active,
        "runs": size.runs,
        "active_runs": size.active // 10,
    }
    with psycopg.connect(dsn, autocommit=True) as connection:
        # Foreign keys of 300,000 rows are not what is measured.
        connection.execute("SET session_replication_role = replica")
        script = _SQL.read_text(encoding="utf-8")
        for name, value in values.items():
            script = script.replace(f"%({name})s", str(value))
        for step in script.split(";\n"):
            if step.strip():
                connection.execute(step.encode())
