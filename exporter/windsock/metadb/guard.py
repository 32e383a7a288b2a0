"""The guard: explain every statement before it runs for the first time, and refuse what would hurt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from windsock.metadb.database import Database
from windsock.metadb.statement import Statement
from windsock.metadb.trouble import ReadError, Trouble

# Airflow's hot tables, and one that grows with them. Reading one of them whole is refused once it has this
# many rows, or pages in case it was never analysed.
_GUARDED = frozenset({"task_instance", "dag_run", "job", "log", "callback", "sla_miss"})
_MANY_ROWS = 200_000
_MANY_BYTES = 100 * 1024 * 1024


class _Size(NamedTuple):
    relname: str
    rows: float
    size: int


_SIZES = {
    "postgresql": Statement(
        name="sizes",
        row=_Size,
        sql="SELECT relname::text AS relname, reltuples AS rows, pg_relation_size(oid) AS size FROM pg_class"
        " WHERE relkind = 'r' AND oid IN (to_regclass('task_instance'), to_regclass('dag_run'),"
        " to_regclass('job'), to_regclass('log'), to_regclass('callback'), to_regclass('sla_miss'))",
    ),
    "mysql": Statement(
        name="sizes",
        row=_Size,
        sql='SELECT table_name AS relname, COALESCE(table_rows, 0) AS "rows",'
        " COALESCE(data_length, 0) AS size FROM information_schema.tables WHERE table_schema = database()"
        " AND table_name IN ('task_instance', 'dag_run', 'job', 'log', 'callback', 'sla_miss')",
    ),
}


# A plan calls a table by the name that the statement gives it.
_ALIAS = re.compile(rf"\b({'|'.join(sorted(_GUARDED))})\b(?: AS)? ([a-z_]+)\b")


class Refusal(NamedTuple):
    """Why a statement must not run: reason `plan`, `privilege` or `schema`, and a line for people."""

    reason: str
    message: str


def big_tables(database: Database) -> frozenset[str]:
    """The guarded tables that are big; none on SQLite, which is not made for that size.

    Raises:
        ReadError: the database did not answer.
    """
    if (sizes := _SIZES.get(database.dialect)) is None:
        return frozenset()
    return frozenset(
        row.relname for row in database.read(sizes) if row.rows > _MANY_ROWS or row.size > _MANY_BYTES
    )


def inspect(
    database: Database, statements: Iterable[Statement[Any]], big: frozenset[str]
) -> dict[str, Refusal]:
    """The statements that must not run, by name.

    Raises:
        ReadError: the database did not answer.
    """
    refused = {}
    for statement in statements:
        if (refusal := _inspect(database, statement, big)) is not None:
            refused[statement.name] = refusal
    return refused


def sequential(plan: Any) -> frozenset[str]:
    """The tables that a JSON plan of PostgreSQL reads from end to end."""
    if isinstance(plan, list):
        return frozenset().union(*(sequential(each) for each in plan))
    if not isinstance(plan, dict):
        return frozenset()
    below = sequential([value for value in plan.values() if isinstance(value, list | dict)])
    return below | {plan["Relation Name"]} if plan.get("Node Type") == "Seq Scan" else below


def read_whole(plan: Iterable[Mapping[str, Any]], sql: str) -> frozenset[str]:
    """The tables that a plan of MariaDB or MySQL reads from end to end, or by an index as much."""
    names = {alias: table for table, alias in _ALIAS.findall(sql) if alias}
    return frozenset(
        names.get(row["table"], row["table"])
        for row in plan
        # With a LIMIT a walk along an index is short, and the rows say so. A range that is looked up anew for
        # each row of another table has no type of its own.
        if (row["type"] == "ALL" and "Range checked" not in (row["Extra"] or ""))
        or (row["type"] == "index" and int(row["rows"] or 0) > _MANY_ROWS)
    )


def _inspect(database: Database, statement: Statement[Any], big: frozenset[str]) -> Refusal | None:
    try:
        plan = database.explain(statement)
    except ReadError as error:
        if error.trouble is Trouble.PRIVILEGE:
            return Refusal("privilege", str(error))
        if error.trouble is Trouble.SCHEMA:
            return Refusal("schema", str(error))
        raise
    found = read_whole(plan, statement.sql) if database.dialect == "mysql" else sequential(plan)
    if whole := found & big & _GUARDED:
        return Refusal("plan", f"would read the whole of {', '.join(sorted(whole))}")
    return None
