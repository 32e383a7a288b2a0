"""An end to waiting: a server that neither answers nor breaks the connection is given up."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any

import psycopg
import pymysql


@contextmanager
def deadline(connection: Any, seconds: float) -> Iterator[None]:
    """Break the connection after so many seconds in the block; whoever waits on it gets an error.

    The server's own timeout cannot do that when a network swallows packets: the kernel would send again for
    minutes, and behind a proxy that takes everything for ever.
    """
    try:
        # A copy of its own: by then the number may belong to another connection.
        line = socket.socket(fileno=os.dup(connection.fileno()))
    except (psycopg.Error, pymysql.Error):
        yield  # closed already: the first statement says so
        return
    timer = Timer(seconds, _break, (line,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        line.close()


def _break(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
