"""How the database is doing, and whether Windsock may read it: findings, each with what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from windsock.collect.collector import Collector, Reader
from windsock.collect.database import connections, indexes, tables
from windsock.dba import clean
from windsock.metadb import server
from windsock.metadb.database import Database
from windsock.metadb.source import Source
from windsock.metadb.statement import make
from windsock.metadb.trouble import ReadError

_MOST_SKEW = timedelta(seconds=5)
# Vacuum is due at a fifth of the rows; below so many nobody notices.
_DEAD_SHARE, _MANY_DEAD = 0.4, 100_000
_FULL = 0.8
_LIMITS = (
    *("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"),
    "default_transaction_read_only",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that was looked at.

    Attributes:
        subject: one or two words.
        ok: whether all is well.
        fix: what to do, if it is not.
    """

    subject: str
    ok: bool
    message: str
    fix: str = ""


class _Setting(NamedTuple):
    name: str
    setting: str


class _Role(NamedTuple):
    role: str
    superuser: bool
    secrets: bool


def check(source: Source, collectors: Iterable[Collector[Any]], *, keep: timedelta) -> Iterator[Finding]:
    """Everything, in an order that one reads.

    Args:
        source: the database, opened leniently.
        collectors: whose privileges and plans count.
        keep: how long rows are worth keeping.

    Raises:
        ReadError: the database does not answer any more.
    """
    before = datetime.now(timezone.utc)
    (clock,) = source.database.read(server.clock(source.statements.flavour))
    reader = Reader(database=source.database, statements=source.statements, now=clock.now)
    yield _version(source)
    yield from _refusals(source, collectors)
    if source.database.dialect == "postgresql":
        yield from _role(source.database)
    yield _indexes(reader)
    yield _skew(clock.now - before)
    yield from _connections(reader)
    yield from _sizes(reader)
    yield from _oldest(reader, keep)
    if source.replica is not None:
        yield _replica(source)


def _version(source: Source) -> Finding:
    schema = source.schema
    if schema.known:
        release = (
            schema.version_min
            if schema.version_min == schema.version_max
            else f"{schema.version_min} to {schema.version_max}"
        )
        return Finding(subject="version", ok=True, message=f"revision {schema.revision}: Airflow {release}")
    return Finding(
        subject="version",
        ok=False,
        message=f"revision {schema.revision} is unknown; it is read like Airflow {schema.line}",
        fix="finish `airflow db migrate`, or install a newer Windsock",
    )


_FIXES = {
    "privilege": "run the SQL of `windsock db grants` for this Airflow as the owner of its tables",
    "schema": "finish `airflow db migrate`, or install a newer Windsock",
    "plan": "compare with `windsock db explain`; ANALYZE the table, and create Airflow's own indexes again",
}


def _refusals(source: Source, collectors: Iterable[Collector[Any]]) -> Iterator[Finding]:
    worst = False
    for collector in collectors:
        for statement in collector.used(source.statements):
            if (refusal := source.refused.get(statement.name)) is not None:
                worst = True
                yield Finding(
                    subject="collector",
                    ok=False,
                    message=f"{collector.name} is switched off: {refusal.message}",
                    fix=_FIXES[refusal.reason],
                )
                break
    if not worst:
        yield Finding(
            subject="collector", ok=True, message="every statement may be read, and reads no big table whole"
        )


def _role(database: Database) -> Iterator[Finding]:
    (role,) = database.read(
        make(
            "role",
            _Role,
            "SELECT current_user::text AS role, rolsuper AS superuser,"
            " COALESCE(has_any_column_privilege(to_regclass('connection'), 'SELECT'), false) AS secrets"
            " FROM pg_roles WHERE rolname = current_user",
        )
    )
    yield Finding(
        subject="role",
        ok=not (role.superuser or role.secrets),
        message=f"{role.role} is a superuser"
        if role.superuser
        else f"{role.role} may read Airflow's connections"
        if role.secrets
        else f"{role.role} may not read Airflow's connections",
        fix="`windsock db grants` prints the role that may read what is needed and no more",
    )
    # What a session begins with; Windsock's own limits hold for one transaction each.
    settings = database.read(
        make(
            "settings",
            _Setting,
            "SELECT name, reset_val AS setting FROM pg_settings WHERE name IN :names",
            names=[""],
        ),
        names=list(_LIMITS),
    )
    without = sorted(row.name for row in settings if row.setting in {"0", "off"})
    yield Finding(
        subject="limits",
        ok=not without,
        message=f"the role has no {', '.join(without)}" if without else "the role has its own",
        fix="`windsock db grants` sets them for the role, beside those of each transaction of Windsock",
    )


def _indexes(reader: Reader) -> Finding:
    of = reader.flavour
    absent = indexes.missing(of, reader.rows(indexes.indexes))
    return Finding(
        subject="indexes",
        ok=not absent,
        message=f"missing: {'; '.join(map(str, absent))}"
        if absent
        else f"all {len(indexes.needed(of))} that Windsock relies on are there",
        fix="create them again: Airflow's scheduler needs them too",
    )


def _skew(skew: timedelta) -> Finding:
    seconds = skew.total_seconds()
    return Finding(
        subject="clock",
        ok=abs(skew) <= _MOST_SKEW,
        message=f"{seconds:+.1f} s against this machine",
        fix="synchronise both clocks (NTP)",
    )


def _connections(reader: Reader) -> Iterator[Finding]:
    for row in reader.rows(connections.connections):
        yield Finding(
            subject="connections",
            ok=row.connections < _FULL * row.most,
            message=f"{row.connections} of {row.most}",
            fix="put pgbouncer before the database, or raise max_connections",
        )


def _sizes(reader: Reader) -> Iterator[Finding]:
    for row in sorted(reader.rows(tables.table_sizes), key=lambda row: -row.bytes)[:10]:
        dead = row.dead or 0
        bloated = dead > max(_MANY_DEAD, _DEAD_SHARE * row.rows)
        rows = "never analysed" if row.rows < 0 else f"about {row.rows:,} rows"
        if row.rows >= 0 and row.dead is not None:
            rows += f", {dead:,} dead"
        yield Finding(
            subject="table",
            ok=not bloated,
            message=f"{row.table}: {row.bytes / 1024**2:,.0f} MiB, {rows}",
            fix=f"VACUUM ANALYZE {row.table}; see why autovacuum does not keep up",
        )


def _oldest(reader: Reader, keep: timedelta) -> Iterator[Finding]:
    found = tables.oldest_rows(reader)
    for table, oldest in sorted(found.items(), key=lambda each: each[1]):
        days = (reader.now - oldest).days
        # `airflow db clean` keeps the last run of each DAG for ever.
        late = reader.now - oldest > keep + timedelta(days=1) and table != "dag_run"
        yield Finding(
            subject="oldest row",
            ok=not late,
            message=f"{table}: {oldest:%Y-%m-%d}, {days} days ago",
            fix=clean.command(table, reader.flavour, reader.now - keep),
        )


def _replica(source: Source) -> Finding:
    assert source.replica is not None  # noqa: S101 (the caller looked)
    try:
        standing = source.replica.look()
    except ReadError as error:
        return Finding(
            subject="replica",
            ok=False,
            message=str(error),
            fix="the figures of the slow tier are missing until it answers",
        )
    seconds = standing.lag.total_seconds()
    return Finding(
        subject="replica",
        ok=seconds <= 60,
        message=f"{seconds:.1f} s behind",
        fix="beyond 60 s what would be wrong is not shown (docs/metadb.md)",
    )
