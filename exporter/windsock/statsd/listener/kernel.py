"""What Linux knows of a UDP socket: how much waits at most, and what it threw away."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path

# <asm/socket.h>; more than net.core.rmem_max, for those who may.
_SO_RCVBUFFORCE = 33
_TABLES = (Path("/proc/net/udp"), Path("/proc/net/udp6"))
_INODE, _DROPS = 9, 12


def set_buffer(sock: socket.socket, wanted: int) -> int:
    """Ask for a receive buffer of `wanted` bytes, 0 for the system's own; returns what it is now."""
    if wanted:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wanted)
        if buffer(sock) < wanted:
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, wanted)
    return buffer(sock)


def buffer(sock: socket.socket) -> int:
    """Bytes of the receive buffer as one asks for them; Linux keeps twice that, for its own records too."""
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2


def drops(sock: socket.socket) -> int:
    """Datagrams that were thrown away since the socket's buffer was full; 0 where nobody counts them."""
    inode = str(os.fstat(sock.fileno()).st_ino)
    for table in _TABLES:
        try:
            rows = table.read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if len(fields) > _DROPS and fields[_INODE] == inode:
                return int(fields[_DROPS])
    return 0
