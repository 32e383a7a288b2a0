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


def clock(of: Flavour) -> Statement[Clock]:
    """What time it is there."""
    now = "strftime('%Y-%m-%d %H:%M:%f', 'now')" if of.sqlite else "clock_timestamp()"
    return make("clock", Clock, f"SELECT {now} AS now")


def server(of: Flavour) -> Statement[Server]:
    """Which server it is."""
    version = "sqlite_version()" if of.sqlite else "current_setting('server_version')"
    return make("server", Server, f"SELECT {version} AS version")
