"""What `airflow db clean` should be called with."""

from __future__ import annotations

from datetime import datetime

from windsock.metadb.flavour import Flavour

# The table as `db clean` calls it, where it has another one of the rows in its care.
_WITH = {"task_instance": "task_instance,task_instance_history", "job": "job", "log": "log"}


def command(table: str, of: Flavour, before: datetime) -> str:
    """The command that removes rows of the table from before this moment, first as a rehearsal."""
    named = table if table == "task_instance" and not of.since("2.10") else _WITH.get(table, table)
    call = f"airflow db clean --tables {named} --clean-before-timestamp '{before:%Y-%m-%dT00:00:00+00:00}'"
    return f"{call} --dry-run; then without --dry-run"
