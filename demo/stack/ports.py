"""Ports on loopback: those asked for when they are free, else any free one."""

from __future__ import annotations

import socket
from collections.abc import Mapping

HOST = "127.0.0.1"
# Where each service listens when its port is free and the caller does not say otherwise.
USUAL = {
    "airflow": 8080,
    "windsock": 9112,
    "prometheus": 9090,
    "alertmanager": 9093,
    "statsd": 9125,
    "statsd-exporter": 9102,
    "pager": 9095,
}


def choose(wanted: Mapping[str, int]) -> dict[str, int]:
    """Name -> a port free for TCP and UDP right now; 0 asks for any.

    All are held until the last is chosen, so no two names get the same one.
    """
    held: list[socket.socket] = []
    try:
        return {name: _bind(port, held) for name, port in wanted.items()}
    finally:
        for sock in held:
            sock.close()


def taken(port: int) -> bool:
    """Whether somebody listens on this TCP port of loopback."""
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex((HOST, port)) == 0


def _bind(port: int, held: list[socket.socket]) -> int:
    for candidate in (port, *[0] * 20):
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        held += [tcp, udp]
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tcp.bind((HOST, candidate))
            tcp.listen(1)
            found: int = tcp.getsockname()[1]
            udp.bind((HOST, found))
        except OSError:
            continue
        return found
    raise OSError("no free port on loopback")
