"""What can go wrong when reading, in the terms that collectors and messages need."""

from __future__ import annotations

import sqlite3
from enum import Enum

import psycopg
import pymysql
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from windsock.log import redact


class Trouble(str, Enum):
    """Kinds of failure."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    LOCKED = "locked"
    PRIVILEGE = "privilege"
    SCHEMA = "schema"
    OTHER = "other"


class ReadError(Exception):
    """A read failed; the text is one line without a password."""

    def __init__(self, trouble: Trouble, message: str) -> None:
        super().__init__(message)
        self.trouble = trouble


_BY_STATE = {
    "57014": Trouble.TIMEOUT,  # statement_timeout, or somebody cancelled it
    "55P03": Trouble.LOCKED,  # lock_timeout: waiting costs the database nothing
    "42501": Trouble.PRIVILEGE,
    "42P01": Trouble.SCHEMA,  # no such table
    "42703": Trouble.SCHEMA,  # no such column
    "3F000": Trouble.SCHEMA,
}
# MariaDB and MySQL.
_BY_NUMBER = {
    **dict.fromkeys((1969, 3024, 1317), Trouble.TIMEOUT),  # their statement timeouts; somebody cancelled it
    **dict.fromkeys((1205, 1213), Trouble.LOCKED),
    **dict.fromkeys((1142, 1143), Trouble.PRIVILEGE),  # of a table, which need not exist; of a column
    # No such column, table, table of the query, index.
    **dict.fromkeys((1054, 1146, 1109, 1176), Trouble.SCHEMA),
    # Too many connections, of all and of ours; shutting down; no access for this host, user, database.
    **dict.fromkeys((1040, 1203, 1226, 1053, 1927, 4031, 1129, 1130), Trouble.UNREACHABLE),
    **dict.fromkeys((1044, 1045, 1049, 1698, 1862), Trouble.UNREACHABLE),
}


def classify(error: SQLAlchemyError) -> ReadError:
    """The failure in our terms."""
    if isinstance(error, PoolTimeoutError):
        return ReadError(Trouble.OTHER, "no free connection in the pool")
    cause = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(cause, psycopg.Error):
        return ReadError(_postgresql(cause), _line(cause))
    if isinstance(cause, pymysql.Error):
        return ReadError(_mysql(cause), _line(cause))
    if isinstance(cause, sqlite3.Error):
        return ReadError(_sqlite(cause), _line(cause))
    return ReadError(Trouble.OTHER, _line(error))


def in_the_way(error: DBAPIError) -> bool:
    """Whether a replica ended a statement because its recovery had to go on (SQLSTATE 40001, 57P01…)."""
    return "conflict with recovery" in str(error.orig)


def _postgresql(error: psycopg.Error) -> Trouble:
    if error.sqlstate is None:
        return Trouble.UNREACHABLE if isinstance(error, psycopg.OperationalError) else Trouble.OTHER
    if error.sqlstate in _BY_STATE:
        return _BY_STATE[error.sqlstate]
    # Connection, authorisation, no such database, too many connections, shutting down.
    return Trouble.UNREACHABLE if error.sqlstate[:2] in {"08", "28", "3D", "53", "57"} else Trouble.OTHER


def _mysql(error: pymysql.Error) -> Trouble:
    number = error.args[0] if error.args else 0
    if number in _BY_NUMBER:
        return _BY_NUMBER[number]
    # 2000 to 2999 are the client's own: no connection, or it ended. 0: it was closed before.
    return Trouble.UNREACHABLE if number == 0 or 2000 <= number < 3000 else Trouble.OTHER


def _sqlite(error: sqlite3.Error) -> Trouble:
    text = str(error)
    if "no such table" in text or "no such column" in text:
        return Trouble.SCHEMA
    if "locked" in text or "busy" in text:
        return Trouble.LOCKED
    return Trouble.UNREACHABLE if "unable to open" in text else Trouble.OTHER


def _line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return redact(text.splitlines()[0])
