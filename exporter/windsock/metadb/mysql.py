"""Connections to MariaDB and MySQL: read-only sessions in UTC that can be given up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pymysql
from pymysql import converters
from pymysql.constants import FIELD_TYPE
from sqlalchemy import Engine, TextClause, create_engine, text

from windsock.metadb.mysql_url import options
from windsock.metadb.url import Address

if TYPE_CHECKING:
    _Base = pymysql.Connection[Any]
else:
    _Base = pymysql.Connection

# A lock costs us a cycle; timestamps come in the session's time zone; "end" is a name, as in the standard.
_SESSION = (
    "SET time_zone = '+00:00', sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT',"
    " lock_wait_timeout = 1, innodb_lock_wait_timeout = 1"
)
# Each statement is a transaction of its own.
_TRANSACTIONS = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY"
# Times stay text: what makes rows parses them, and several times faster than the driver.
_CONVERSIONS = {
    key: conversion
    for key, conversion in converters.conversions.items()
    if key not in {FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP}
}


class Connection(_Base):
    """One whose handshake does not take longer than its `connect_timeout`."""

    _sock: Any

    def connect(self, sock: Any = None) -> None:
        """Connect, and make the session ours."""
        self._read_timeout = self.connect_timeout
        super().connect(sock)
        with self.cursor() as cursor:
            cursor.execute(_SESSION)
            cursor.execute(_TRANSACTIONS)
        # Statements have a deadline, which one answer after the other does not move.
        self._read_timeout = None

    def fileno(self) -> int:
        """The number of the socket, as psycopg's connections tell it.

        Raises:
            InterfaceError: it is closed.
        """
        if self._sock is None:
            raise pymysql.InterfaceError(0, "the connection is closed")
        number: int = self._sock.fileno()
        return number


def engine(address: Address, connect_timeout: int) -> Engine:
    """A pool of two connections."""
    url = address.url
    arguments = {
        "host": url.host,
        "port": url.port or 0,
        "user": url.username,
        "password": url.password or "",
        "database": url.database,
        "charset": "utf8mb4",
        "program_name": "windsock",
        "autocommit": True,
        "conv": _CONVERSIONS,
        "connect_timeout": connect_timeout,
        **options(url, address.origin),
    }
    return create_engine(
        url,
        creator=partial(Connection, **arguments),
        pool_size=2,
        max_overflow=0,
        pool_timeout=10,
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
    )


def limits(*, mariadb: bool, within: float) -> TextClause:
    """What makes the server end a statement after so many seconds."""
    if mariadb:
        return text(f"SET max_statement_time = {within:.3f}")
    return text(f"SET max_execution_time = {round(within * 1000)}")
