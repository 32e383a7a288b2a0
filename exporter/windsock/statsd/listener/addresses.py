"""Sockets where statsd_exporter has its own: UDP, TCP, Unix datagrams."""

from __future__ import annotations

import errno
import socket
import stat
from pathlib import Path

from windsock.errors import BadInput


def bind(flag: str, address: str, kind: socket.SocketKind) -> socket.socket:
    """A socket that does not block, bound to `host:port`, `:port` for every address of both protocols.

    Raises:
        BadInput: the address is none, or cannot be had; the text begins with the flag.
    """
    host, colon, port = address.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise BadInput(f"{flag}: {address!r} is no address; write HOST:PORT, such as 127.0.0.1:9125 or :9125")
    try:
        if not host and socket.has_dualstack_ipv6():
            try:
                return _bound(socket.AF_INET6, kind, ("::", int(port)))
            except OSError as error:
                # IPv6 may be there and yet be switched off.
                if error.errno != errno.EADDRNOTAVAIL:
                    raise
        found = socket.getaddrinfo(host.strip("[]") or "0.0.0.0", int(port), type=kind)  # noqa: S104 (asked for)
        return _bound(found[0][0], kind, (str(found[0][4][0]), int(port)))
    except OSError as error:
        raise BadInput(f"{flag}: {address}: {error.strerror or error}") from error


def _bound(family: socket.AddressFamily, kind: socket.SocketKind, where: tuple[str, int]) -> socket.socket:
    sock = socket.socket(family, kind)
    try:
        if family is socket.AF_INET6 and where[0] == "::":
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        if kind is socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(where)
        if kind is socket.SOCK_STREAM:
            sock.listen(128)
    except OSError:
        sock.close()
        raise
    sock.settimeout(0)
    return sock


def bind_unixgram(path: Path, mode: str) -> socket.socket:
    """A Unix socket for datagrams; one that a process left behind is replaced.

    Args:
        path: where.
        mode: permissions, octal as statsd_exporter takes them: `755`.

    Raises:
        BadInput: the path is taken or cannot be made, or the mode is none.
    """
    flag = "--statsd.listen-unixgram"
    try:
        permissions = int(mode, 8)
    except ValueError as error:
        raise BadInput(f"--statsd.unixsocket-mode: {mode!r} is no octal number such as 755") from error
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        if path.exists() and stat.S_ISSOCK(path.stat().st_mode) and not _somebody_listens(path):
            path.unlink()
        sock.bind(str(path))
        path.chmod(permissions)
    except OSError as error:
        sock.close()
        raise BadInput(f"{flag}: {path}: {error.strerror or error}") from error
    sock.settimeout(0)
    return sock


def _somebody_listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        return probe.connect_ex(str(path)) != errno.ECONNREFUSED
