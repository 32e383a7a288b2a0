"""Statements about the server itself."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from windsock.metadb.flavour import Flavour
from windsock.metadb.statement import Statement, make


class Clock(NamedTuple):
    """The database's clock."""

    now: datetime


class Server(NamedTuple):
    """The server's own version."""

    version: str


_NOW = {
    "postgresql": "clock_timestamp()",
    "mysql": "utc_timestamp(6)",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')",
}
_VERSION = {
    "postgresql": "current_setting('server_version')",
    "mysql": "version()",
    "sqlite": "sqlite_version()",
}


def clock(of: Flavour) -> Statement[Clock]:
    """What time it is there."""
    return make("clock", Clock, f"SELECT {_NOW[of.dialect]} AS now")


def server(of: Flavour) -> Statement[Server]:
    """Which server it is."""
    return make("server", Server, f"SELECT {_VERSION[of.dialect]} AS version")
