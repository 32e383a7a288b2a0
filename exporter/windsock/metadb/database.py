"""The connection: one small pool, short read-only transactions, limits that survive a connection pooler."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from windsock.metadb import mysql
from windsock.metadb.deadline import deadline
from windsock.metadb.statement import R, Statement
from windsock.metadb.trouble import classify, in_the_way
from windsock.metadb.url import Address

T = TypeVar("T")
# Rows as the driver returns them, some at a time.
Batches: TypeAlias = "Iterable[Sequence[Sequence[Any]]]"

# How long a statement may take, in seconds, if its collector does not say otherwise.
TIMEOUT = 5.0
# `SELECT set_config(…, true)` is SET LOCAL in one round trip; a session SET would leak through pgbouncer.
_LIMITS = text(
    "SELECT set_config('statement_timeout', :timeout, true), set_config('lock_timeout', '500', true),"
    " set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true),"
    # Then times come as they are kept here, and none has to be converted.
    " set_config('timezone', 'UTC', true)"
)
# Rows that are fetched in one go.
_SOME = 1_000


_EXPLAIN = {"postgresql": "EXPLAIN (FORMAT JSON) ", "mysql": "EXPLAIN ", "sqlite": "EXPLAIN QUERY PLAN "}


class Database:
    """Reads statements. Safe to use from several threads.

    Args:
        address: where it is.
        connect_timeout: seconds until an unreachable server counts as that.
        patience: seconds beyond a statement's timeout after which a server that says nothing is given up.
    """

    def __init__(self, address: Address, *, connect_timeout: int = 5, patience: float = 2.0) -> None:
        self.address = address
        self._patience = patience
        self.dialect = address.url.get_backend_name()
        if self.dialect == "sqlite":
            self._engine = _sqlite(address)
        elif self.dialect == "mysql":
            self._engine = mysql.engine(address, connect_timeout)
        else:
            self._engine = _postgresql(address, connect_timeout)

    def read(self, statement: Statement[R], *, within: float = TIMEOUT, **parameters: Any) -> list[R]:
        """Every row of the statement, in a transaction of its own.

        Args:
            statement: what to read.
            within: seconds until the server gives up.
            parameters: those of the statement.

        Raises:
            ReadError: the database did not answer, refused, or took too long.
            StatementError: the result has other columns than the row.
        """

        def build(names: tuple[str, ...], batches: Batches) -> list[R]:
            statement.check(names)
            return list(statement.build(batches))

        return self._run(statement.clause(), parameters, build, within)

    def explain(self, statement: Statement[Any], **parameters: Any) -> list[Any]:
        """The plan: one JSON document on PostgreSQL, dicts on MySQL, lines on SQLite.

        Needs the same privileges as reading.

        Args:
            statement: what to plan.
            parameters: those of the statement; without any, those of its example.

        Raises:
            ReadError: like `read`.
        """

        def plan(names: tuple[str, ...], batches: Batches) -> list[Any]:
            rows = chain.from_iterable(batches)
            if self.dialect == "mysql":
                return [dict(zip(names, row, strict=True)) for row in rows]
            return [row[-1] for row in rows]

        return self._run(statement.clause(_EXPLAIN[self.dialect]), parameters or statement.example, plan)

    @property
    def mariadb(self) -> bool:
        """Whether the server, once it has answered, is a MariaDB; its dialect is `mysql`."""
        return bool(getattr(self._engine.dialect, "is_mariadb", False))

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _run(
        self,
        clause: Any,
        parameters: dict[str, Any],
        take: Callable[[tuple[str, ...], Batches], T],
        within: float = TIMEOUT,
    ) -> T:
        bound = {name: self._bind(value) for name, value in parameters.items()}
        for attempt in (1, 2):
            try:
                with self._transaction(within) as connection:
                    result = connection.execute(clause, bound)
                    # Some at a time: one by one takes long, and all of them twice much memory.
                    return take(tuple(result.keys()), result.partitions(_SOME))
            except DBAPIError as error:  # noqa: PERF203 (two attempts)
                # A pooled connection that died meanwhile says nothing about the database: take a new one.
                # So does a statement that stood in the way of a replica's recovery.
                if attempt == 1 and (error.connection_invalidated or in_the_way(error)):
                    continue
                raise classify(error) from error
            except SQLAlchemyError as error:
                raise classify(error) from error
        raise AssertionError  # the second attempt returns or raises

    @contextmanager
    def _transaction(self, within: float) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            if self.dialect == "sqlite":
                yield connection
                connection.rollback()
                return
            with deadline(connection.connection.dbapi_connection, within + self._patience):
                if self.dialect == "mysql":
                    connection.execute(mysql.limits(mariadb=self.mariadb, within=within))
                    yield connection  # a transaction is one statement, nothing is left to end
                    return
                connection.execute(_LIMITS, {"timeout": str(round(within * 1000))})
                yield connection
                connection.rollback()

    def _bind(self, value: Any) -> Any:
        if self.dialect != "postgresql" and isinstance(value, datetime):
            # As Airflow stores it; on SQLite text compares like time.
            return value.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")
        return value


def _postgresql(address: Address, connect_timeout: int) -> Engine:
    return create_engine(
        address.url,
        pool_size=2,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,
        execution_options={"postgresql_readonly": True},
        connect_args={
            "connect_timeout": connect_timeout,
            "application_name": "windsock",
            # Prepared statements do not survive a pooler in transaction mode.
            "prepare_threshold": None,
            # A server that vanished without a word is noticed in seconds, not hours.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 15_000,
            **{name: value for name, value in address.url.query.items() if name == "connect_timeout"},
        },
    )


def _sqlite(address: Address) -> Engine:
    path = Path(address.url.database or "").absolute()
    # Opened for one statement and closed again: no lock is ever held between two reads.
    return create_engine(
        "sqlite://",
        creator=partial(
            sqlite3.connect, f"{path.as_uri()}?mode=ro", uri=True, timeout=0.25, check_same_thread=False
        ),
        poolclass=NullPool,
        hide_parameters=True,
    )
